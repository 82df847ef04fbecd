"""How the line did: a row for every five minutes."""

from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class ServerStatus(NamedTuple):
    """Queue and processors in the five minutes that ended at *recorded_at*.

    The averages are seconds: from the start of the walk to the report, and from submission to the
    report; None when nothing was completed. *processor_count* counts processors at work.
    """

    recorded_at: datetime
    oldest_job_at: datetime | None
    last_completed_at: datetime | None
    completed_count: int
    average_process_seconds: float | None
    average_wait_seconds: float | None
    waiting_count: int
    running_count: int
    failed_count: int
    processor_count: int


def latest(db: Connection, most: int = 12) -> list[ServerStatus]:
    """Return the *most* rows that were recorded last, newest first."""
    return rows(db, SQL["latest"], ServerStatus, most=most)
