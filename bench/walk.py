"""Walks of one dump by each walker: time, throughput and peak memory.

    python -m bench.walk                        without symbols, 4 MB, 150 MB
    python -m bench.walk --seconds 2 --skip-large

A walk is a process: its start is part of it. Rows: rust-minidump and Breakpad; then the index
walker without an index (cold: it parses, as rust-minidump does), with an index that is not in the
page cache (evicted), and with one that is (warm). The ratio is to rust-minidump's walk of the same
dump without symbols. On a busy machine only the processor time means something. A peak of some
10 MB is that of the process that starts the walk.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.large_dump import CannotMake, Large, large_dump
from cli.local.downloads import BIN
from socorro.symbols.index_walker import HINT, built

CHECKOUT = Path(__file__).parent.parent
DATA = CHECKOUT / "tests/data/minidumps"
SMALL = Large(DATA / "rust-minidump/pipeline-inlines-macos-segv.dmp", DATA / "symbols")
KEPT = CHECKOUT / "var/bench-walk"  # what takes long to make
LEAST_ROUNDS, MOST_ROUNDS = 5, 200

_PEAK = """
import os, resource, sys
quiet = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (1, 2)]
os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], {}, file_actions=quiet), 0)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

Command = Sequence[str | Path]


class Measured(NamedTuple):
    """Walks one after the other: seconds of each, peak memory in MB; then several at once."""

    seconds: list[float]
    busy: list[float]  # processor time, seconds
    peak: int
    per_second: float

    @property
    def p50(self) -> float:
        """The median, ms."""
        return statistics.median(self.seconds) * 1e3

    @property
    def p95(self) -> float:
        """The 95th percentile, ms."""
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1))] * 1e3


def measure(command: Command, seconds: float, before: Callable[[], None]) -> Measured:
    """Run *command* again and again for about *seconds*, *before* each; then side by side."""
    spent: list[tuple[float, float]] = []
    deadline = time.perf_counter() + seconds
    while len(spent) < LEAST_ROUNDS or (
        len(spent) < MOST_ROUNDS and time.perf_counter() < deadline
    ):
        before()
        spent.append(once(command))
    wall, busy = (list(times) for times in zip(*spent, strict=True))
    rounds = max(LEAST_ROUNDS, min(MOST_ROUNDS, int(seconds / statistics.median(wall))))
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda _: once(command), range(rounds)))
    per_second = rounds / (time.perf_counter() - began)
    return Measured(wall, busy, peak(command), per_second)


def once(command: Command) -> tuple[float, float]:
    """Run *command*; return the seconds it took, and those of processor time."""
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, [str(word) for word in command])
    return took, used.ru_utime + used.ru_stime


def peak(command: Command) -> int:
    """Run *command* once from a small process, which its peak memory counts in; return MB."""
    small = [sys.executable, "-I", "-S", "-c", _PEAK, *map(str, command)]
    done = subprocess.run(small, capture_output=True, text=True, check=True)
    return int(done.stdout) // 1024


def walkers(
    case: Large, symbols: bool, folder: Path
) -> Iterator[tuple[str, Command, Callable[[], None]]]:
    """Yield what is measured: a name, a command, and what is done before each run of it."""
    store: list[str | Path] = ["--symbols-path", case.symbols] if symbols else []
    index = folder / "indexes"

    def nothing() -> None: ...

    rust: Command = [BIN / "minidump-stackwalk", "--json", "--no-interactive", *store, case.dump]
    yield "rust-minidump", rust, nothing
    stores = store[1:]
    yield "Breakpad", [BIN / "minidump_stackwalk", "-m", case.dump, *stores], nothing
    if not built():
        return
    ours: Command = [built(), "--json", *store, "--index-dir", index, case.dump]
    if not symbols:
        yield "index walker", ours, nothing
        return
    yield "index walker, cold", ours, nothing
    subprocess.run(
        [built(), "index", "--index-dir", index, case.symbols],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    yield "index walker, evicted", ours, lambda: evict(index)
    yield "index walker, warm", ours, nothing


def evict(folder: Path) -> None:
    """Drop the files below *folder* from the page cache."""
    for path in folder.rglob("*.index*"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def compare(name: str, case: Large, seconds: float) -> Table:
    """Measure all walkers on one dump, without symbols and with them."""
    table = Table(
        title=f"\n{name}: {case.dump.name}", title_justify="left", box=None, header_style="bold"
    )
    for heading in ("symbols", "walker"):
        table.add_column(heading, no_wrap=True)
    for heading in ("p50 ms", "p95 ms", "cpu ms", "ratio", "per s", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    plain = 0.0
    for symbols in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            for walker, command, before in walkers(case, symbols, Path(folder)):
                measured = measure(command, seconds, before)
                plain = plain or measured.p50
                table.add_row(
                    name if symbols else "none", walker, _ms(measured.p50), _ms(measured.p95),
                    _ms(statistics.median(measured.busy) * 1e3), f"{measured.p50 / plain:.2f}",
                    f"{measured.per_second:,.1f}", str(measured.peak),
                )  # fmt: skip
        table.add_section()
    return table


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.1f}"


def size(store: Path, dump: Path) -> str:
    """Return the size of the symbols that the walk uses: those of the store that fit the dump."""
    walk = subprocess.run(
        [BIN / "minidump-stackwalk", "--json", "--symbols-path", store, dump],
        capture_output=True,
        check=True,
    ).stdout.decode()
    used = [path.stat().st_size for path in store.rglob("*.sym") if path.parent.name in walk]
    return f"{sum(used) / 1e6:.0f} MB"


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each row")
    parser.add_argument("--skip-large", action="store_true")
    options = parser.parse_args()
    console = Console()
    load = os.getloadavg()[0]
    console.print(f"{os.cpu_count()} cores, load {load:.1f} before the first row")
    if not built():
        console.print(f"no index walker: {HINT}")
    cases = [SMALL]
    if not options.skip_large:
        try:
            KEPT.mkdir(parents=True, exist_ok=True)
            cases.append(large_dump(KEPT))
        except CannotMake as error:
            console.print(f"no large symbols: {error}")
    for case in cases:
        console.print(compare(size(case.symbols, case.dump), case, options.seconds))
    console.print(f"load {os.getloadavg()[0]:.1f} after the last row")


if __name__ == "__main__":
    main()
