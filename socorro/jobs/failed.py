"""Crashes whose job failed for good: they wait until somebody has them reprocessed."""

from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Failed(NamedTuple):
    """A failed job; *total* is the number of all of them."""

    crash_id: CrashId
    queued_at: datetime
    attempts: int
    reason: str
    total: int


def failed(db: Connection, most: int, skip: int = 0) -> list[Failed]:
    """Return failed jobs, those first that were queued last; *skip* are passed over."""
    return rows(db, SQL["failed"], Failed, most=most, skip=skip)
