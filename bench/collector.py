"""How many crashes a collector takes, how long clients wait, and what a crash costs.

A real collector (two workers) is posted to over loopback by a compiled client: bodies of 157 kB,
no two posts the same crash; as a form of 41 parts and, as Firefox sends it, as JSON and a dump;
durable and not; over 1, 8 and 32 connections; on an ext4 with a journal, which root gets mounted
from a file, and on tmpfs, where a sync costs nothing.

On a machine that others use as well, the processor time of a post (user and system, of all workers)
is the figure that holds, and ratios to a reference that runs in turn with it. Machines differ: the
floor says what the files of a crash and its hash cost on this one (bench/floor.py).

examples:
  make bench-collector                                        2 minutes
  make bench-collector BENCH="--reference 88f8f83"            beside a former commit: 4 minutes
  make bench-collector BENCH="--reference ../other-checkout --rounds 3"
  make bench-collector BENCH="--disk tmpfs --connections 8 --durable yes"
  make bench-collector BENCH=--extremes        slow clients beside fast ones; 20 MiB bodies
"""

import argparse
import contextlib
import io
import itertools
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import interrupt
from bench.collectors import CHECKOUT, WORKERS, Collector, Source, reference
from bench.disks import JOURNALED, MEMORY, Disk, disks
from bench.floor import Program
from bench.posts import TYPE, Load, Result, form_body, json_body

LEVELS = (8, 1, 32)  # connections at once; the level of the goals first
WARM_UP_SECONDS = 0.4
SLOW = 40  # connections that trickle
MIB = 2**20


class Row(NamedTuple):
    """What is measured in one row."""

    durable: bool
    form: str
    connections: int

    def text(self) -> str:
        """Return the first columns of the row."""
        return f"{'yes' if self.durable else 'no':<8} {self.form:<5} {self.connections:>11}"


class Measured(NamedTuple):
    """Some rounds of one collector in one row."""

    results: list[Result]
    cpu: list[float]  # milliseconds of processor time per post, by round

    @property
    def rate(self) -> float:
        """Posts a second: the median round."""
        return statistics.median(result.rate for result in self.results)

    @property
    def cost(self) -> float:
        """Milliseconds of processor time per post: the median round."""
        return statistics.median(self.cpu)

    def percentile(self, share: float) -> float:
        """Return a latency of all rounds together, in milliseconds."""
        latencies = sorted(itertools.chain(*(result.latencies for result in self.results)))
        return Result(0, latencies).percentile(share)


class Bench:
    """Measures *sources*, the reference last, and prints a table for each disk."""

    def __init__(
        self, load: Load, floor: Program, sources: Sequence[Source], seconds: float, rounds: int
    ) -> None:
        self._load, self._floor, self._sources = load, floor, sources
        self._seconds, self._rounds = seconds, rounds
        self._bodies = {
            "form": load.body("form", form_body()), "json": load.body("json", json_body())
        }  # fmt: skip

    def run(self, disk: Disk, rows: Sequence[Row]) -> None:
        """Measure all *rows* on one disk."""
        print(f"\n{disk.name}")
        print(self._floor.measure(disk.folder).text())
        compared = f"{'x posts/s':>11} {'x CPU':>6}" if len(self._sources) > 1 else ""
        print(f"  {'durable':<8} {'body':<5} {'connections':>11} {'posts/s':>8} "
              f"{'p50':>7} {'p95':>7} {'p99':>7} ms {'CPU ms/post':>12} {compared}")  # fmt: skip
        for durable, group in itertools.groupby(rows, lambda row: row.durable):
            with contextlib.ExitStack() as stack:
                collectors = [
                    stack.enter_context(Collector(source, disk.folder, durable))
                    for source in self._sources
                ]
                for row in group:
                    self._print(row, self._measure(collectors, row))

    def _measure(self, collectors: Sequence[Collector], row: Row) -> list[Measured]:
        progress(f"  {row.text()} …")
        measured = [Measured([], []) for _ in collectors]
        for _ in range(self._rounds):
            for collector, into in zip(collectors, measured, strict=True):
                self._round(collector, row, into)
        return measured

    def _round(self, collector: Collector, row: Row, into: Measured) -> None:
        body = self._bodies[row.form]
        self._load.post(collector.port, row.connections, WARM_UP_SECONDS, body)
        before = collector.processor_seconds()
        result = self._load.post(collector.port, row.connections, self._seconds, body)
        spent = collector.processor_seconds() - before
        into.results.append(result)
        into.cpu.append(spent * 1000 / len(result.latencies))
        collector.empty_spool()

    def _print(self, row: Row, measured: Sequence[Measured]) -> None:
        ours = measured[0]
        latencies = " ".join(f"{ours.percentile(share):7.1f}" for share in (0.5, 0.95, 0.99))
        compared = "".join(
            f"{ours.rate / other.rate:11.2f} {ours.cost / other.cost:6.2f}"
            for other in measured[1:]
        )
        progress("")
        print(f"  {row.text()} {ours.rate:8.0f} {latencies}    {ours.cost:12.2f} {compared}")


