"""The page of one signature."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from socorro.crash_id import CrashId
from socorro.no_product import shown
from socorro.queries import reports
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE
from webapp.context import context_of
from webapp.crashstats import errors
from webapp.crashstats.paging import BadPlace, place_from, place_text

PAGE = 50
DAYS = (1, 7, 28)
DEFAULT_DAYS = 7


class Share(NamedTuple):
    """Part of a signature's crashes: on one system, in one version."""

    name: str
    crash_count: int
    percent: float


def signature(request: HttpRequest) -> HttpResponse:
    """Count, first and last seen, versions, systems and latest reports of one signature."""
    name = request.GET.get("signature", "").replace("\0", "")[:LONGEST_SIGNATURE]
    if not name:
        return HttpResponseRedirect(reverse("home"))
    days = {str(days): days for days in DAYS}.get(request.GET.get("days", ""), DEFAULT_DAYS)
    try:
        before = place_from(request.GET.get("before", ""))
    except BadPlace:
        return errors.bad_request(request)
    end = datetime.now(UTC)
    start = end - timedelta(days=days)
    with context_of(request).database.transaction() as db:
        latest = reports.latest(db, signature=name, before=before, most=PAGE + 1)
        total = reports.total(db, name, start, end)
        versions = reports.by_version(db, name, start, end)
        systems = reports.by_system(db, name, start, end)
        seen = reports.seen(db, name)
    page = {
        "signature": name,
        "days": days,
        "ranges": [(choice, _address(name, days=str(choice))) for choice in DAYS],
        "total": total,
        "seen": seen,
        "versions": [
            _share(f"{shown(row.product)} {row.version}", row.crash_count, total)
            for row in versions
        ],
        "systems": [_share(row.os_name, row.crash_count, total) for row in systems],
        "latest": latest[:PAGE],
        "older": _older(name, days, latest[PAGE - 1]) if len(latest) > PAGE else "",
        "newest": _address(name, days=str(days)),
        "before": before,
    }
    return render(request, "crashstats/signature.html", page)


def _share(name: str, crash_count: int, total: int) -> Share:
    return Share(name, crash_count, 100 * crash_count / total if total else 0)


def _older(name: str, days: int, last: reports.Report) -> str:
    place = place_text(reports.Place(last.submitted_at, CrashId(last.crash_id)))
    return _address(name, days=str(days), before=place)


def _address(name: str, **more: str) -> str:
    return f"{reverse('signature')}?{urlencode({'signature': name, **more})}"
