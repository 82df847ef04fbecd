"""Reports by crash id: for the ledger, the monitor's gauges and `socorro process`."""

from datetime import date, datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows, value

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


def reported(db: Connection, day: date) -> list[Reported]:
    """The crashes submitted on *day*, UTC, that have a report."""
    return rows(db, SQL["reported"], Reported, day=f"{day}T00:00:00Z")


def reports_written(db: Connection, now: datetime, seconds: int = 60) -> int:
    """How many reports were written in the *seconds* before *now*."""
    return int(value(db, SQL["reports_written"], now=now, seconds=seconds))


def outcome(db: Connection, crash_id: CrashId) -> Outcome | None:
    """What processing gave; None when there is no report."""
    outcomes = rows(db, SQL["outcome"], Outcome, crash_id=crash_id)
    return outcomes[0] if outcomes else None
