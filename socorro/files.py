"""Writes files that are whole or absent, and that survive a power cut.

Paths of the crash store are strings here: a crash has many of them, and creating a Path takes
longer than using it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, mode: int = 0o600, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a new file to write to; at the end of the with block it replaces *path*.

    Readers see the old content or the new one, never a part of it, and when the block fails the
    old one stays. *durable* files are synced before, and their names after it; others may be lost
    in a power cut, but a kill never leaves a half-written one. A kill can leave a hidden temporary
    file in the folder.
    """
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            yield file
            file.flush()
            if durable:
                os.fsync(handle)
        os.replace(draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    if durable:
        sync_folder(str(path.parent))


def write_whole(
    path: Path, content: bytes | str, mode: int = 0o600, *, durable: bool = True
) -> None:
    """Write *content* (text as UTF-8) to *path*, as `replacing` does."""
    with replacing(path, mode, durable=durable) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_new(path: str, data: bytes | memoryview, modified_ns: int | None = None) -> None:
    """Write a file that does not exist, synced; *modified_ns* becomes its modification time."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        if modified_ns is not None:
            os.utime(handle, ns=(modified_ns, modified_ns))
        os.fsync(handle)
    finally:
        os.close(handle)


def link(path: str, name: str) -> None:
    """Give the file at *path* another *name*, synced; create its folder when missing.

    Raises FileExistsError when the name is taken.
    """
    try:
        os.link(path, name)
    except FileNotFoundError:
        make_folder(os.path.dirname(name))
        os.link(path, name)
    sync_folder(os.path.dirname(name))


def replace(path: str, name: str) -> None:
    """Move the file at *path* to *name*, synced; an existing file is replaced."""
    os.replace(path, name)
    sync_folder(os.path.dirname(name))


def append(path: str, record: bytes) -> None:
    """Append one short record, whole, not synced."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        os.write(handle, record)
    finally:
        os.close(handle)


def make_folder(path: str) -> None:
    """Create a folder, and its parent, synced; the parent's folder must exist."""
    for folder in (os.path.dirname(path), path):
        try:
            os.mkdir(folder, 0o750)
        except FileExistsError:
            continue
        sync_folder(os.path.dirname(folder))


def sync_file(path: str | Path, mode: int) -> None:
    """Sync a file that another program wrote, and set its mode."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: str) -> None:
    """Sync the names in a folder."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop(path: str) -> bool:
    """Remove a file; return False when there was none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def folders(parent: Path) -> Iterator[Path]:
    """Yield the folders in a folder."""
    with os.scandir(parent) as entries:
        yield from (parent / entry.name for entry in entries if entry.is_dir())
