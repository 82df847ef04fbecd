"""How the line does, as far as everybody may know: counts and times, no hosts, no errors."""

from datetime import datetime
from typing import Any

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import CRASH_DATA, Reply, json_reply
from middleware.route import Route
from middleware.schemas import NUMBER, TEXT, TIME, WHOLE, described, hits, optional
from socorro import __version__
from socorro.health import documents
from socorro.queries import server_status
from socorro.queries.server_status import ServerStatus

MOST = 288  # a day of five minutes each


def status(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the last rows, newest first."""
    with context.database.transaction() as db:
        latest = server_status.latest(db, values["duration"])
    listed = [_document(row) for row in latest]
    health = documents.document(context.health()) if context.health else None
    document = {
        "hits": listed,
        "total": len(listed),
        "socorro_revision": __version__,
        "health": health,
    }
    return json_reply(document, CRASH_DATA)


def _document(row: ServerStatus) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }


def _duration(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise ValueError(f"expected a number from 1 to {MOST}")
    return int(text)


_SCHEMA = hits(
    recorded_at=described(TIME, "The end of the five minutes"),
    oldest_job_at=described(optional(TIME), "When the oldest open job was queued"),
    last_completed_at=optional(TIME),
    completed_count=WHOLE,
    average_process_seconds=described(optional(NUMBER), "From the start of the walk to the report"),
    average_wait_seconds=described(optional(NUMBER), "From submission to the report"),
    waiting_count=WHOLE,
    running_count=WHOLE,
    failed_count=WHOLE,
    processor_count=described(WHOLE, "Processors at work"),
)
_SCHEMA["properties"]["socorro_revision"] = described(TEXT, "Version of Socorro")
_SCHEMA["properties"]["health"] = {
    "type": ["object", "null"],
    "description": "What the page /status/ shows: status, sentence, problems, services, spool,"
    " queue, ledger of seven days, jobs, search, bad reports, disks",
    "required": ["status", "sentence", "problems", "services"],
    "properties": {
        "status": {"type": "string", "enum": ["ok", "warning", "critical"]},
        "sentence": TEXT,
        "problems": {"type": "array", "items": {"type": "object"}},
        "services": {"type": "array", "items": {"type": "object"}},
    },
}

ROUTES = (
    Route(
        name="ServerStatus",
        summary="Queue, processors, and whether the line is healthy",
        description="How many crashes wait and were processed, a row for every five minutes; and"
        " the health of the line, as the page /status/ and `socorro health` show it.",
        parameters=(
            Parameter(
                "duration",
                "Number of rows, newest first",
                _duration,
                {"type": "integer", "minimum": 1, "maximum": MOST, "default": 12},
                default="12",
            ),
        ),
        answer=status,
        content_types=("application/json",),
        schema=_SCHEMA,
    ),
)
