"""Copies folders of files: the crash store of files, and symbols that were added.

The copy is one folder beside all backups, and each run adds what is new to it, as rsync does: a
file is copied when the copy has none of its size and time. It gets its name when it is whole, and
everything is synced at the end, so a run may be killed anywhere and the next one goes on. A raw
crash never changes, so a copied one is only replaced when it is torn: damage does not reach the
copy.

A restored store gets its marker last (socorro/marker.py): before that services find it away, and a
restore that was killed is begun again.
"""

import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from socorro import files
from socorro.backup.manifest import BadBackup
from socorro.marker import NAME as MARKER

STORE: Final = "store"  # folders beside the backups
SYMBOLS: Final = "symbols"
LARGEST_SHARE: Final = 0.3  # of a copy that one run may remove
_FEW: Final = 100
_LEFT_OUT: Final = frozenset({"waiting", "drafts", MARKER})  # of a store, at its top
_RESTORING: Final = "restoring"
_DRAFT: Final = ".copying-"
_IMMUTABLE: Final = ".zip"


@dataclass
class Copied:
    """What a run did: files in the source, and of these the ones that were copied."""

    files: int = 0
    new: int = 0
    bytes: int = 0
    gone: int = 0  # files of the copy that the source does not have (any more)
    removed: int = 0


def store_id(root: Path) -> str:
    """Return the id of a crash store, by its marker. Raises BadBackup."""
    try:
        return str(json.loads((root / MARKER).read_bytes())["id"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadBackup(f"{root}: no crash store, or its disk is away: no marker in it") from None


def mirror_store(
    root: Path, parent: Path, delete: bool, seen: Callable[[Copied], None] = lambda _: None
) -> Copied:
    """Copy a crash store into the folder of backups. Raises BadBackup, OSError.

    *delete* removes from the copy what the store does not have any more. *seen* hears of each
    folder.
    """
    target, present = parent / STORE, store_id(root)
    if (target / MARKER).exists() and (copy := store_id(target)) != present:
        raise BadBackup(
            f"{target} is the copy of another crash store ({copy}, not {present}): back up to"
            " another folder"
        )
    _copy_marker(root, target)  # first: the copy belongs to this store from now on
    return mirror(root, target, delete, seen)


def restore_store(
    parent: Path, root: Path, seen: Callable[[Copied], None] = lambda _: None
) -> Copied | None:
    """Copy the crash store back to *root*; None when it is there. Raises BadBackup, OSError.

    *root* must be missing, empty, or what a restore that was cut off has left.
    """
    source = parent / STORE
    expected = store_id(source)
    if not check_restorable(root, expected):
        return None
    root.mkdir(parents=True, exist_ok=True, mode=0o750)
    files.write_whole(root / _RESTORING, expected)
    for name in ("crashes", "drafts", "counters", "waiting"):
        (root / name).mkdir(exist_ok=True, mode=0o750)
    copied = mirror(source, root, False, seen)
    _copy_marker(source, root)
    (root / _RESTORING).unlink()
    return copied


def check_restorable(root: Path, expected: str) -> bool:
    """Return whether *root* lacks the crash store with this id. Raises BadBackup: it has others."""
    if (root / MARKER).exists():
        if store_id(root) == expected:
            return False
        raise BadBackup(
            f"another crash store is in {root}: move it away, or leave it as it is (--no-store)"
        )
    restoring = root / _RESTORING
    if restoring.exists() and restoring.read_text() == expected:
        return True
    if root.exists() and any(root.iterdir()):
        raise BadBackup(f"{root} is not empty: move its files away, or use --no-store")
    return True


def mirror(
    source: Path,
    target: Path,
    delete: bool = False,
    seen: Callable[[Copied], None] = lambda _: None,
) -> Copied:
    """Copy what *target* lacks of *source*, and sync it; *seen* hears of each folder."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    copied, gone, present = Copied(), [], 0
    for folder, names in _folders(source):
        beside = target / folder.relative_to(source)
        present += len(names)
        _copy_folder(folder, beside, names, copied)
        seen(copied)
    for folder, names in _folders(target):
        behind = source / folder.relative_to(target)
        gone += [folder / name for name in names if not os.path.lexists(behind / name)]
    copied.gone = len(gone)
    if delete:
        _remove(gone, present, target, copied)
    os.sync()
    return copied


def _folders(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder and its files; hidden ones are drafts and locks of their writers."""
    for at, folders, names in os.walk(top):
        hidden = _LEFT_OUT if at == str(top) else frozenset()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in hidden
        )
        if at == str(top):
            hidden |= {_RESTORING}
        yield (
            Path(at),
            sorted(name for name in names if not name.startswith(".") and name not in hidden),
        )


def _copy_folder(folder: Path, beside: Path, names: list[str], copied: Copied) -> None:
    beside.mkdir(parents=True, exist_ok=True, mode=folder.stat().st_mode & 0o777)
    for name in names:
        path, copy = folder / name, beside / name
        with suppress(FileNotFoundError):  # removed meanwhile
            status = path.stat()
            copied.files += 1
            if _is_copied(status, copy):
                continue
            _copy_file(path, copy)
            copied.new += 1
            copied.bytes += status.st_size
    with suppress(FileNotFoundError):
        times = folder.stat()  # of a folder of symbols: when they were last used
        os.utime(beside, ns=(times.st_atime_ns, times.st_mtime_ns))


def _is_copied(status: os.stat_result, copy: Path) -> bool:
    try:
        present = copy.stat()
    except FileNotFoundError:
        return False
    if (present.st_size, present.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
        return True
    return copy.suffix == _IMMUTABLE and zipfile.is_zipfile(copy)


def _copy_file(path: Path, copy: Path) -> None:
    draft = copy.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    try:
        shutil.copy2(path, draft)
        draft.rename(copy)
    finally:
        draft.unlink(missing_ok=True)


def _copy_marker(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.write_whole(target / MARKER, (source / MARKER).read_bytes(), 0o640)


def _remove(gone: list[Path], present: int, target: Path, copied: Copied) -> None:
    largest = max(_FEW, LARGEST_SHARE * (present + len(gone)))
    if len(gone) > largest:
        raise BadBackup(
            f"{len(gone):,} files of {target} are not in the source any more, of"
            f" {present + len(gone):,}: that is too many to be right, and none was removed"
        )
    for path in gone:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others are in the same folders
            path.parent.rmdir()
            path.parent.parent.rmdir()
    copied.removed = len(gone)
