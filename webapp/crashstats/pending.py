"""A crash that is stored but has no report: shows its state, and moves it to the front."""

from urllib.parse import quote

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro import jobs, log
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, DamagedCrash
from socorro.jobs.whereabouts import State, Whereabouts, whereabouts
from socorro.serving.rate_limit import network_of
from webapp.context import Context, client_address
from webapp.crashstats import errors

REFRESH_SECONDS = 5
SLOW_REFRESH_SECONDS = 30  # while the queue is long
LONG_QUEUE = 500  # crashes ahead
MOVE_SECONDS = 60  # a crash is moved to the front at most once in this time


def pending(request: HttpRequest, context: Context, crash_id: CrashId) -> HttpResponse:
    """Answer 202; the page refreshes itself until the crash is processed or has failed."""
    try:
        crash = whereabouts(context.database, context.store, crash_id)
    except DamagedCrash:
        return errors.damaged_crash(request, crash_id)
    except CrashNotFound:
        return errors.unknown_crash(request, crash_id)
    is_in_front = crash.priority >= jobs.VIEWED
    if crash.state in (State.NEW, State.DEFERRED, State.WAITING) and not is_in_front:
        is_in_front = _move_to_front(request, context, crash_id, crash.is_lost)
        crash = whereabouts(context.database, context.store, crash_id)
    refresh = _refresh_seconds(crash)
    page = {"crash_id": crash_id, "crash": crash, "is_in_front": is_in_front, "refresh": refresh}
    response = render(request, "crashstats/pending.html", page, status=202)
    response["Cache-Control"] = "no-store"
    if refresh:
        response["Refresh"] = response["Retry-After"] = str(refresh)
    return response


def _refresh_seconds(crash: Whereabouts) -> int | None:
    if crash.state is State.FAILED:
        return None
    return REFRESH_SECONDS if crash.ahead < LONG_QUEUE else SLOW_REFRESH_SECONDS


def _move_to_front(
    request: HttpRequest, context: Context, crash_id: CrashId, has_report: bool
) -> bool:
    """Move the crash to the front of the queue; False when the address has used up its share.

    Processing costs work, so each address may move so many crashes a minute, each of them once.
    """
    if request.method != "GET":
        return False
    if cache.get(_key(crash_id)):
        return True
    network = network_of(client_address(request)) or "this machine"
    if _moves_of(network) > context.config.asks_per_minute:
        return False
    cache.set(_key(crash_id), True, MOVE_SECONDS)
    with context.database.transaction() as db:
        queued = jobs.offer(db, [crash_id], priority=jobs.VIEWED, reprocess=has_report)
    log.get().info("moved to the front", crash_id=crash_id, queued=queued)
    return True


def _moves_of(network: str) -> int:
    """Count one more crash that *network* moved; return how many in the last minute."""
    key = f"moves-of-{quote(network)}"
    cache.add(key, 0, 60)
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two calls
        return 1


def _key(crash_id: CrashId) -> str:
    return f"moved-{crash_id}"
