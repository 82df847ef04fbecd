"""The state of the clock's jobs: for `socorro cron list`, the status page and alarms."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from socorro.postgres import Connection, Database, execute, load_sql, rows, value

SQL = load_sql(__file__)

GRACE: Final = timedelta(minutes=1)
COUNTING: Final = ("counts", "derived", "duplicates", "duplicates-of-day", "hang-pairs", "ranks")
State = Literal["ok", "running", "never ran", "waiting", "late", "broken", "stuck", "ahead", "off"]


class CronJob(NamedTuple):
    """One job of the clock: what it is, what it did last, when it runs next."""

    job: str
    does: str = ""
    period: str = ""
    needs: Sequence[str] = ()
    off: str = ""
    waits_for: str = ""
    limit_seconds: int = 0
    first_run: datetime | None = None
    last_run: datetime | None = None
    last_success: datetime | None = None
    done_until: datetime | None = None
    next_run: datetime | None = None
    errors: int = 0
    next_try: datetime | None = None
    last_error_at: datetime | None = None
    last_error_type: str | None = None
    last_error: str | None = None
    running_slot: datetime | None = None
    running_since: datetime | None = None
    running_by: str | None = None
    lease_until: datetime | None = None
    is_locked: bool = False

    def late_seconds(self, now: datetime) -> float:
        """Return how long its next slot is overdue, beyond its time limit and a minute."""
        if self.next_run is None:
            return 0.0
        allowed = timedelta(seconds=self.limit_seconds) + GRACE
        return max(0.0, (now - self.next_run - allowed).total_seconds())

    def is_far_ahead(self, now: datetime) -> bool:
        """Return whether it is done for a time more than its period ahead of *now*."""
        if self.done_until is None or self.next_run is None:
            return False
        return timedelta(0) < self.next_run - self.done_until < self.done_until - now

    def state(self, now: datetime) -> State:
        """Return its state; of several that apply, the worst."""
        if self.off:
            return "off"
        if self.running_by and self.is_locked:
            is_over = self.lease_until is not None and now > self.lease_until + GRACE
            return "stuck" if is_over else "running"
        if self.errors:
            return "broken"
        if self.first_run is None:
            return "never ran"
        if self.done_until is not None and self.done_until > now + GRACE:
            return "ahead"  # the clock was set back
        if self.late_seconds(now):
            return "waiting" if self.waits_for else "late"
        return "ok"


class Logged(NamedTuple):
    """One run of a job that ended."""

    job: str
    slot: datetime
    started_at: datetime
    ended_at: datetime
    outcome: str
    rows: int
    notes: list[str]
    runner: str


def jobs(db: Connection) -> list[CronJob]:
    """Return all jobs that a clock ever had, in the order of its table."""
    return rows(db, SQL["jobs"], CronJob)


def log(db: Connection, job: str | None = None, most: int = 50) -> list[Logged]:
    """Return the last runs, of one *job* or of all, newest first."""
    return rows(db, SQL["log"], Logged, job=job, most=most)


@contextmanager
def hold_jobs(
    database: Database, names: Sequence[str], on_wait: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Keep the clock from starting some jobs within a with block, to do their work instead.

    Waits for those that run, up to their time limit; *on_wait* is called with the name of each.
    The locks end with this process, however it ends; the jobs do afterwards what is left to do.
    """
    db = database.connect()
    db.autocommit = True
    try:
        execute(db, "SET statement_timeout = 0")
        for name in sorted(names):
            if not value(db, SQL["try_hold"], job=name):
                on_wait(name)
                execute(db, SQL["hold"], job=name)
        yield
    finally:
        db.close()
