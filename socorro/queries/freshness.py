"""How far the counts are: what is counted, and what waits to be."""

from datetime import date, datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows, value

SQL = load_sql(__file__)


class Freshness(NamedTuple):
    """How far the counts are.

    *counted*: whether anything was counted; *until*: submission of the latest counted crash;
    *hours*: UTC hours that wait to be counted (again), and *crash_count*: their crashes that
    never were; *queued*: crashes that are not processed yet; *next_run*: when the clock counts
    next, None when it does not run; *bad*: crashes of the last week that cannot be counted.
    """

    counted: bool
    until: datetime | None
    hours: int
    crash_count: int
    queued: int
    next_run: datetime | None
    bad: int


class WaitingHour(NamedTuple):
    """A UTC hour of submission that waits to be counted, and how many crashes it has now."""

    hour: datetime
    crash_count: int


def freshness(db: Connection, now: datetime) -> Freshness:
    """Return how far the counts are."""
    [fresh] = rows(db, SQL["freshness"], Freshness, now=now)
    return fresh._replace(crash_count=value(db, SQL["not_counted"])) if fresh.hours else fresh


def state(db: Connection) -> str:
    """Return a text that changes when the counts do, or something else that answers say."""
    return str(value(db, SQL["state"]))


def waiting(db: Connection, most: int = 48) -> list[WaitingHour]:
    """Return hours that wait to be counted, newest first."""
    return rows(db, SQL["waiting"], WaitingHour, most=most)


def is_counted(db: Connection, day: date) -> bool:
    """Say whether *day* is over, UTC, and no hour of it waits to be counted."""
    return bool(value(db, SQL["day"], day=day))
