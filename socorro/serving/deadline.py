"""Runs a check against a deadline: what a check waits for may hang, the heartbeat must not.

A hanging server (a disk that does not answer, a Postgres that stands still) keeps its connections
open and says nothing, so no limit of the connection helps. Each check therefore runs in a thread of
its own, at most one at a time: while one has not come back, further requests wait for that one, or
not at all once it is overdue, and hold no further threads or connections.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

DEADLINE_SECONDS: Final = 1.5  # so that a heartbeat answers within two


class NoAnswer(Exception):
    """A check has not come back within its deadline."""


class _Run:
    """One run of a check, for all requests that came during it."""

    def __init__(self, check: Callable[[], None]) -> None:
        self.overdue_at = time.monotonic() + DEADLINE_SECONDS
        self._check = check
        self._error: Exception | None = None
        self._done = threading.Event()

    @property
    def is_over(self) -> bool:
        return self._done.is_set()

    def run(self) -> None:
        try:
            self._check()
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def error(self) -> Exception | None:
        """Wait for the end, but not beyond the deadline; return what the check raised."""
        if not self._done.wait(max(0.0, self.overdue_at - time.monotonic())):
            return NoAnswer(f"no answer within {DEADLINE_SECONDS} seconds")
        return self._error


class TimedCheck:
    """A check that says within DEADLINE_SECONDS how it went. Safe to share between threads."""

    def __init__(self, name: str, check: Callable[[], None]) -> None:
        self.name = name
        self._check = check
        self._lock = threading.Lock()
        self._last: _Run | None = None

    def begin(self) -> Callable[[], Exception | None]:
        """Start the check, or join the run that is under way; return a function that waits for it.

        That function returns what the check raised, NoAnswer when it is overdue, or None.
        """
        with self._lock:
            if self._last is None or self._last.is_over:
                run = _Run(self._check)
                threading.Thread(target=run.run, name=f"check {self.name}", daemon=True).start()
                self._last = run
            return self._last.error
