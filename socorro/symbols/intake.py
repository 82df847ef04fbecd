"""Adds symbols from .sym files, zips of them, programs and whole folders.

One bad file does not stop the others. Each file has a Result, under the name that the caller
knows.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from socorro.inflate import BadGzip, inflate
from socorro.symbols.archive import BadZip, Member, ZipLimits, members
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.dump import BINARIES, Kind, architectures, dump, kind_of
from socorro.symbols.module import BadModule, ModuleId, module_id
from socorro.symbols.store import Added, SymbolStore, pieces_of
from socorro.symbols.symfile import BadSymbols, check_size

_DEBUG_ID = re.compile(r"[0-9A-Fa-f]{33,40}")


@dataclass(frozen=True)
class Result:
    """The result for one file: *added*, or *refused* with a reason, or *passed_over* with one."""

    name: str
    added: Added | None = None
    refused: str = ""
    passed_over: str = ""


def no_progress(_count: int) -> None:
    """Ignore how many bytes were read."""


class Intake:
    """Adds files to a store. *progress* is called with the number of bytes read of a source."""

    def __init__(
        self,
        store: SymbolStore,
        config: SymbolsConfig,
        dump_syms: str | None = None,
        replace: bool = False,
        progress: Callable[[int], None] = no_progress,
    ) -> None:
        """*dump_syms* is the program's path; without it, binaries are refused."""
        self._store, self._replace = store, replace
        self._zip_limits = ZipLimits(config.zip_members, config.unpacked_bytes)
        self._dump_syms, self._progress = dump_syms, progress

    def path(self, path: Path) -> Iterator[Result]:
        """Add one file of a disk, of any kind."""
        name, size = str(path), 0
        try:
            size = path.stat().st_size
            kind = kind_of(path)
            if kind in BINARIES:
                yield from self._binary(path.resolve(), name, kind)
            elif kind is Kind.ZIP:
                with path.open("rb") as file:
                    yield from self.zip(file, name)
            elif kind in (Kind.SYMBOLS, Kind.GZIP):
                yield self._sym_file(path, name, kind, size)
                return  # it reported its progress itself
            else:
                reason = "not a symbol file, a zip of symbol files, a program or a library"
                yield Result(name, refused=f"{name}: {reason}")
        except OSError as error:
            yield Result(name, refused=f"{name}: {error.strerror}")
        self._progress(size)

    def zip(self, file: IO[bytes], name: str) -> Iterator[Result]:
        """Add the .sym files of a zip; zips in it are refused, other members are passed over."""
        try:
            for member in members(file, self._zip_limits):
                yield self._member(member, f"{name}:{member.name}")
        except BadZip as error:
            yield Result(name, refused=f"{name}: {error}")

    def sym(self, pieces: Iterable[bytes], name: str, path: PurePath | None = None) -> Result:
        """Add one symbol file; when *path* names a module, the symbols must be of that one."""
        try:
            expected = _module_of_path(path) if path else None
            added = self._store.add(pieces, expected, self._replace)
        except BadSymbols as error:
            place = f":{error.line}" if error.line else ""
            return Result(name, refused=f"{name}{place}: {error.reason}")
        except (BadGzip, BadModule) as error:
            return Result(name, refused=f"{name}: {error}")
        return Result(name, added)

    def _sym_file(self, path: Path, name: str, kind: Kind, size: int) -> Result:
        with path.open("rb") as file:
            pieces = self._with_progress(pieces_of(file))
            if kind is Kind.GZIP:
                inner = path.absolute().with_suffix("") if path.suffix == ".gz" else None
                return self.sym(inflate(pieces), name, inner)
            try:
                check_size(size, self._store.limit)  # before any of it is read
            except BadSymbols as error:
                self._progress(size)
                return Result(name, refused=f"{name}: {error.reason}")
            return self.sym(pieces, name, path.absolute())

    def _member(self, member: Member, name: str) -> Result:
        if member.refused:
            return Result(name, refused=f"{name}: {member.refused}")
        if member.name.suffix.lower() == ".zip":
            return Result(name, refused=f"{name}: zip inside a zip")
        if member.name.suffix != ".sym":
            return Result(name, passed_over="not a .sym file")
        try:
            check_size(member.size, self._store.limit)
            return self.sym(_unpacked(member.file), name, member.name)
        except BadSymbols as error:
            return Result(name, refused=f"{name}: {error.reason}")

    def _binary(self, path: Path, name: str, kind: Kind) -> Iterator[Result]:
        if self._dump_syms is None:
            reason = f"{kind} files need dump_syms, which is not installed: run `make parts`"
            yield Result(name, refused=f"{name}: {reason}")
            return
        results = [
            self.sym(dump(self._dump_syms, path, architecture), name)
            for architecture in architectures(path)
        ]
        good = [result for result in results if result.added]
        yield from good or results[:1]  # a fat file need not contain every architecture

    def _with_progress(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress(len(piece))
            yield piece


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files to add: those named, and of folders those that may have symbols.

    In a folder links are not followed: libx.so → libx.so.1.2 is the same library, under a name
    that no dump requests.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if name != ".git")
            for name in sorted(names):
                file = Path(folder, name)
                if file.is_file() and not file.is_symlink() and _may_have_symbols(file):
                    yield file


def _may_have_symbols(path: Path) -> bool:
    try:
        kind = kind_of(path)
    except OSError:
        return True  # so that the error is reported
    return path.name.endswith(".sym.gz") if kind is Kind.GZIP else kind is not Kind.OTHER


def _module_of_path(path: PurePath) -> ModuleId | None:
    """Return the module that a path like crasher/2A18…F0/crasher.sym names.

    Raises BadModule when the path contradicts itself.
    """
    if len(path.parts) < 3 or not _DEBUG_ID.fullmatch(path.parts[-2]):
        return None
    module = module_id(path.parts[-3], path.parts[-2])
    if module.name != path.name:
        raise BadModule(f"its folder is for {module.name}")
    return module


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a member; its errors become BadSymbols."""
    import zipfile
    import zlib

    try:
        yield from pieces_of(file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadSymbols(f"cannot be unpacked: {error}") from None
