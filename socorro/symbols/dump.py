"""Creates the symbol file of a program or library with Mozilla's dump_syms.

dump_syms also gets the debug file when it is where Debian, Fedora and others put it (by build id,
or named in .gnu_debuglink next to the program), or where Xcode puts it (the .dSYM next to a program
or its bundle): names come from the one, unwinding from the other. dump_syms finds a PDB by itself.
"""

import enum
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from socorro.symbols.compression import is_compressed
from socorro.symbols.store import STEP
from socorro.symbols.symfile import BadSymbols
from socorro.symbols.tar import TAR_HEAD, is_tar
from socorro.symbols.text import is_symbols

_SECONDS = 1800  # for one program; a browser's library takes some minutes
_MACH_O = {
    bytes.fromhex(word) for word in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe")
}
_FAT = bytes.fromhex("cafebabe")  # Java classes begin with it, too, followed by a version
_DEBUG_FOLDER = Path("/usr/lib/debug/.build-id")
_BUNDLES = (".app", ".appex", ".bundle", ".framework", ".plugin", ".xpc")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOG_HEAD = re.compile(r"^[0-9:]+ \[[A-Z]+\] (?:A panic occurred at \S+:\d+: )?")


class Kind(enum.StrEnum):
    """Kind of a file, by its first bytes."""

    SYMBOLS = "symbol file"
    COMPRESSED = "compressed"
    TAR = "tar"
    ZIP = "zip"
    ELF = "ELF"
    PE = "PE"
    PDB = "PDB"
    MACH_O = "Mach-O"
    OTHER = "other"


SUFFIXES = (".sym", ".breakpad")  # of symbol files, with capitals or without
BINARIES = (Kind.ELF, Kind.PE, Kind.PDB, Kind.MACH_O)


def kind_of(path: Path) -> Kind:
    """Return the kind of a file. An object file, which no process loads, is OTHER."""
    with path.open("rb") as file:
        head = file.read(TAR_HEAD)
    if is_symbols(head):
        return Kind.SYMBOLS
    if is_compressed(head):
        return Kind.COMPRESSED
    for kind, starts in (
        (Kind.ZIP, (b"PK\x03\x04", b"PK\x05\x06")),
        (Kind.PDB, (b"Microsoft C/C++ MSF 7.00",)),
        (Kind.PE, (b"MZ",)),
    ):
        if head.startswith(starts):
            return kind
    if head.startswith(b"\x7fELF") and len(head) >= 18:
        loaded = struct.unpack("<H" if head[5] == 1 else ">H", head[16:18])[0] in (2, 3)
        return Kind.ELF if loaded else Kind.OTHER
    if head[:4] in _MACH_O:
        is_class = head[:4] == _FAT and int.from_bytes(head[4:8], "big") > 30
        return Kind.OTHER if is_class else Kind.MACH_O
    if is_tar(head):
        return Kind.TAR
    return Kind.SYMBOLS if path.suffix.lower() in SUFFIXES else Kind.OTHER


def architectures(path: Path) -> tuple[str, ...]:
    """Return the architectures of a file, as dump_syms names them; "": only one."""
    with path.open("rb") as file:
        fat = file.read(4) == _FAT
    return ("x86_64", "arm64") if fat else ("",)


def dump(program: str, path: Path, architecture: str = "") -> Iterator[bytes]:
    """Run dump_syms on *path*; yield the symbol file. Raises BadSymbols.

    A symbol file gets the name that dumps request: that of the program, not of its debug file.
    """
    separate = debug_file(path)
    name = path.name.removesuffix(".debug") if separate is None else path.name
    if path.suffix == ".debug" and _DEBUG_FOLDER.name in path.parts:
        raise BadSymbols("add its program instead: the debug file is then used automatically")
    command = [program, "--inlines", *(("--arch", architecture) if architecture else ())]
    command += [str(file) for file in (path, separate) if file]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            code = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=False,
                timeout=_SECONDS,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            raise BadSymbols(f"dump_syms took longer than {_SECONDS} s") from None
        except OSError as error:
            raise BadSymbols(f"dump_syms cannot be run: {error}") from None
        if code:
            raise BadSymbols(f"dump_syms: {_last_line(errors) or f'exit code {code}'}")
        output.seek(0)
        if separate and sum(line.startswith(b"MODULE ") for line in output) > 1:
            raise BadSymbols(f"{separate} is from another build: remove it or replace it")
        output.seek(0)
        yield from _named(output, name)


def debug_file(path: Path, folder: Path = _DEBUG_FOLDER) -> Path | None:
    """Return the separate file with the debug information of an ELF or Mach-O file."""
    if kind_of(path) is Kind.MACH_O:
        return _in_dsym(path)
    if shutil.which("readelf") is None:
        return None
    notes = _readelf("--notes", path)
    build_id = notes.partition("Build ID: ")[2].split("\n")[0].strip()
    candidates = [folder / build_id[:2] / f"{build_id[2:]}.debug"] if build_id else []
    link = _readelf("--string-dump=.gnu_debuglink", path).partition("]  ")[2].split("\n")[0].strip()
    if link and "/" not in link:
        candidates += [path.parent / link, path.parent / ".debug" / link]
    return next((file for file in candidates if file.is_file() and file != path), None)


def _in_dsym(path: Path) -> Path | None:
    """Return the file in XUL.dSYM for XUL, or in Firefox.app.dSYM for one in Firefox.app."""
    owners = [path, *(parent for parent in path.parents if parent.suffix in _BUNDLES)]
    candidates = (
        owner.with_name(f"{owner.name}.dSYM") / "Contents/Resources/DWARF" / path.name
        for owner in owners
    )
    return next((file for file in candidates if file.is_file() and file != path), None)


def _readelf(option: str, path: Path) -> str:
    done = subprocess.run(
        ["readelf", "--wide", option, str(path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        env={"LC_ALL": "C"},
    )  # fmt: skip
    return done.stdout


def _named(output: IO[bytes], name: str) -> Iterator[bytes]:
    first = output.readline(STEP)
    words = first.rstrip(b"\r\n").split(b" ", 4)
    if len(words) == 5 and words[0] == b"MODULE" and words[4] == f"{name}.debug".encode():
        first = b" ".join([*words[:4], name.encode()]) + b"\n"
    yield first
    while piece := output.read(STEP):
        yield piece


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    text = _COLOUR.sub("", errors.read(64 * 1024).decode("utf-8", "replace"))
    lines = text.strip().splitlines()
    return _LOG_HEAD.sub("", lines[-1])[:300] if lines else ""
