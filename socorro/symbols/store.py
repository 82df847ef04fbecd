"""The symbol store: Breakpad's layout, <debug file>/<debug id>/<name>.sym, one file per module.

A file gets its name when it is whole, checked and on disk, so that readers need no lock; a killed
writer leaves only something in .incoming, which is swept. A module keeps its best file: another one
replaces it only if that has all kinds of records at least as often (see `Facts.outdoes`), so a
stripped build that is added later takes no names away. When each of two files has more of some kind
(a PDB and its program, a file with INLINE records and one with more PUBLIC), they are joined, and
the joined file has no kind less often than either (`socorro.symbols.joining`).

The time of last use is the modification time of a module's folder. The file's own must not change,
because an index is valid for one modification time only; access times are not reliable. An index
is next to its .sym, or in an index folder of the same layout (walker/README.md), and is removed
with it.
"""

import contextlib
import enum
import fcntl
import filecmp
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from socorro import files, metrics
from socorro.symbols.joining import joined
from socorro.symbols.locks import lock
from socorro.symbols.module import BadModule, ModuleId, module_id
from socorro.symbols.symfile import BadSymbols, Checker, Facts
from socorro.symbols.text import as_walkers_read

STEP = 2**18  # bytes read at once
_INCOMING = ".incoming"
_LOCKS = ".locks"
_LOCK_SECONDS = 600
_USE_NOTED_EVERY = 3600  # seconds
_ABANDONED_SECONDS = 60


class Change(enum.StrEnum):
    """How adding a file changed the store."""

    NEW = "new"
    SAME = "same"  # the store had the same file
    REPLACED = "replaced"  # the store had a poorer one
    JOINED = "joined"  # with the old one: each has more of some kind of record
    KEPT = "kept"  # the old one is better and stays


@dataclass(frozen=True)
class Added:
    """A valid file, and how it changed the store."""

    facts: Facts
    change: Change
    path: Path

    @property
    def changed(self) -> bool:
        """Whether the store changed."""
        return self.change not in (Change.SAME, Change.KEPT)

    @property
    def module(self) -> ModuleId:
        """The module that the file is stored for."""
        return ModuleId(self.path.parent.parent.name, self.path.parent.name)


@dataclass(frozen=True)
class Entry:
    """A module's symbols in a store. Sizes in bytes, *used* in seconds since 1970."""

    module: ModuleId
    path: Path
    size: int
    index_size: int
    added: float
    used: float


