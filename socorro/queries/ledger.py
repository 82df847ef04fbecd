"""What the ledger, the monitor and `socorro rebuild` ask about reports and jobs by id."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Reported(NamedTuple):
    """One crash that has a report, and how many rows it has (more than one is a fault)."""

    crash_id: CrashId
    reports: int


class Outcome(NamedTuple):
    """What processing one crash gave."""

    signature: str
    status: str
    completed_at: datetime


class _Id(NamedTuple):
    crash_id: CrashId


class _Number(NamedTuple):
    number: int


def reported(db: Connection, day: date) -> list[Reported]:
    """The crashes submitted on *day*, UTC, that have a report."""
    return rows(db, SQL["reported"], Reported, day=f"{day}T00:00:00Z")


def reports_written(db: Connection, now: datetime, seconds: int = 60) -> int:
    """How many reports were written in the *seconds* before *now*."""
    [found] = rows(db, SQL["reports_written"], _Number, now=now, seconds=seconds)
    return found.number


def without_trace(db: Connection, crash_ids: Sequence[CrashId]) -> list[CrashId]:
    """Those of *crash_ids*, in this order, that have neither a job nor a report."""
    found = rows(db, SQL["without_trace"], _Id, crash_ids=list(crash_ids))
    return [row.crash_id for row in found]


def outcome(db: Connection, crash_id: CrashId) -> Outcome | None:
    """What processing gave; None when there is no report."""
    found = rows(db, SQL["outcome"], Outcome, crash_id=crash_id)
    return found[0] if found else None
