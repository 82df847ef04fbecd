"""Files that are whole or not there, and there to stay: all writing of the filesystem store."""

import os
from pathlib import Path


def write_new(path: Path, data: bytes | memoryview, modified_ns: int | None = None) -> None:
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


def link(path: Path, name: Path) -> None:
    """Give the file at *path* another *name*, synced; its folder is made when not there.

    Raises FileExistsError when the name is taken.
    """
    try:
        os.link(path, name)
    except FileNotFoundError:
        make_folder(name.parent)
        os.link(path, name)
    sync_folder(name.parent)


def replace(path: Path, name: Path) -> None:
    """Move the file at *path* to *name*, in place of what is there, synced."""
    path.replace(name)
    sync_folder(name.parent)


def append(path: Path, record: bytes) -> None:
    """Append one short record, whole, not synced."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        os.write(handle, record)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder, and the one it lies in, synced; what is above must be there."""
    for folder in (path.parent, path):
        try:
            folder.mkdir(0o750)
        except FileExistsError:
            continue
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Sync the names in a folder."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop(path: Path) -> bool:
    """Remove a file; False when it was not there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
