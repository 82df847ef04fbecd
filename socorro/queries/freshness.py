"""What is counted already, and what waits."""

from datetime import date, datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Freshness(NamedTuple):
    """How far the counts are.

    *counted* tells whether anything is; *until* is the submission of the latest counted crash.
    *hours* UTC hours wait to be counted (again); *crash_count* crashes of theirs never were.
    *queued* crashes are not processed yet. *next_run* is when the clock counts next, None when it
    does not run; *bad* crashes of the last week cannot be counted.
    """

    counted: bool
    until: datetime | None
    hours: int
    crash_count: int
    queued: int
    next_run: datetime | None
    bad: int


class WaitingHour(NamedTuple):
    """A UTC hour of submission that waits to be counted; crashes that it has now."""

    hour: datetime
    crash_count: int


class BadReason(NamedTuple):
    """Why crashes of a day cannot be counted."""

    day: date
    reason: str
    crash_count: int


class _Counted(NamedTuple):
    whole: bool


def freshness(db: Connection, now: datetime) -> Freshness:
    """Say how far the counts are."""
    [found] = rows(db, SQL["freshness"], Freshness, now=now)
    return found


def waiting(db: Connection, most: int = 48) -> list[WaitingHour]:
    """Hours that wait, newest first."""
    return rows(db, SQL["waiting"], WaitingHour, most=most)


def bad(db: Connection, start: datetime, end: datetime, most: int = 100) -> list[BadReason]:
    """Crashes submitted in [start, end) that cannot be counted, by UTC day and reason."""
    return rows(db, SQL["bad"], BadReason, start=start, end=end, most=most)


def is_counted(db: Connection, day: date) -> bool:
    """Say whether *day* is over, UTC, and no hour of it waits to be counted."""
    [found] = rows(db, SQL["day"], _Counted, day=day)
    return found.whole
