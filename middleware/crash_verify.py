"""Where a crash is stored: as raw crash, as processed crash, in search."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from middleware import parameters
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import CRASH_DATA, Reply, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, TRUE_OR_FALSE, described, document
from socorro.crash_id import CrashId, day_of
from socorro.crashstore.interface import CrashNotFound
from socorro.queries import reports
from socorro.search.catalog import catalog
from socorro.search.interface import (
    Condition,
    Permitted,
    Query,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
)

_DAY: Final = timedelta(days=1)


def crash_verify(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer where a crash can be read now."""
    crash_id: CrashId = values["crash_id"]
    where = {
        "uuid": crash_id,
        "raw_crash": _is_readable(context.store.get_raw, crash_id),
        "processed_crash": _is_readable(context.store.get_processed, crash_id),
        "elasticsearch_crash": _is_searchable(context, crash_id),
        "telemetry_crash": False,
    }
    return json_reply(where, CRASH_DATA)


def _is_searchable(context: Context, crash_id: CrashId) -> bool:
    """Return whether a search has the crash now; where no engine is, whether it has a report."""
    if context.search is None:
        with context.database.transaction() as db:
            return reports.find(db, crash_id) is not None
    midnight = datetime.combine(day_of(crash_id), time(), UTC)
    start, end = midnight - _DAY, midnight + 2 * _DAY  # a client may post it over midnight
    query = Query(start, end, Condition(catalog()["crash_id"], "=", crash_id), number=0)
    try:
        return context.search.search(query, Permitted()).total > 0
    except (SearchUnavailable, TooSlow, TooManySearches):
        return False


def _is_readable(read: Callable[[CrashId], object], crash_id: CrashId) -> bool:
    try:
        read(crash_id)
    except CrashNotFound:  # or damaged
        return False
    return True


ROUTES = (
    Route(
        name="CrashVerify",
        summary="Where a crash is stored",
        description="Whether a crash can be read as raw and as processed crash, and searched.",
        parameters=(parameters.crash_id("Crash id"),),
        answer=crash_verify,
        content_types=("application/json",),
        schema=document(
            uuid=TEXT,
            raw_crash=TRUE_OR_FALSE,
            processed_crash=TRUE_OR_FALSE,
            elasticsearch_crash=described(TRUE_OR_FALSE, "It can be searched, by any engine"),
            telemetry_crash=described(TRUE_OR_FALSE, "Always false: nothing goes to Telemetry"),
        ),
    ),
)
