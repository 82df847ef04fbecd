"""Copies crash store and symbols for `socorro backup`, with progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli.commands.group import echo
from cli.commands.progress import progress_bar
from socorro.backup import mirror
from socorro.backup.manifest import Manifest
from socorro.config import SharedConfig, load
from socorro.symbols.config import SymbolsConfig

Seen = Callable[[mirror.Copied], None]


def store_folder() -> Path | None:
    """Return the folder of a crash store of files; None for another kind."""
    url = load(SharedConfig).store
    return Path(url.removeprefix("file://")) if url.startswith("file:") else None


def copy_store(parent: Path, delete: bool) -> str:
    """Copy new crashes to the folder of backups; return the id of the store."""
    root = store_folder()
    if root is None:
        raise click.ClickException(
            "the crash store is not of files: back up HBase by its own snapshots"
            " (docs/backup.md), and leave --store out"
        )
    with _progress("crash store") as seen:
        copied = mirror.mirror_store(root, parent, delete, seen)
    _report(parent / mirror.STORE, copied)
    return mirror.store_id(root)


def copy_symbols(parent: Path, delete: bool) -> None:
    """Copy new symbols to the folder of backups."""
    source = load(SymbolsConfig).store
    with _progress("symbols") as seen:
        copied = mirror.mirror(source, parent / mirror.SYMBOLS, delete, seen)
    _report(parent / mirror.SYMBOLS, copied)


def check_copies(parent: Path, saved: Manifest) -> list[str]:
    """Return which copied folders a restore would fill. Raises BadBackup: they are in use."""
    folders = []
    root = store_folder()
    if saved.store and root is not None and mirror.check_restorable(root, saved.store):
        folders.append(str(root))
    if (parent / mirror.SYMBOLS).is_dir():
        folders.append(str(load(SymbolsConfig).store))
    return folders


def restore_copies(parent: Path, saved: Manifest) -> None:
    """Copy crash store and symbols back, as far as there are copies. Raises BadBackup."""
    root = store_folder()
    if saved.store and root is not None:
        with _progress("crash store") as seen:
            copied = mirror.restore_store(parent, root, seen)
        if copied:
            _report(root, copied)
        else:
            echo(f"{root}: the crash store of this backup is there")
    if (parent / mirror.SYMBOLS).is_dir():
        target = load(SymbolsConfig).store
        with _progress("symbols") as seen:
            copied = mirror.mirror(parent / mirror.SYMBOLS, target, seen=seen)
        _report(target, copied)


@contextmanager
def _progress(what: str) -> Iterator[Seen]:
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)

        def seen(copied: mirror.Copied) -> None:
            text = f"{what}: {copied.new:,} new of {copied.files:,} files"
            bar.update(task, completed=copied.files, description=text)

        yield seen


def _report(folder: Path, copied: mirror.Copied) -> None:
    text = f"{folder}: {copied.files:,} files, {copied.new:,} new, {copied.bytes:,} bytes copied"
    if copied.removed:
        text += f", {copied.removed:,} removed"
    elif copied.gone:
        text += f"; {copied.gone:,} are not in the source any more (--delete removes them)"
    echo(text)
