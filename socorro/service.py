"""What every service does the same way: stop on signals, fork workers, wait and try again."""

import ctypes
import os
import queue
import signal
import time
from collections.abc import Callable, Iterable

from socorro import log

_PR_SET_PDEATHSIG = 1
_RESPAWN_SECONDS = 1.0
_DRAIN_SECONDS = 25.0


class Stop:
    """Set by SIGTERM and SIGINT; loops wait on it instead of sleeping.

    A signal's handler runs in the middle of whatever the main thread does, a wait of ours among
    it, so it must not take a lock that it may hold already: not an Event's, but a SimpleQueue,
    whose put may interrupt its own get.
    """

    def __init__(self) -> None:
        self._asked = False
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def on_signals(self) -> "Stop":
        """Take over SIGTERM and SIGINT of this process; call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())
        return self

    def set(self) -> None:
        """Ask everybody to end."""
        self._asked = True
        self._bell.put(None)

    def __bool__(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait at most *seconds*; True when it is time to end."""
        try:
            self._bell.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return self._asked
        self._bell.put(None)  # for the next who waits
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
        """Begin with the shortest wait again: a try succeeded."""
        self._next = self._first


def waits(first: float = 1.0, most: float = 60.0) -> Iterable[float]:
    """Yield growing waits, in seconds, doubling from *first* to *most*, for ever."""
    seconds = first
    while True:
        yield seconds
        seconds = min(seconds * 2, most)


def die_with_parent() -> None:
    """End this process when its parent ends, however that ends (Linux, prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_workers(count: int, work: Callable[[int], None], stop: Stop) -> None:
    """Fork *count* processes that each run work(number); fork again what dies, until *stop*.

    On *stop* every worker gets SIGTERM and some seconds to end, then SIGKILL. Call before any
    thread or connection exists: forking duplicates neither.
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
