"""The index walker: its program, and the list of .sym files to index.

A process that needs or adds a .sym without an index appends its path to the file `misses` of the
index folder, one path per text line. The processor's builder takes the file and indexes what it
lists. A lost path only costs time: the next walk that misses the index appends it again.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from socorro.config import home

HINT = "`make walker` (needs cargo) builds a stack walker that parses each symbol file only once"
MISSES = "misses"
LONGEST_MISSES = 2**20  # bytes; no more is written until the file was taken
_TAKEN = "misses.taken"
CHECKOUT = Path(__file__).parents[2]
_PROGRAM = "walker/target/release/index-walker"


class Busy(Exception):
    """Another process builds the indexes of this folder."""


def built() -> str:
    """Return the index walker's path, "" when it was not built in this checkout."""
    program = CHECKOUT / _PROGRAM
    return str(program) if os.access(program, os.X_OK) and program.is_file() else ""


def folder() -> Path:
    """Return the default folder of indexes."""
    return home() / "symbols-index"


def request(index_folder: Path, syms: Iterable[Path]) -> None:
    """Request indexes of *syms*; a processor of this machine builds them in the background."""
    text = b"".join(os.fsencode(sym.absolute()) + b"\n" for sym in syms)
    if not text:
        return
    try:
        index_folder.mkdir(exist_ok=True)
    except FileNotFoundError:  # no home, no builder: `socorro walk` on a machine without a line
        return
    path = index_folder / MISSES
    with suppress(FileNotFoundError):
        if path.stat().st_size > LONGEST_MISSES:
            return
    # One write in append mode: lines of several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text)
    finally:
        os.close(descriptor)


def requested(index_folder: Path) -> list[Path]:
    """Take the list of requests, each .sym once; `forget` removes it."""
    taken = index_folder / _TAKEN
    if not taken.exists():  # else a builder was killed before `forget`
        with suppress(FileNotFoundError):
            (index_folder / MISSES).rename(taken)
    try:
        lines = taken.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [Path(os.fsdecode(line)) for line in dict.fromkeys(lines) if line.startswith(b"/")]


def forget(index_folder: Path) -> None:
    """Forget what `requested` returned."""
    (index_folder / _TAKEN).unlink(missing_ok=True)


@contextmanager
def alone(index_folder: Path) -> Iterator[None]:
    """Be the only process of this machine that builds indexes in the folder. Raises Busy."""
    index_folder.mkdir(parents=True, exist_ok=True)
    with (index_folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield
