"""Defines a job. Each is a file in cron/jobs; cron/table.py lists all of them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

from cron.config import CronConfig
from cron.period import Period, Slot
from socorro.config import SharedConfig
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import open_store
from socorro.postgres import Connection, Database, value

MOST_NOTES: Final = 100  # of one run


class Force(IntEnum):
    """What a person wants of a run; each includes those before it."""

    NONE = 0  # run if it is due
    SLOT = 1  # run even if it is not due, or is done
    GUARDS = 2  # whatever guards say


class JobFailed(Exception):
    """A job could not do its work; the text says why and has nothing of a user in it."""


@dataclass
class Done:
    """What one run of a job did: *rows* written, and notes that people should read."""

    rows: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """The arguments of one run of a job: its slot, and what it works with.

    *since* is the end of the last slot that succeeded, None before the first. *now* is Postgres's
    time, *clock* this machine's. *forced*: a person wants it, whatever guards say.
    """

    slot: Slot
    since: datetime | None
    now: datetime
    clock: datetime
    database: Database
    shared: SharedConfig
    config: CronConfig
    forced: bool = False

    @contextmanager
    def store(self) -> Iterator[CrashStore]:
        """Open the crash store for the length of a with block."""
        store = open_store(self.shared.store, home=self.shared.home)
        try:
            yield store
        finally:
            store.close()


Work = Callable[[Run], Done]


def _is_on(_config: CronConfig) -> str:
    return ""


@dataclass(frozen=True)
class Job:
    """One job of the clock.

    Its work must be idempotent: a run that was killed anywhere is done again.

    backfill  each missed slot is run, once and in order; without it the next run covers all
    needs     jobs that must have succeeded for this slot before
    seconds   time limit of one run; then it is ended
    off       returns which setting is missing, "" when none is
    has_work  asks Postgres whether there is anything to do: cheaper than a run
    preview   lists what a run would remove, one text line each, for `--dry-run`
    """

    name: str
    does: str
    period: Period
    work: Work
    needs: tuple[str, ...] = ()
    backfill: bool = False
    seconds: int = 600
    off: Callable[[CronConfig], str] = _is_on
    has_work: Callable[[Connection], bool] | None = None
    preview: Callable[[Run], Iterable[str]] | None = None


def number(db: Connection, statement: str, **parameters: object) -> int:
    """Return the one number that *statement* gives; 0 for NULL."""
    return int(value(db, statement, **parameters) or 0)


def procedure(statement: str) -> Work:
    """Return the work of a job that calls one function of the database, in one transaction.

    The statement may use %(day)s, %(start)s, %(end)s of the slot and gives a number of rows.
    """

    def work(run: Run) -> Done:
        parameters = {"day": run.slot.day, "start": run.slot.start, "end": run.slot.end}
        with run.database.transaction() as db:
            return Done(number(db, statement, **parameters))

    return work
