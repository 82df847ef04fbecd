"""Adds symbols from .sym files, archives of them, programs and whole folders.

One bad file does not stop the others. Each file has a Result, under the name that the caller
knows.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, TypeVar

from socorro.inflate import BadGzip
from socorro.symbols import compression
from socorro.symbols.archive import BadArchive, Limits, Member, Readable, members
from socorro.symbols.compression import decompressed, is_compressed, split_head, unreadable
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.dump import BINARIES, SUFFIXES, Kind, architectures, dump, kind_of
from socorro.symbols.module import BadModule, ModuleId, module_id
from socorro.symbols.store import STEP, Added, SymbolStore, pieces_of
from socorro.symbols.symfile import BadSymbols, check_size
from socorro.symbols.tar import TAR_HEAD, is_tar, tar_members
from socorro.symbols.text import is_symbols

_DEBUG_ID = re.compile(r"[0-9A-Fa-f]{33,40}")
_TARS = (".tar", ".tgz", ".tbz2", ".txz")
Path_ = TypeVar("Path_", bound=PurePath)


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
        drop_bad_lines: bool = False,
    ) -> None:
        """*dump_syms* is the program's path; without it, binaries are refused."""
        self._store, self._replace, self._drop_bad_lines = store, replace, drop_bad_lines
        self._limits = Limits(config.zip_members, config.unpacked_bytes)
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
            elif kind in (Kind.SYMBOLS, Kind.COMPRESSED, Kind.TAR):
                yield from self._stream(path, name, kind, size)
                return  # it reported its progress itself
            else:
                yield Result(name, refused=f"{name}: {_kind_refused(path)}")
        except OSError as error:
            yield Result(name, refused=f"{name}: {error.strerror}")
        self._progress(size)

    def zip(self, file: IO[bytes], name: str) -> Iterator[Result]:
        """Add the symbol files of a zip; archives in it are refused, others are passed over."""
        return self._members(members(file, self._limits), name, "zip")

    def stream(
        self, pieces: Iterable[bytes], name: str, path: PurePath | None = None
    ) -> Iterator[Result]:
        """Add a symbol file or the symbol files of a tar, compressed or not.

        When *path* names a module, a symbol file must be of that one.
        """
        try:
            head, content = split_head(decompressed(pieces), TAR_HEAD)
        except (BadGzip, BadSymbols) as error:
            yield Result(name, refused=f"{name}: {error}")
            return
        if is_tar(head):
            yield from self._members(tar_members(content, self._limits), name, "tar")
        else:
            yield self.sym(content, name, path)

    def sym(self, pieces: Iterable[bytes], name: str, path: PurePath | None = None) -> Result:
        """Add one symbol file; when *path* names a module, the symbols must be of that one."""
        try:
            expected = _module_of_path(path) if path else None
            added = self._store.add(pieces, expected, self._replace, self._drop_bad_lines)
        except BadSymbols as error:
            place = f":{error.line}" if error.line else ""
            return Result(name, refused=f"{name}{place}: {error.reason}")
        except (BadGzip, BadModule, BadArchive) as error:
            return Result(name, refused=f"{name}: {error}")
        return Result(name, added)

    def _stream(self, path: Path, name: str, kind: Kind, size: int) -> Iterator[Result]:
        try:
            if kind is Kind.SYMBOLS:
                check_size(size, self._store.limit)  # before any of it is read
        except BadSymbols as error:
            self._progress(size)
            yield Result(name, refused=f"{name}: {error.reason}")
            return
        with path.open("rb") as file:
            pieces = self._with_progress(pieces_of(file))
            yield from self.stream(pieces, name, _without_compression(path.absolute()))

    def _members(self, archive: Iterator[Member], name: str, kind: str) -> Iterator[Result]:
        unpacked = _Budget(self._limits.unpacked)
        try:
            for member in archive:
                place = f"{name}:{member.name}"
                if member.name.suffix.lower() == ".zip":
                    yield Result(place, refused=f"{place}: zip inside a {kind}")
                else:
                    yield self._member(member, place, unpacked)
        except (BadArchive, BadGzip, BadSymbols) as error:
            yield Result(name, refused=f"{name}: {error}")

    def _member(self, member: Member, name: str, unpacked: "_Budget") -> Result:
        if member.refused:
            return Result(name, refused=f"{name}: {member.refused}")
        path = _without_compression(member.name)
        is_named = path.suffix.lower() in SUFFIXES
        try:
            check_size(member.size, self._store.limit)
            head, whole = split_head(_unpacked(member.file), TAR_HEAD)
            if refused := _archive_inside(member.name, head):
                return Result(name, refused=f"{name}: {refused}")
            if is_compressed(head):
                head, whole = split_head(unpacked.counted(decompressed(whole)))
            if not is_named and not is_symbols(head):
                return Result(name, passed_over="not a symbol file")
            return self.sym(whole, name, path)
        except BadSymbols as error:
            return Result(name, refused=f"{name}: {error.reason}")
        except BadGzip as error:
            return Result(name, refused=f"{name}: {error}")

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
    if kind is Kind.COMPRESSED:
        inner = _without_compression(path)
        return inner.suffix.lower() in (*SUFFIXES, ".tar") or path.suffix.lower() in _TARS
    return kind is not Kind.OTHER


def _module_of_path(path: PurePath) -> ModuleId | None:
    """Return the module that a path like crasher/2A18…F0/crasher.sym names.

    Raises BadModule when the path contradicts itself.
    """
    if len(path.parts) < 3 or not _DEBUG_ID.fullmatch(path.parts[-2]):
        return None
    module = module_id(path.parts[-3], path.parts[-2])
    stems = (module.name[: -len(".sym")].lower(), module.debug_file.lower())
    if path.suffix.lower() not in SUFFIXES or path.stem.lower() not in stems:
        raise BadModule(f"its folder is for {module.name}")
    return module


def _without_compression(path: Path_) -> Path_:
    """Return crasher.sym for crasher.sym.gz."""
    return path.with_suffix("") if path.suffix.lower() in compression.SUFFIXES else path


def _archive_inside(name: PurePath, head: bytes) -> str:
    """Say why a member of an archive must not be read, "" if it may."""
    if is_tar(head) or head.startswith(b"PK\x03\x04") or name.suffix.lower() in _TARS:
        return "an archive inside an archive"
    return unreadable(head)


def _kind_refused(path: Path) -> str:
    with path.open("rb") as file:
        reason = unreadable(file.read(compression.HEAD))
    return reason or "not a symbol file, an archive of symbol files, a program or a library"


class _Budget:
    """Bytes that the compressed members of one archive may unpack to, together."""

    def __init__(self, most: int) -> None:
        self._most, self._left = most, most

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield *pieces*. Raises BadSymbols beyond the budget."""
        for piece in pieces:
            self._left -= len(piece)
            if self._left < 0:
                reason = f"the archive unpacks to more than {self._most:,} bytes"
                raise BadSymbols(f"{reason} (SOCORRO_SYMBOLS_UNPACKED_BYTES)")
            yield piece


def _unpacked(file: Readable) -> Iterator[bytes]:
    """Yield the content of a member; its errors become BadSymbols."""
    import zipfile
    import zlib

    try:
        while piece := file.read(STEP):
            yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadSymbols(f"cannot be unpacked: {error}") from None
