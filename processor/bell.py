"""Wakes idle threads when Postgres says that there are jobs."""

import select
import threading

from socorro import log
from socorro.jobs import CHANNEL
from socorro.postgres import Connection, Database, Unavailable
from socorro.service import Stop, waits

_LOOK_SECONDS = 0.25


class Bell:
    """Rung by NOTIFY. Who reads `rings` before looking for jobs misses no ring after that."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it was rung."""
        return self._rings

    def ring(self) -> None:
        """Wake all who wait."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Wait until it was rung more often than *seen*, at most *seconds*."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != seen, seconds)

    def listen(self, database: Database, stop: Stop) -> None:
        """Ring on every NOTIFY until *stop*; through outages of Postgres, too."""
        outage = iter(waits())
        while not stop:
            try:
                self._listen_once(database.connect(), stop)
                outage = iter(waits())
            except Unavailable as why:
                log.get().warning("cannot listen for jobs", error=type(why).__name__)
                stop.wait(next(outage))
        self.ring()

    def _listen_once(self, db: Connection, stop: Stop) -> None:
        try:
            db.autocommit = True
            with db.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self.ring()  # what came while nobody listened
            while not stop:
                if select.select([db], [], [], _LOOK_SECONDS)[0]:
                    db.poll()
                if db.notifies:
                    db.notifies.clear()
                    self.ring()
        finally:
            db.close()
