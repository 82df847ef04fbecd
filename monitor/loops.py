"""A job done again and again in a thread of its own, whatever fails."""

import threading
import time
from collections.abc import Callable
from typing import Final

from socorro import log
from socorro.crashstore.interface import StoreUnavailable
from socorro.postgres import Unavailable
from socorro.service import Stop, waits

LONGEST_WAIT: Final = 15.0  # seconds


class Stuck(Exception):
    """A loop has not succeeded for too long."""


class Loop:
    """Calls *work* every *period* seconds; at once again while it returns True (there is more).

    While Postgres or the crash store are away, and after any other error, it waits longer and
    longer, up to LONGEST_WAIT, and goes on by itself; other loops do not notice.
    """

    def __init__(self, name: str, work: Callable[[], bool], period: float, stop: Stop) -> None:
        self.name = name
        self._work, self._period, self._stop = work, period, stop
        self._succeeded = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until the loop ended after a stop, at most *seconds*."""
        self._thread.join(seconds)

    def check(self, patience: float) -> None:
        """Raise Stuck when it has not succeeded for *patience* seconds beyond its period."""
        seconds = time.monotonic() - self._succeeded
        if seconds > self._period + patience:
            raise Stuck(f"{self.name} has not succeeded for {seconds:.0f} seconds")

    def _run(self) -> None:
        trouble = iter(waits(most=LONGEST_WAIT))
        while not self._stop:
            try:
                more = self._work()
            except Exception as why:
                seconds = next(trouble)
                self._tell(why, seconds)
                self._stop.wait(seconds)
                continue
            self._succeeded = time.monotonic()
            trouble = iter(waits(most=LONGEST_WAIT))
            if not more:
                self._stop.wait(self._period)

    def _tell(self, why: Exception, seconds: float) -> None:
        if isinstance(why, (*Unavailable, StoreUnavailable)):
            error = str(why).strip().partition("\n")[0]
            log.get().warning("away", loop=self.name, error=error, again_in_seconds=seconds)
        else:
            log.get().error("failed", loop=self.name, again_in_seconds=seconds, exc_info=why)
