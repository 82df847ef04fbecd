"""Renews the leases of the jobs that this process works on, so that these may be short.

The jobs of a processor that was killed go to another within seconds: nobody renews them. A renewal
checks what finishing a job checks, its holder and its attempt, so one that comes late (the process
was stopped) changes nothing. A job is renewed no longer than `lease_seconds` after its claim: a
worker that hangs loses it, too.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from socorro import log
from socorro.jobs import Job
from socorro.jobs.interface import Queue
from socorro.postgres import Unavailable

RENEWALS = 4  # within one lease: it outlives some that fail


class Leases:
    """The leases of one process. Safe to share between threads."""

    def __init__(
        self,
        queue: Queue,
        seconds: float,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A lease is for *seconds*, and renewed until *longest* seconds after its claim."""
        self.seconds = min(seconds, longest)
        self._queue, self._longest, self._clock = queue, longest, clock
        self._lock = threading.Lock()
        self._held: dict[int, tuple[Sequence[Job], float]] = {}  # claimed together; until when

    @contextmanager
    def renewing(self, claimed: Sequence[Job]) -> Iterator[None]:
        """Renew these jobs for the length of a with block; those that are over are no matter."""
        with self._lock:
            self._held[id(claimed)] = (claimed, self._clock() + self._longest)
        try:
            yield
        finally:
            with self._lock:
                del self._held[id(claimed)]

    def renew(self) -> int:
        """Renew now; return how many leases were. Raises one of Unavailable."""
        now = self._clock()
        with self._lock:
            held = [job for claimed, until in self._held.values() if now < until for job in claimed]
        return self._queue.renew(held, self.seconds) if held else 0

    def run(self, ended: threading.Event) -> None:
        """Renew until *ended*, also while the service stops; an outage is waited out."""
        while not ended.wait(self.seconds / RENEWALS):
            try:
                self.renew()
            except Unavailable as error:
                log.get().warning("cannot renew leases", error=type(error).__name__)
