"""The filesystem store's index of waiting crashes: waiting/<yymmdd>/<HHMMSS.ffffff>.<crash id>.

An entry is another name (a hard link) of the file it stands for, so it needs no inode; only its
name matters. It is created before the crash is committed, so it may dangle. Puts share a lock of
the day's folder, a sweep holds it alone: an entry of a put that is under way is never swept.
"""

import fcntl
import heapq
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from socorro import files
from socorro.crash_id import CrashId
from socorro.crashstore.interface import Waiting


class WaitingFolder:
    """The index in *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def adding(self, entry: Waiting, file: str) -> Iterator[None]:
        """Add an entry for *file*; commit the crash inside the with block."""
        path = self._path(entry)
        handle = self._lock(os.path.dirname(path))
        try:
            with suppress(FileExistsError):  # left by a put that was interrupted
                os.link(file, path)
            os.fsync(handle)
            yield
        finally:
            os.close(handle)

    def remove(self, entry: Waiting) -> None:
        """Remove an entry; absent is no error."""
        files.drop(self._path(entry))

    def remove_all(self, crash_id: CrashId) -> None:
        """Remove every entry of a crash, whatever its time, on the day in its id."""
        folder = self._root / crash_id[-6:]
        for name in _names(folder):
            if name.endswith(f".{crash_id}"):
                files.drop(f"{folder}/{name}")

    def entries(self, limit: int) -> Iterator[Waiting]:
        """Yield all entries in order of submission; *limit*, 1 or more, are held in memory."""
        for day in sorted(_names(self._root)):
            after = ""
            while True:
                names = (name for name in _names(self._root / day) if name > after)
                page = heapq.nsmallest(limit, names)
                for name in page:
                    with suppress(ValueError):  # not a name of ours
                        at = datetime.fromisoformat(f"20{day}T{name[:13]}Z")
                        yield Waiting(CrashId(name[14:]), at)
                if len(page) < limit:
                    break
                after = page[-1]

    def written(self, entry: Waiting) -> float:
        """Return when the entry was written, seconds since 1970; infinity when it is gone."""
        try:
            return os.stat(self._path(entry)).st_ctime
        except FileNotFoundError:
            return float("inf")

    def alone(self, entry: Waiting) -> AbstractContextManager[bool]:
        """Lock the entry's day; False when a put or another sweep holds it."""
        return _alone(os.path.dirname(self._path(entry)))

    def drop_empty(self, today: str) -> None:
        """Remove empty folders of days before *today* (yymmdd)."""
        for day in _names(self._root):
            if day < today:
                with _alone(self._root / day) as alone:
                    if alone:
                        with suppress(OSError):  # not empty
                            (self._root / day).rmdir()

    def _lock(self, folder: str) -> int:
        """Return a handle that shares the lock of the folder, created when missing."""
        while True:
            try:
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                files.make_folder(folder)
                continue
            fcntl.flock(handle, fcntl.LOCK_SH)
            with suppress(FileNotFoundError):  # removed since, because it was empty
                if os.path.samestat(os.fstat(handle), os.stat(folder)):
                    return handle
            os.close(handle)

    def _path(self, entry: Waiting) -> str:
        at = entry.submitted.astimezone(UTC)
        return f"{self._root}/{at:%y%m%d/%H%M%S.%f}.{entry.crash_id}"


@contextmanager
def _alone(folder: str | Path) -> Iterator[bool]:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries)
    except FileNotFoundError:
        return
