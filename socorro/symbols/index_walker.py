"""The index walker: where its program is, and how a .sym is put down for indexing.

Whoever meets or adds a .sym without an index writes its path into the file `misses` of the index
folder, one a line. The processor's builder takes the file away and indexes what it names. A line
that is lost costs time only: the next walk that misses the index writes it again.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from socorro.config import home

HINT = "`make walker` (needs cargo) builds a stack walker that parses each symbol file only once"
MISSES = "misses"
LONGEST_MISSES = 2**20  # bytes; more is not written until they were taken
_TAKEN = "misses.taken"
_PROGRAM = "walker/target/release/index-walker"


class Busy(Exception):
    """Another process makes the indexes of this folder."""


def built() -> str:
    """Return the index walker's path, "" when it was not built in this checkout."""
    found = Path(__file__).parent.parent / _PROGRAM
    return str(found) if os.access(found, os.X_OK) and found.is_file() else ""


def folder() -> Path:
    """Return where indexes lie when no setting says so."""
    return home() / "symbols-index"


def want(index_folder: Path, syms: Iterable[Path]) -> None:
    """Ask for the indexes of *syms*; made in the background, by a processor of this machine."""
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


def wanted(index_folder: Path) -> list[Path]:
    """Take what was asked for, each .sym once; `done` forgets it."""
    taken = index_folder / _TAKEN
    if not taken.exists():  # else somebody was killed before `done`
        with suppress(FileNotFoundError):
            (index_folder / MISSES).rename(taken)
    try:
        lines = taken.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [Path(os.fsdecode(line)) for line in dict.fromkeys(lines) if line.startswith(b"/")]


def done(index_folder: Path) -> None:
    """Forget what `wanted` returned."""
    (index_folder / _TAKEN).unlink(missing_ok=True)


@contextmanager
def alone(index_folder: Path) -> Iterator[None]:
    """Be the one process of this machine that makes indexes in the folder. Raises Busy."""
    index_folder.mkdir(parents=True, exist_ok=True)
    with (index_folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield
