"""Measure walks: time and peak memory of the plain and the index walker.

    python walker/bench.py DUMP SYMBOLS [SYMBOLS…]

Rows: the plain walker without symbols and with them, then ours without an index (cold), with an
index that is not in the page cache (evicted), and with one that is (warm).
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "walker/target/release/index-walker"
PLAIN = ROOT / ".parts/bin/minidump-stackwalk"


def measure(
    name: str, command: Sequence[str | Path], rounds: int, before: Callable[[], None]
) -> None:
    """Print medians of *rounds* runs: wall and processor time; and the peak memory.

    The peak includes this process as it was forked: about 10 MB, however little a walk took.
    """
    wall, busy, peak = [], [], 0
    for _ in range(rounds):
        before()
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        wall.append(time.perf_counter() - start)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        busy.append(used.ru_utime + used.ru_stime)
        peak = max(peak, used.ru_maxrss // 1024)
    milliseconds = [statistics.median(times) * 1e3 for times in (wall, busy)]
    print("{:20} {:9.1f} ms wall {:9.1f} ms cpu {:5} MB".format(name, *milliseconds, peak))


def evict(folder: Path) -> None:
    """Drop the files below *folder* from the page cache."""
    for path in folder.rglob("*.index*"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    """Measure all rows of one dump."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dump", type=Path)
    parser.add_argument("symbols", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=25)
    told = parser.parse_args()
    words = [word for folder in told.symbols for word in ("--symbols-path", str(folder))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ours = [OURS, "--json", *words, "--index-dir", folder, told.dump]
        plain = [PLAIN, "--json", "--no-interactive", *words, told.dump]
        measure("exec", ["true"], told.rounds, lambda: None)
        measure("plain, no symbols", [PLAIN, "--json", told.dump], told.rounds, lambda: None)
        measure("ours, no symbols", [OURS, "--json", told.dump], told.rounds, lambda: None)
        measure("plain", plain, told.rounds, lambda: None)
        measure("ours, no index", ours, told.rounds, lambda: None)
        index = [OURS, "index", "--index-dir", folder, *told.symbols]
        subprocess.run(index, stdout=subprocess.DEVNULL, check=True)
        measure("ours, index evicted", ours, told.rounds, lambda: evict(folder))
        measure("ours, index", ours, told.rounds, lambda: None)


if __name__ == "__main__":
    main()
