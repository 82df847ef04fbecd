"""Room for walks: many at the same time, or one alone.

A walk whose walker was killed, as the kernel does when memory is short, is tried again with no
other walk of this processor beside it: if it is killed again, no neighbour is to blame.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from processor.child import Interrupted

_POLL_SECONDS = 0.005
_FOR_EVER = float("inf")


class Crowded(Exception):
    """There was always another walk: long ones followed each other."""


class Room:
    """Shared by the threads of a process, and by all processes that are forked from it later."""

    def __init__(self, closed_seconds: float = 2.0, longest: float = 180.0) -> None:
        """Nobody waits longer than *closed_seconds* because somebody wants to be alone.

        *longest* is how long it is tried to be alone.
        """
        self._closed_seconds, self._longest = closed_seconds, longest
        # These are only locked: those inside hold the second, who enters holds the first meanwhile.
        self._gate, self._inside = os.memfd_create("gate"), os.memfd_create("inside")

    @contextmanager
    def entered(self, alone: bool, stop: threading.Event | None = None) -> Iterator[None]:
        """Be in the room for the length of a with block, *alone* or with others.

        A process that ends leaves the room. Raises Crowded, and Interrupted on *stop*.
        """
        opened: list[int] = []  # a lock belongs to an opened file: each thread needs its own
        try:
            for file in (self._gate, self._inside):
                opened.append(os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_CLOEXEC))
            gate, inside = opened
            if alone:
                self._wait_until_empty(gate, inside, stop)
            else:
                _lock(gate, fcntl.LOCK_EX, stop)
                _lock(inside, fcntl.LOCK_SH, stop)
            fcntl.flock(gate, fcntl.LOCK_UN)
            yield
        finally:
            for file in opened:
                os.close(file)

    def _wait_until_empty(self, gate: int, inside: int, stop: threading.Event | None) -> None:
        deadline = time.monotonic() + self._longest
        while True:
            _lock(gate, fcntl.LOCK_EX, stop)
            if _lock(inside, fcntl.LOCK_EX, stop, self._closed_seconds):
                return
            fcntl.flock(gate, fcntl.LOCK_UN)
            if time.monotonic() >= deadline:
                raise Crowded
            _pause(self._closed_seconds, stop)

    def __del__(self) -> None:
        os.close(self._gate)
        os.close(self._inside)


def _lock(file: int, kind: int, stop: threading.Event | None, seconds: float = _FOR_EVER) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            _pause(_POLL_SECONDS, stop)
        else:
            return True


def _pause(seconds: float, stop: threading.Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Interrupted
