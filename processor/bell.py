"""Wakes idle threads when Postgres says that there are jobs."""

import select
import threading

from socorro import log
from socorro.jobs import CHANNEL
from socorro.postgres import Connection, Database, Unavailable
from socorro.service import Backoff, Stop, wait_out

_POLL_SECONDS = 0.25


class Bell:
    """Rung by NOTIFY. A worker that reads `rings` before it claims jobs misses no later ring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How many times it was rung."""
        return self._rings

    def ring(self) -> None:
        """Wake all waiting threads."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Wait until `rings` is no longer *seen*, at most *seconds*."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != seen, seconds)

    def listen(self, database: Database, stop: Stop) -> None:
        """Ring on every NOTIFY until *stop*; outages of Postgres are waited out."""
        backoff = Backoff()
        while not stop:
            try:
                self._listen_once(database.connect(), stop)
                backoff.reset()
            except Unavailable as error:
                log.get().warning("cannot listen for jobs", error=type(error).__name__)
                wait_out(stop, backoff.next(), database.check)
        self.ring()

    def _listen_once(self, db: Connection, stop: Stop) -> None:
        try:
            db.autocommit = True
            with db.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self.ring()  # for jobs that came while it was not listening
            while not stop:
                if select.select([db], [], [], _POLL_SECONDS)[0]:
                    db.poll()
                if db.notifies:
                    db.notifies.clear()
                    self.ring()
        finally:
            db.close()