def progress(text: str) -> None:
    """Show what runs now, to a person only; the next output takes its place."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{text}", end="", flush=True)


# Clients that are not like others


@contextlib.contextmanager
def trickling(port: int, body: bytes) -> Iterator[None]:
    """Hold slow uploads open, some bytes each now and then, for the length of a with block."""
    head = f"POST /submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: {TYPE}\r\n"
    sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]
    for connection in connections:
        connection.sendall(sent[:100_000])
    stop = threading.Event()

    def trickle() -> None:
        at = 100_000
        while not stop.wait(0.2):
            for connection in connections:
                connection.sendall(sent[at : at + 200])
            at += 200

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for connection in connections:
            connection.close()


def extremes(load: Load, disk: Disk, seconds: float) -> None:
    """Print the latency of fast posts beside slow ones, and what a worker needs for large ones."""
    print(f"\n{disk.name}")
    form = load.body("form", form_body())
    largest = load.body("largest", form_body(20 * MIB - 10_000))
    with Collector(Source("this checkout", CHECKOUT), disk.folder, True) as collector:
        load.post(collector.port, 8, WARM_UP_SECONDS, form)
        alone = load.post(collector.port, 8, seconds, form)
        with trickling(collector.port, form_body()):
            beside = load.post(collector.port, 8, seconds, form)
        for name, result in (("alone", alone), (f"beside {SLOW} slow clients", beside)):
            print(f"  {name:<23} {result.rate:8.0f} posts/s, p95 {result.percentile(0.95):.1f} ms")
        collector.empty_spool()
        before, most = collector.memory(), [0.0]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                most.append(collector.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        result = load.post(collector.port, 8, seconds, largest)
        done.set()
        watcher.join()
        print(f"  20 MiB bodies: {result.rate:.1f} posts/s over 8 connections; a worker takes "
              f"{before:.0f} MiB before, {max(most):.0f} MiB at most")  # fmt: skip


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.collector",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    both = ["yes", "no"]
    parser.add_argument("--reference", metavar="PATH|COMMIT", help="compare with this collector")
    parser.add_argument("--disk", choices=["ext4", "tmpfs"], action="append", help="only this one")
    parser.add_argument("--durable", choices=both, action="append", help="only durable, or not")
    parser.add_argument("--body", choices=["form", "json"], action="append", help="only this form")
    parser.add_argument(
        "--connections", type=int, action="append", help="instead of 8, 1 and 32; may be repeated"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one round (2)")
    parser.add_argument(
        "--rounds", type=int, default=1, help="rounds per row; the median counts (1)"
    )
    parser.add_argument(
        "--folder", type=Path, default=CHECKOUT / "var",
        help="where to put the file that is mounted, or, when not root, the spool (var)",
    )  # fmt: skip
    parser.add_argument(
        "--extremes",
        action="store_true",
        help="measure slow clients and the largest bodies instead",
    )
    return parser.parse_args()


def main() -> None:
    """Measure, and print."""
    chosen = options()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # into a file, too
    interrupt.install()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    names = [JOURNALED if name == "ext4" else MEMORY for name in chosen.disk or ["ext4", "tmpfs"]]
    rows = [
        Row(durable == "yes", form, connections)
        for durable in chosen.durable or ["yes", "no"]
        for form in chosen.body or ["form", "json"]
        for connections in chosen.connections or LEVELS
    ]
    with contextlib.ExitStack() as stack:
        sources = [Source("this checkout", CHECKOUT)]
        if chosen.reference:
            sources.append(stack.enter_context(reference(chosen.reference)))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-collector-")))
        load = Load(scratch)
        provided = stack.enter_context(disks(chosen.folder, names))
        print(f"{os.cpu_count()} processors, {WORKERS} workers", end="")
        print(f"; reference: {sources[1].name}" if chosen.reference else "")
        began = time.monotonic()
        for disk in provided:
            if chosen.extremes:
                extremes(load, disk, chosen.seconds)
            else:
                bench = Bench(load, Program(scratch), sources, chosen.seconds, chosen.rounds)
                bench.run(disk, rows)
        print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("\nbench: interrupted; everything is removed") from None
