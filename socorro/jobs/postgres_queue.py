"""The queue without a broker: workers ask Postgres for the next rows, and NOTIFY wakes them."""

import select
from collections.abc import Callable, Sequence
from typing import Final

from socorro import log
from socorro.jobs import postgres
from socorro.jobs.postgres import CHANNEL, Job, JobState
from socorro.postgres import Connection, Database, Unavailable
from socorro.service import Backoff, Stop, wait_out

_POLL_SECONDS: Final = 0.25


class PostgresQueue:
    """A Queue that is the table `jobs` alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, holder: str, most: int, lease_seconds: float) -> list[Job]:
        """Lease the next *most* jobs: the highest priority first, then the oldest."""
        with self._database.statement() as db:
            return postgres.claim(db, holder, most, lease_seconds)

    def renew(self, held: Sequence[Job], lease_seconds: float) -> int:
        """Lease *held* for *lease_seconds* from now; return how many of them are still ours."""
        with self._database.statement() as db:
            return postgres.renew(db, held, lease_seconds)

    def give_back(self, job: Job, wait_seconds: float = 0) -> None:
        """Return *job* as if it had not been claimed. Raises LeaseLost."""
        with self._database.transaction() as db:
            postgres.give_back(db, job, wait_seconds)

    def fail(self, job: Job, error: str, most: int, for_good: bool = False) -> JobState:
        """Note that an attempt failed. Raises LeaseLost."""
        with self._database.transaction() as db:
            return postgres.fail(db, job, error, most, for_good)

    def listen(self, ring: Callable[[], None], stop: Stop) -> None:
        """Call *ring* on every NOTIFY, and at the end, until *stop*; outages are waited out."""
        backoff = Backoff()
        while not stop:
            try:
                _listen_once(self._database.connect(), ring, stop)
                backoff.reset()
            except Unavailable as error:
                log.get().warning("cannot listen for jobs", error=type(error).__name__)
                wait_out(stop, backoff.next(), self._database.check)
        ring()


def _listen_once(db: Connection, ring: Callable[[], None], stop: Stop) -> None:
    try:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        ring()  # for jobs that came while it was not listening
        while not stop:
            if select.select([db], [], [], _POLL_SECONDS)[0]:
                db.poll()
            if db.notifies:
                db.notifies.clear()
                ring()
    finally:
        db.close()
