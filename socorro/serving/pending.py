"""Answers that become true later: an application returns, and its answer waits for an outcome.

A thread that waits for a disk answers nobody. So an application may return its answer before it is
true, and hand `Pending.settled` to whoever knows when it is. The server sends the answer then. When
the outcome is an error it calls the application again, with that error in `Pending.error`, for the
answer to send instead.

The server puts a Pending into the WSGI environment of each request, under KEY. Without one (another
server) an application waits by itself.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

KEY: Final = "socorro.pending"


class Pending:
    """What one answer waits for: nothing, unless `wait` is called."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.waits = False
        self.error: BaseException | None = None
        self._lock = threading.Lock()
        self._is_settled = False
        self._then: Callable[[], None] | None = None

    def wait(self) -> None:
        """Send the answer only after `settled`, which is called once, in any thread."""
        self.waits = True

    def settled(self, error: BaseException | None) -> None:
        """Let the answer go; with an error, make another one."""
        with self._lock:
            self.error, self._is_settled = error, True
            then = self._then
        if then is not None:
            then()

    def then(self, job: Callable[[], None]) -> None:
        """Call *job* when it is settled, now or in the thread that settles it."""
        with self._lock:
            is_settled = self._is_settled
            self._then = job
        if is_settled:
            job()

    def result(self) -> None:
        """Return when it is settled, if it waits for anything. Raises the error."""
        if not self.waits:
            return
        is_settled = threading.Event()
        self.then(is_settled.set)
        is_settled.wait()
        if self.error is not None:
            raise self.error
