"""Takes in symbols from wherever they are: .sym files, zips of them, programs, whole folders.

One bad file does not stop the others. Each gives a Result that says what became of it, by the name
that whoever brought it knows.
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
    """What became of one file: *added*, or *refused* and why, or neither: passed over."""

    name: str
    added: Added | None = None
    refused: str = ""
    passed_over: str = ""


def no_progress(_count: int) -> None:
    """Tell nobody how many bytes were read."""


class Intake:
    """Adds files to a store. *progress* is called with the bytes that were read of a source."""

    def __init__(
        self,
        store: SymbolStore,
        config: SymbolsConfig,
        dump_syms: str | None = None,
        replace: bool = False,
        progress: Callable[[int], None] = no_progress,
    ) -> None:
        """Without *dump_syms*, a program, binaries are refused."""
        self._store, self._replace = store, replace
        self._zip_limits = ZipLimits(config.zip_members, config.unpacked_bytes)
        self._dump_syms, self._progress = dump_syms, progress

    def path(self, path: Path) -> Iterator[Result]:
        """Take one file of a disk, whatever it is."""
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
                return  # it told of its progress itself
            else:
                why = "is neither a symbol file nor a zip of them nor a program or library"
                yield Result(name, refused=f"{name}: {why}")
        except OSError as why:
            yield Result(name, refused=f"{name}: {why.strerror}")
        self._progress(size)

    def zip(self, file: IO[bytes], name: str) -> Iterator[Result]:
        """Take the .sym files of a zip; other members are passed over, zips in it refused."""
        try:
            for member in members(file, self._zip_limits):
                yield self._member(member, f"{name}:{member.name}")
        except BadZip as why:
            yield Result(name, refused=f"{name}: {why}")

    def sym(self, pieces: Iterable[bytes], name: str, path: PurePath | None = None) -> Result:
        """Take one symbol file; *path* is believed to say whose symbols it holds, if it does."""
        try:
            expected = _promised(path) if path else None
            added = self._store.add(pieces, expected, self._replace)
        except BadSymbols as why:
            place = f":{why.line}" if why.line else ""
            return Result(name, refused=f"{name}{place}: {why.reason}")
        except (BadGzip, BadModule) as why:
            return Result(name, refused=f"{name}: {why}")
        return Result(name, added)

    def _sym_file(self, path: Path, name: str, kind: Kind, size: int) -> Result:
        with path.open("rb") as file:
            pieces = self._watched(pieces_of(file))
            if kind is Kind.GZIP:
                inner = path.absolute().with_suffix("") if path.suffix == ".gz" else None
                return self.sym(inflate(pieces), name, inner)
            try:
                check_size(size, self._store.limit)  # before any of it is read
            except BadSymbols as why:
                self._progress(size)
                return Result(name, refused=f"{name}: {why.reason}")
            return self.sym(pieces, name, path.absolute())

    def _member(self, member: Member, name: str) -> Result:
        if member.refused:
            return Result(name, refused=f"{name}: {member.refused}")
        if member.name.suffix.lower() == ".zip":
            return Result(name, refused=f"{name}: is a zip in a zip")
        if member.name.suffix != ".sym":
            return Result(name, passed_over="no .sym file")
        try:
            check_size(member.size, self._store.limit)
            return self.sym(_until_broken(member.file), name, member.name)
        except BadSymbols as why:
            return Result(name, refused=f"{name}: {why.reason}")

    def _binary(self, path: Path, name: str, kind: Kind) -> Iterator[Result]:
        if self._dump_syms is None:
            yield Result(
                name, refused=f"{name}: is {kind}; there is no dump_syms here: run `make parts`"
            )
            return
        several = architectures(path)
        found = [self.sym(dump(self._dump_syms, path, each), name) for each in several]
        good = [result for result in found if result.added]
        yield from good or found[:1]  # a fat file need not hold every architecture

    def _watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress(len(piece))
            yield piece


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files to take in: those named, and of folders those that may hold symbols.

    In a folder links are not followed: libx.so → libx.so.1.2 is the same library, by a name that
    no dump will ask for.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if name != ".git")
            for name in sorted(names):
                found = Path(folder, name)
                if found.is_file() and not found.is_symlink() and _is_worth_it(found):
                    yield found


def _is_worth_it(path: Path) -> bool:
    try:
        kind = kind_of(path)
    except OSError:
        return True  # so that it is told
    return path.name.endswith(".sym.gz") if kind is Kind.GZIP else kind is not Kind.OTHER


def _promised(path: PurePath) -> ModuleId | None:
    """Return whose symbols a path like crasher/2A18…F0/crasher.sym promises.

    Raises BadModule when it contradicts itself.
    """
    if len(path.parts) < 3 or not _DEBUG_ID.fullmatch(path.parts[-2]):
        return None
    promised = module_id(path.parts[-3], path.parts[-2])
    if promised.name != path.name:
        raise BadModule(f"lies where {promised.name} belongs")
    return promised


def _until_broken(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a member; what is wrong with it then is the member's fault."""
    import zipfile
    import zlib

    try:
        yield from pieces_of(file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as why:
        raise BadSymbols(f"cannot be unpacked: {why}") from None
