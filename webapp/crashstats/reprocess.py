"""The button that has one crash processed again."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from socorro import crash_id as ids
from socorro import jobs, log
from socorro.accounts.permissions import REPROCESS_CRASHES
from webapp.accounts import access
from webapp.context import context_of
from webapp.crashstats import errors


@require_http_methods(["GET", "HEAD", "POST"])
def reprocess(request: HttpRequest, crash_id_text: str) -> HttpResponse:
    """Queue a crash again, then show its report; GET, as after signing in, shows it at once."""
    try:
        crash_id = ids.parse(crash_id_text)
    except ids.BadCrashId:
        return errors.not_a_crash_id(request)
    report = reverse("report", args=[crash_id])
    if request.method != "POST":
        return HttpResponseRedirect(report)
    if not request.user.is_authenticated:
        page = {"crash_id": crash_id, "report": report}
        response = render(request, "crashstats/session_over.html", page, status=403)
        response["Cache-Control"] = "no-store"
        return response
    if not access.has_permission(request, REPROCESS_CRASHES):
        raise errors.PermissionMissing(REPROCESS_CRASHES)
    context = context_of(request)
    if not context.store.stored([crash_id]):
        return errors.unknown_crash(request, crash_id)
    with context.database.transaction() as db:
        queued = jobs.offer(db, [crash_id], priority=jobs.VIEWED, reprocess=True)
    log.get().info("reprocessing requested", crash_id=crash_id, queued=queued)
    response = HttpResponseRedirect(report)
    response.status_code = 303
    return response
