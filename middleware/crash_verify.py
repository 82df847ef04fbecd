"""Where a crash is stored: as raw crash, as processed crash, in search."""

from collections.abc import Callable

from middleware import parameters
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import CRASH_DATA, Reply, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, TRUE_OR_FALSE, described, document
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound
from socorro.queries import reports


def crash_verify(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer where a crash can be read now."""
    crash_id: CrashId = values["crash_id"]
    with context.database.transaction() as db:
        has_report = reports.find(db, crash_id) is not None
    where = {
        "uuid": crash_id,
        "raw_crash": _is_readable(context.store.get_raw, crash_id),
        "processed_crash": _is_readable(context.store.get_processed, crash_id),
        "elasticsearch_crash": has_report,
        "telemetry_crash": False,
    }
    return json_reply(where, CRASH_DATA)


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
