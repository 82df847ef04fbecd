"""What Postgres knows of the line's health: the last hour, the queue, the ledger of past days."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows, value

SQL = load_sql(__file__)


class LastHour(NamedTuple):
    """Crashes processed in the last hour.

    *median_seconds* from submission to the report, of those submitted in the last 24 hours; None
    without any.
    """

    crash_count: int
    median_seconds: float | None


class Queue(NamedTuple):
    """The jobs. *oldest_seconds* is since when the oldest waits, low priority left out.

    *failed_today* counts those that were queued in the last 24 hours and failed.
    """

    waiting: int
    running: int
    failed: int
    failed_today: int
    oldest_seconds: float | None


class LedgerDay(NamedTuple):
    """The ledger of one UTC day (socorro/ledger.py), as the clock compared it."""

    day: date
    accepted: int
    elsewhere: int
    spooled: int
    quarantined: int
    stored: int
    deferred: int
    waiting: int
    running: int
    failed: int
    processed: int
    expired: int
    missing: int
    doubled: int
    damaged: int

    @property
    def not_moved(self) -> int:
        """Those that have not left the spool."""
        return self.spooled + self.quarantined

    @property
    def queued(self) -> int:
        """Those whose job waits or runs."""
        return self.waiting + self.running

    @property
    def is_even(self) -> bool:
        """Whether every crash is in one place."""
        return not self.missing and not self.doubled


def last_hour(db: Connection) -> LastHour:
    """Return what was processed in the last hour; generated reports are left out."""
    [hour] = rows(db, SQL["last_hour"], LastHour)
    return hour


def queue(db: Connection) -> Queue:
    """Return how many jobs there are."""
    [jobs] = rows(db, SQL["queue"], Queue)
    return jobs


def ledger_days(db: Connection, days: Sequence[date]) -> list[LedgerDay]:
    """Return the ledgers of *days* that were kept, newest first."""
    return rows(db, SQL["ledger_days"], LedgerDay, days=list(days))


def keep_ledger(db: Connection, day: LedgerDay) -> None:
    """Keep the ledger of a day, in place of an earlier one."""
    execute(db, SQL["keep_ledger"], **day._asdict())


def runs(db: Connection) -> int:
    """Return how many runs of the clock's jobs ended in the last hour."""
    return int(value(db, SQL["runs"]))


def database_bytes(db: Connection) -> int:
    """Return the size of the database."""
    return int(value(db, SQL["database_bytes"]))


def now(db: Connection) -> Any:
    """Return Postgres's time."""
    return value(db, "SELECT now()")
