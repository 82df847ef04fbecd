"""Crashes that could not be processed, with the reason and a button for each; not for everybody."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import REPROCESS_CRASHES
from socorro.jobs.failed import failed as failed_jobs
from webapp.accounts import access
from webapp.context import context_of
from webapp.crashstats import errors

MOST: Final = 100  # of one page
MOST_SKIPPED: Final = 1_000_000


@require_safe
@access.permission_required(REPROCESS_CRASHES)
def failed(request: HttpRequest) -> HttpResponse:
    """List failed jobs, those first that were queued last."""
    text = request.GET.get("offset", "0")
    if not (text.isascii() and text.isdigit() and int(text[:8]) <= MOST_SKIPPED):
        return errors.bad_request(request)
    skip = int(text)
    with context_of(request).database.transaction() as db:
        jobs = failed_jobs(db, MOST, skip)
    total = jobs[0].total if jobs else 0
    address, end = reverse("failed_jobs"), skip + len(jobs)
    page = {
        "jobs": jobs,
        "total": total,
        "first": address if skip else "",
        "older": f"{address}?offset={end}" if end < total else "",
    }
    response = render(request, "crashstats/failed_jobs.html", page)
    response["Cache-Control"] = "private, no-store"
    return response
