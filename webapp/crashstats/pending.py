"""A crash that is stored but has no report: says where it is, and has it processed first."""

from urllib.parse import quote

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro import jobs, log
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound
from socorro.jobs.whereabouts import State, Whereabouts, whereabouts
from socorro.queries.reports import is_generated
from socorro.serving.request import client_address
from webapp.context import Parts
from webapp.crashstats import errors

AGAIN_SECONDS = 5
AGAIN_LATER_SECONDS = 30  # when the line is long
LONG_LINE = 500
ASK_SECONDS = 60  # a crash is asked for at most once in this time


def pending(request: HttpRequest, parts: Parts, crash_id: CrashId) -> HttpResponse:
    """Answer 202 and look again by itself, until the job failed for good."""
    try:
        where = whereabouts(parts.database, parts.store, crash_id)
    except CrashNotFound:
        with parts.database.transaction() as db:
            generated = is_generated(db, crash_id)
        if generated:
            return render(request, "crashstats/generated.html", {"crash_id": crash_id})
        return errors.unknown_crash(request, crash_id)
    asked = where.priority >= jobs.VIEWED
    if where.state in (State.NEW, State.DEFERRED, State.WAITING) and not asked:
        asked = _ask(request, parts, crash_id)
        where = whereabouts(parts.database, parts.store, crash_id)
    told = {"crash_id": crash_id, "where": where, "asked": asked, "again": _again(where)}
    response = render(request, "crashstats/pending.html", told, status=202)
    response["Cache-Control"] = "no-store"
    if told["again"]:
        response["Refresh"] = response["Retry-After"] = str(told["again"])
    return response


def _again(where: Whereabouts) -> int | None:
    if where.state is State.FAILED:
        return None
    return AGAIN_SECONDS if where.ahead < LONG_LINE else AGAIN_LATER_SECONDS


def _ask(request: HttpRequest, parts: Parts, crash_id: CrashId) -> bool:
    """Have the crash processed before others; True when somebody asked for it just now.

    Asking costs work, so each address has so many a minute, each crash one.
    """
    if request.method != "GET":
        return False
    if cache.get(_key(crash_id)):
        return True
    address = client_address(request.environ, parts.config.behind_proxy)
    if _asks_of(address) > parts.config.asks_per_minute:
        return False
    cache.set(_key(crash_id), True, ASK_SECONDS)
    with parts.database.transaction() as db:
        queued = jobs.offer(db, [crash_id], priority=jobs.VIEWED)
    log.get().info("asked for", crash_id=crash_id, queued=queued)
    return True


def _asks_of(address: str) -> int:
    """Count one more crash that *address* asked for; return how many in the last minute."""
    key = f"asks-of-{quote(address[:100])}"
    cache.add(key, 0, 60)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two lines
        return 1


def _key(crash_id: CrashId) -> str:
    return f"asked-for-{crash_id}"