class SymbolStore:
    """Symbol files below *folder*; any number of threads and processes may add and remove."""

    def __init__(
        self,
        folder: Path,
        limit: int,
        index: Path | None = None,
        on_write: Callable[[int], object] = lambda _size: None,
    ) -> None:
        """Keep files of at most *limit* bytes; *index* is the index folder, if there is one.

        *on_write* is called with a number of bytes before they are written; it may raise.
        """
        self.folder, self.limit, self._index = folder.absolute(), limit, index
        self._on_write = on_write

    def path(self, module: ModuleId) -> Path:
        """Return the path of the symbols of *module*, whether they exist or not."""
        return self.folder / module.path

    def has(self, module: ModuleId) -> bool:
        """Return whether the store has symbols of *module*."""
        return self.path(module).is_file()

    def add(
        self,
        pieces: Iterable[bytes],
        expected: ModuleId | None = None,
        replace: bool = False,
        drop_bad_lines: bool = False,
    ) -> Added:
        """Check a symbol file that comes in *pieces* and keep it.

        With *expected*, the file must be of that module: the same id, the same name except for
        capitals. *replace* replaces a better one, too; *drop_bad_lines* leaves bad lines out.
        Raises BadSymbols; OSError when the disk is full or the like; nothing is changed then.
        """
        with self._incoming() as file:
            facts = self._receive(pieces, file, drop_bad_lines)
            module = facts.module if expected is None else _agreed(facts.module, expected)
            path = self.path(module)
            with lock(self.folder / _LOCKS, str(module), _LOCK_SECONDS):
                facts, change = self._keep(Path(file.name), facts, path, replace)
            self.note_use([module], every=0)
        return Added(facts, change, path)

    def note_use(self, modules: Iterable[ModuleId], every: float = _USE_NOTED_EVERY) -> None:
        """Remember that the symbols of these modules were used now.

        Call it for the modules that a walk had symbols for: `gc` and the cache remove the least
        recently used first. Noted once an hour; modules without symbols are ignored.
        """
        for module in modules:
            folder = Path(f"{self.folder}/{module}")
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime < time.time() - every:
                    os.utime(folder)

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, in the order of names. Other files are ignored."""
        for first in _folders(self.folder):
            for second in _folders(first):
                with contextlib.suppress(BadModule, FileNotFoundError):
                    yield self._entry(module_id(first.name, second.name))

    def remove(self, entry: Entry) -> None:
        """Remove a module's symbols with their index. Open files stay readable."""
        with lock(self.folder / _LOCKS, str(entry.module), _LOCK_SECONDS):
            entry.path.unlink(missing_ok=True)
            for path in self._indexes(entry.module):
                path.unlink(missing_ok=True)
            with self._placing():
                for base in filter(None, (self.folder, self._index)):
                    with contextlib.suppress(OSError):  # not empty, or gone
                        (base / entry.module.path.parent).rmdir()
                        (base / entry.module.debug_file).rmdir()

    def sweep(self, seconds: float = _ABANDONED_SECONDS) -> int:
        """Remove leftovers of killed writers, at least *seconds* old; return how many."""
        swept = 0
        for path in (self.folder / _INCOMING).glob("*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its writer lives
                if path.stat().st_mtime <= time.time() - seconds:
                    path.unlink()
                    swept += 1
        return swept

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[IO[bytes]]:
        folder = self.folder / _INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        self.sweep()
        path = folder / secrets.token_hex(8)
        with path.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield file
            finally:
                path.unlink(missing_ok=True)

    def _keep(
        self, incoming: Path, facts: Facts, path: Path, replace: bool
    ) -> tuple[Facts, Change]:
        """Put a valid file in its place unless a better one stays; return the facts to report."""
        change, old = _compared(facts, incoming, path, replace)
        if change in (Change.NEW, Change.REPLACED):
            self._put(incoming, path)
        elif old and not old.covers(facts):
            both = (incoming, path) if facts.counts > old.counts else (path, incoming)
            with contextlib.suppress(BadSymbols), self._incoming() as file:  # if too large: kept
                facts_joined = self._receive(joined(*both), file)
                if facts_joined.covers(facts) and facts_joined.covers(old):
                    self._put(Path(file.name), path)
                    return facts_joined.with_drops_of(facts), Change.JOINED
        return facts, change

    def _put(self, incoming: Path, path: Path) -> None:
        with self._placing():
            path.parent.mkdir(parents=True, exist_ok=True)
            incoming.replace(path)
        for folder in (path.parent, path.parent.parent, self.folder):
            files.sync_folder(str(folder))

    def _placing(self) -> contextlib.AbstractContextManager[None]:
        """Keep folders from being created and removed at the same time."""
        return lock(self.folder / _LOCKS, "", _LOCK_SECONDS)

    def _receive(
        self, pieces: Iterable[bytes], file: IO[bytes], drop_bad_lines: bool = False
    ) -> Facts:
        checker = Checker(self.limit, drop_bad_lines)
        with metrics.symbols_check_seconds.time():
            for piece in as_walkers_read(pieces):
                self._write(checker.feed(piece), file)
            self._write(checker.rest(), file)
            facts = checker.finish()
        file.flush()
        os.fsync(file.fileno())
        return facts

    def _write(self, good: bytes, file: IO[bytes]) -> None:
        if good:
            self._on_write(len(good))
            file.write(good)

    def _entry(self, module: ModuleId) -> Entry:
        path = self.path(module)
        sym, used = path.stat(), path.parent.stat().st_mtime
        index_size = 0
        for path_of_index in self._indexes(module):
            with contextlib.suppress(FileNotFoundError):
                index = path_of_index.stat()
                index_size, used = index_size + index.st_size, max(used, index.st_mtime)
        return Entry(module, path, sym.st_size, index_size, sym.st_mtime, used)

    def _indexes(self, module: ModuleId) -> list[Path]:
        prefix = f"{module.name}.index"
        return [
            path
            for base in (self.folder, self._index)
            if base and (base / module.path.parent).is_dir()
            for path in (base / module.path.parent).iterdir()
            if path.name.startswith(prefix)
        ]


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an open file, for `SymbolStore.add`."""
    while piece := file.read(STEP):
        yield piece


def facts_of(path: Path) -> Facts:
    """Return the facts of a stored file. Raises BadSymbols, OSError."""
    checker = Checker(path.stat().st_size)
    with path.open("rb") as file:
        for piece in pieces_of(file):
            checker.feed(piece)
    return checker.finish()


def _agreed(module: ModuleId, expected: ModuleId) -> ModuleId:
    if module.debug_id != expected.debug_id:
        raise BadSymbols(f"its debug id is {module.debug_id}, not {expected.debug_id}", 1)
    if module.debug_file.lower() != expected.debug_file.lower():
        raise BadSymbols(f"its debug file is {module.debug_file}, not {expected.debug_file}", 1)
    return expected


def _compared(
    facts: Facts, incoming: Path, stored: Path, replace: bool
) -> tuple[Change, Facts | None]:
    if not stored.exists():
        return Change.NEW, None
    if filecmp.cmp(incoming, stored, shallow=False):
        return Change.SAME, None
    if replace:
        return Change.REPLACED, None
    try:
        old = facts_of(stored)
    except BadSymbols:
        return Change.REPLACED, None
    return Change.REPLACED if facts.outdoes(old) else Change.KEPT, old


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    except FileNotFoundError:
        return []
