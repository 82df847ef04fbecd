"""A lock per name that threads and processes share: one worker per module.

All locks of a folder are single bytes of one file (open file description locks, fcntl(2)), so
there is nothing to clean up, and a killed process releases its locks. Two names that share a byte
wait for each other, which does no harm.
"""

import fcntl
import hashlib
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# struct flock of 64-bit Linux: type, whence, start, length, pid.
_FLOCK = struct.Struct("hhqqi")
_LOOK_SECONDS = 0.02


class LockTimeout(Exception):
    """Another worker held the lock for too long."""


@contextmanager
def lock(
    file: Path, name: str, seconds: float, stopped: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold the lock *name* of *file* for a with block.

    Raises LockTimeout after *seconds*, or when *stopped* returns True.
    """
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
    deadline = time.monotonic() + seconds
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _take(handle, place):
            if time.monotonic() >= deadline or stopped():
                raise LockTimeout(name)
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(handle)  # releases the lock


def _take(handle: int, place: int) -> bool:
    request = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, request)
    except (BlockingIOError, PermissionError):
        return False
    return True
