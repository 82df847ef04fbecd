"""Group commit: threads that wait for the disk at the same time share one sync.

A sync costs about as much for thirty crashes as for one. So each thread hands in its item and
waits. The first thread that sees no sync running leads: it takes all items handed in so far,
settles them in one call and wakes its followers. Items handed in meanwhile are the next batch.
No thread returns before a sync that began after its writes has ended, and an error of the leader
is raised in all its followers.
"""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")


class _Batch(Generic[Item]):
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.done = False
        self.error: BaseException | None = None


class GroupCommit(Generic[Item]):
    """Settles items in batches; *settle* is called by one thread at a time."""

    def __init__(self, settle: Callable[[Sequence[Item]], None]) -> None:
        self._settle = settle
        self._changed = threading.Condition()
        self._busy = False
        self._gathering = _Batch[Item]()

    def commit(self, item: Item) -> None:
        """Return when *item* is settled. Raises what settling its batch raised."""
        with self._changed:
            batch = self._gathering
            batch.items.append(item)
            while self._busy and not batch.done:
                self._changed.wait()
            lead = not batch.done
            if lead:
                self._busy = True
                self._gathering = _Batch()
        if lead:
            self._lead(batch)
        if batch.error is not None:
            raise batch.error

    def _lead(self, batch: _Batch[Item]) -> None:
        try:
            self._settle(batch.items)
        except BaseException as error:  # no thread of this batch may answer "safe"
            batch.error = error
        finally:
            with self._changed:
                batch.done = True
                self._busy = False
                self._changed.notify_all()


class Sync(Protocol):
    """How writes reach the disk: each writer's own files, then the rest, once for a batch."""

    def mounted(self) -> None:
        """Called before anything is written, and when another file system may be in place."""
        ...

    def files(self, descriptors: Iterable[int]) -> None:
        """Called by each writer for its open files, before they get their final names."""
        ...

    def batch(self, paths: Iterable[Path]) -> None:
        """Called once for all writers of a batch: *paths* (files, folders) have new content."""
        ...


class NoSync:
    """Leaves syncing to the kernel: a power cut loses some seconds, a kill loses nothing."""

    def mounted(self) -> None:
        """Do nothing."""

    def files(self, descriptors: Iterable[int]) -> None:
        """Do nothing."""

    def batch(self, paths: Iterable[Path]) -> None:
        """Do nothing."""


class SyncFiles:
    """Syncs the written files only: for a file system to which other programs write."""

    def mounted(self) -> None:
        """Do nothing."""

    def files(self, descriptors: Iterable[int]) -> None:
        """Sync the content of open files."""
        for descriptor in descriptors:
            os.fdatasync(descriptor)

    def batch(self, paths: Iterable[Path]) -> None:
        """Sync files and folders; one that is gone was moved away and needs no sync."""
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


class SyncFilesystem:
    """One syncfs(2) per batch: for a file system that the spool has to itself.

    The descriptor stays open, because syncfs reports write errors since it was opened. Each process
    makes its own object, because such an error is reported only once per open file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1
        self._libc = ctypes.CDLL(None, use_errno=True)

    def mounted(self) -> None:
        """Open the folder; what was open before is of a file system that may be away."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if self._descriptor < 0:
            self._descriptor = descriptor
            return
        os.dup2(descriptor, self._descriptor, inheritable=False)
        os.close(descriptor)

    def files(self, descriptors: Iterable[int]) -> None:
        """Do nothing: the batch's sync includes them."""

    def batch(self, paths: Iterable[Path]) -> None:  # noqa: ARG002
        """Sync the whole file system."""
        if self._libc.syncfs(self._descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
