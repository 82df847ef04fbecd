"""Group commit: crashes that wait for the disk at the same time share one sync.

A sync costs about as much for thirty crashes as for one. So whoever has an item hands it in, and
one thread settles: it takes all items handed in so far, settles them in one call and calls back
those who handed them in. Items handed in meanwhile are the next batch. Nobody is called back before
a sync that began after its writes has ended, and an error of the batch is the error of all in it.
"""

import contextlib
import ctypes
import os
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from socorro import log

Item = TypeVar("Item")
Settled = Callable[[BaseException | None], None]


class GroupCommit(Generic[Item]):
    """Settles items in batches; *settle* is called in one thread, which the first item starts."""

    def __init__(self, settle: Callable[[Sequence[Item]], None]) -> None:
        self._settle = settle
        self._changed = threading.Condition()
        self._gathering: list[tuple[Item, Settled]] = []
        self._thread: threading.Thread | None = None

    def commit(self, item: Item) -> None:
        """Return when *item* is settled. Raises what settling its batch raised."""
        outcome = queue.SimpleQueue[BaseException | None]()
        self.submit(item, outcome.put)
        error = outcome.get()
        if error is not None:
            raise error

    def submit(self, item: Item, settled: Settled) -> None:
        """Call *settled* when *item* is settled, with the error of its batch or None.

        It is called in the thread that settles: what takes long there delays the next batch.
        """
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="commit", daemon=True)
                thread.start()  # where there can be no thread, nothing was handed in
                self._thread = thread
            self._gathering.append((item, settled))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._gathering:
                    self._changed.wait()
                batch, self._gathering = self._gathering, []
            error: BaseException | None = None
            try:
                self._settle([item for item, _ in batch])
            except BaseException as raised:  # nobody of this batch may answer "safe"
                error = raised
            for _, settled in batch:
                try:
                    settled(error)
                except Exception:  # one's error is not another's
                    log.get().exception("not called back")
            del batch


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
