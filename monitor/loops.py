"""A chore that runs again and again in a thread of its own, whatever fails."""

import threading
import time
from collections.abc import Callable
from typing import Final

from socorro import log
from socorro.crashstore.interface import StoreUnavailable
from socorro.jobs.interface import BrokerUnavailable
from socorro.postgres import Unavailable
from socorro.service import Backoff, Stop, no_descriptors

LONGEST_WAIT: Final = 15.0  # seconds
OUTAGE_WAIT: Final = 2.0  # seconds; to ask for what is unavailable is cheap
_OUTAGES: Final = (*Unavailable, StoreUnavailable, BrokerUnavailable)


class Stuck(Exception):
    """A loop has not succeeded for too long."""


class Loop:
    """Calls *work* every *period* seconds, and again at once when it returns True (there is more).

    After an error it waits longer and longer, up to LONGEST_WAIT, and goes on by itself; other
    loops are not affected. While Postgres, the crash store or the broker is unavailable, or there
    are no file descriptors left, it tries again every other second, and says so as often as it
    would after other errors.
    """

    def __init__(self, name: str, work: Callable[[], bool], period: float, stop: Stop) -> None:
        self.name = name
        self._work, self._period, self._stop = work, period, stop
        self._succeeded = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait at most *seconds* until the loop has ended after a stop."""
        self._thread.join(seconds)

    def check(self, patience: float) -> None:
        """Raise Stuck when it has not succeeded for *patience* seconds beyond its period."""
        seconds = time.monotonic() - self._succeeded
        if seconds > self._period + patience:
            raise Stuck(f"{self.name} has not succeeded for {seconds:.0f} seconds")

    def _run(self) -> None:
        backoff, quiet = Backoff(most=LONGEST_WAIT), 0.0  # seconds
        while not self._stop:
            try:
                more = self._work()
            except Exception as error:
                is_outage = isinstance(error, _OUTAGES) or no_descriptors(error)
                is_reported = quiet <= 0
                quiet = backoff.next() if is_reported else quiet
                seconds = min(quiet, OUTAGE_WAIT) if is_outage else quiet
                if is_reported:
                    self._log(error, seconds, is_outage)
                self._stop.wait(seconds)
                quiet -= seconds
                continue
            self._succeeded = time.monotonic()
            backoff.reset()
            quiet = 0.0
            if not more:
                self._stop.wait(self._period)

    def _log(self, error: Exception, seconds: float, is_outage: bool) -> None:
        if is_outage:
            reason = str(error).strip().partition("\n")[0]
            log.get().warning("unavailable", loop=self.name, error=reason, again_in_seconds=seconds)
        else:
            log.get().error("failed", loop=self.name, again_in_seconds=seconds, exc_info=error)
