"""A queue under test: offers, and claims as a processor does, waiting for what has to come."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from processor.bell import Bell
from socorro import jobs
from socorro.crash_id import CrashId
from socorro.jobs import Job
from socorro.jobs.interface import Queue
from socorro.postgres import Database
from socorro.service import Stop
from tests.builders import make_crash

COME_SECONDS = 30.0  # a job that has to come does so sooner
NONE_SECONDS = 0.3  # so long nothing comes that has to stay away


class Worker(NamedTuple):
    """One process that claims; *bell* wakes it."""

    queue: Queue
    bell: Bell

    def claim(self, holder: str = "me", most: int = 1, lease: float = 60) -> list[Job]:
        """Claim until *most* jobs came."""
        claimed: list[Job] = []
        deadline = time.monotonic() + COME_SECONDS
        while len(claimed) < most and time.monotonic() < deadline:
            seen = self.bell.rings
            new = self.queue.claim(holder, most - len(claimed), lease)
            claimed += new
            if not new:
                self.bell.wait(seen, 0.05)
        assert len(claimed) == most
        return claimed

    def claims_nothing(self, seconds: float = NONE_SECONDS) -> bool:
        """Return whether no job comes for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.queue.claim("nobody", 1, 60):
                return False
            time.sleep(0.02)
        return True


@contextmanager
def listening(queue: Queue) -> Iterator[Worker]:
    """Run what a process of workers runs beside them, for the length of a with block."""
    bell, stop = Bell(), Stop()
    thread = threading.Thread(target=queue.listen, args=(bell.ring, stop), daemon=True)
    thread.start()
    try:
        yield Worker(queue, bell)
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def offer(database: Database, count: int = 1, **options: object) -> list[CrashId]:
    """Offer new crashes; return their ids."""
    ids = [make_crash().crash_id for _ in range(count)]
    with database.transaction() as db:
        jobs.offer(db, ids, **options)
    return ids


def finish(database: Database, job: Job) -> bool:
    """End a job as save_report does, fenced; return whether it was still the holder's."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(
            "DELETE FROM jobs WHERE crash_id = %s AND state = 'running'"
            " AND lease_holder = %s AND attempts = %s",
            (job.crash_id, job.holder, job.attempts),
        )
        return bool(cursor.rowcount)


_settle: list[Callable[[], None]] = []


@contextmanager
def settle_by(settled: Callable[[], None]) -> Iterator[None]:
    """Say how to wait until all jobs have come to where they are claimed, for a with block."""
    _settle.append(settled)
    try:
        yield
    finally:
        _settle.remove(settled)


def settle() -> None:
    """Wait until all jobs have come to where they are claimed; at once without a broker."""
    for settled in _settle:
        settled()
