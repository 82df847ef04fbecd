"""Health that is half a minute old at most: pages and REST check it once for many visitors."""

import threading
import time
from collections.abc import Callable
from typing import Final

from socorro.config import load
from socorro.health.collect import check
from socorro.health.config import HealthConfig
from socorro.health.judge import Health
from socorro.postgres import Database
from socorro.search.config import SearchConfig

SECONDS: Final = 5.0
MOST_SECONDS: Final = 30.0


class RecentHealth:
    """Calls *read* again when its last answer is older than SECONDS; safe between threads.

    Who comes first after that gets the old answer and need not wait, unless it is older than
    MOST_SECONDS.
    """

    def __init__(
        self, read: Callable[[], Health], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._clock = read, clock
        self._lock = threading.Lock()  # held while it is read
        self._last: tuple[float, Health] | None = None

    def __call__(self) -> Health:
        """Return the health."""
        last = self._last
        if last is None or self._clock() - last[0] > MOST_SECONDS:
            return self._refreshed()
        if self._clock() - last[0] > SECONDS and not self._lock.locked():
            threading.Thread(target=self._refreshed, name="health", daemon=True).start()
        return last[1]

    def _refreshed(self) -> Health:
        with self._lock:
            if self._last is None or self._clock() - self._last[0] > SECONDS:
                health = self._read()
                self._last = self._clock(), health
            return self._last[1]


def recent_health(database: Database) -> RecentHealth:
    """Return the health of the line that the settings describe."""
    config, engine = load(HealthConfig), load(SearchConfig).engine
    return RecentHealth(lambda: check(database, config, engine))
