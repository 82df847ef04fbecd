"""What all services share: stopping on signals, forking workers, waiting between tries."""

import ctypes
import errno
import os
import queue
import signal
import time
from collections.abc import Callable
from typing import Final

from socorro import log

CHECK_SECONDS: Final = 1.0  # between checks of what is unavailable
NO_DESCRIPTORS_SECONDS: Final = 1.0  # wait of a process that has no file descriptors left

_PR_SET_PDEATHSIG = 1
_RESPAWN_SECONDS = 1.0
_DRAIN_SECONDS = 25.0


class Stop:
    """Set by SIGTERM and SIGINT; loops wait on it instead of sleeping.

    A signal handler interrupts whatever the main thread does, and that may be a wait on this very
    object. So it must not take a lock that the main thread may hold, as an Event's `set` does; a
    SimpleQueue's `put` may interrupt its own `get`.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def on_signals(self) -> "Stop":
        """Handle SIGTERM and SIGINT of this process; call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())
        return self

    def set(self) -> None:
        """Make all loops end."""
        self._is_set = True
        self._bell.put(None)

    def __bool__(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait at most *seconds*; True when it is time to end."""
        try:
            self._bell.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return self._is_set
        self._bell.put(None)  # for the next thread that waits
        return True


class Backoff:
    """Waits between tries: they double from *first* to *most* seconds until a try succeeds."""

    def __init__(self, first: float = 1.0, most: float = 60.0) -> None:
        self._first, self._most = first, most
        self._next = first

    def next(self) -> float:
        """Return how many seconds to wait before the next try."""
        seconds = self._next
        self._next = min(seconds * 2, self._most)
        return seconds

    def reset(self) -> None:
        """Start over with the shortest wait: a try succeeded."""
        self._next = self._first


def wait_out(stop: Stop, seconds: float, check: Callable[[], None]) -> bool:
    """Wait *seconds*, but no longer than what is unavailable stays so; return whether it is back.

    A cheap *check* that fails now is repeated every second. One that passes says nothing about what
    is unavailable, so the wait is the whole one.
    """
    deadline, left = time.monotonic() + seconds, seconds
    if _passes(check):
        stop.wait(seconds)
        return False
    while left > 0 and not stop.wait(min(CHECK_SECONDS, left)):
        if _passes(check):
            return True
        left = min(left - CHECK_SECONDS, deadline - time.monotonic())
    return False


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True


def no_descriptors(error: BaseException) -> bool:
    """Return whether an error says that there are no file descriptors left: nothing is to blame."""
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)


def die_with_parent() -> None:
    """End this process when its parent ends for whatever reason (Linux, prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_workers(count: int, work: Callable[[int], None], stop: Stop) -> None:
    """Fork *count* processes that each run work(number), and replace those that die, until *stop*.

    On *stop* every worker gets SIGTERM and some seconds to end, then SIGKILL. Call this before any
    thread or connection exists: they do not survive a fork.
    """
    running: dict[int, int] = {}  # pid -> number

    def start(number: int) -> None:
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            try:
                work(number)
            except BaseException:
                log.get().exception("worker died", worker=number)
                os._exit(1)
            os._exit(0)
        running[pid] = number

    for number in range(count):
        start(number)
    while not stop.wait(0.2):
        for number in _reap(running):
            log.get().warning("worker ended; starting another", worker=number)
            stop.wait(_RESPAWN_SECONDS)
            if not stop:
                start(number)
    _end(running)


def _reap(running: dict[int, int]) -> list[int]:
    ended = []
    for pid in list(running):
        if os.waitpid(pid, os.WNOHANG)[0]:
            ended.append(running.pop(pid))
    return ended


def _end(running: dict[int, int]) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    for pid in running:
        os.kill(pid, signal.SIGTERM)
    while running and time.monotonic() < deadline:
        _reap(running)
        time.sleep(0.05)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
