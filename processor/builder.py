"""Makes the indexes that walks missed: in the background, one at a time, at low priority.

It is one process per machine, a child of the processor like the one that tells its health; a lock
in the index folder keeps a second processor's builder waiting. Walks note what they miss
(`socorro.symbols.index_walker`), it takes the notes away and has the index walker write each
index, with a limit of memory of its own: parsing a .sym takes more than twice its size.

An index that fails is not tried again for a while, unless its .sym changed; nor, while the folder
is so full that others are thrown out, is one that was made a moment ago and is missed again. So
what cannot be indexed and a folder that is too small cost a bounded amount of work, and the answers
stay right: the .sym is parsed by each walk.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processor.child import CannotRun, Interrupted, Limits, run
from socorro import log, metrics
from socorro.symbols import index_walker

AGAIN_SECONDS = 600.0
_REMEMBERED = 10_000  # .sym files that were tried
_NICE = 19  # the lowest priority; Linux derives that of input and output from it


@dataclass(frozen=True)
class Building:
    """What the builder is told."""

    program: str
    folder: Path
    most: int  # bytes of all indexes
    limits: Limits


class Builder:
    """Indexes what walks missed."""

    def __init__(self, told: Building, clock: Callable[[], float] = time.monotonic) -> None:
        self._told, self._clock = told, clock
        self._full_until = -1.0  # indexes were thrown out not long ago
        self._tried: dict[Path, tuple[tuple[int, int], float]] = {}  # stamp, when

    def run(self, stop: threading.Event, period: float) -> None:
        """Look every *period* seconds until *stop*, while no other process does."""
        os.nice(_NICE)
        while not stop.is_set():
            try:
                with index_walker.alone(self._told.folder):
                    self._measure()
                    while not stop.wait(period):
                        self.build(stop)
            except index_walker.Busy:
                stop.wait(10 * period)
            except Interrupted:
                return
            except OSError as why:
                log.get().warning("cannot make indexes", error=why.strerror)
                stop.wait(10 * period)

    def build(self, stop: threading.Event | None = None) -> int:
        """Make the indexes that are asked for; return how many .sym files were tried."""
        wanted = index_walker.wanted(self._told.folder)
        tried = 0
        for sym in wanted:
            stamp = _stamp(sym)
            if stamp is None or not self._is_due(sym, stamp):
                continue
            tried += 1
            outcome = self._index(sym, stop)
            if outcome == "failed" or self._clock() < self._full_until:
                self._remember(sym, stamp)
        index_walker.done(self._told.folder)
        if tried:
            self._measure()
        return tried

    def _index(self, sym: Path, stop: threading.Event | None) -> str:
        """Make one index; return "failed" or what the index walker says: built, corrupt, fresh."""
        told = self._told
        words = ["index", "--index-dir", str(told.folder), "--max-bytes", str(told.most)]
        began = time.monotonic()
        try:
            ran = run([told.program, *words, str(sym)], told.limits, b"", stop)
        except CannotRun as why:
            metrics.symbol_index_builds.labels("failed").inc()
            log.get().warning("no index was made", symbols=sym.name, error=str(why))
            return "failed"
        lines = ran.stdout.decode("utf-8", "replace").splitlines()
        outcomes = [line.split(" ")[0] for line in lines]
        failed = ran.return_code != 0 or bool(ran.killed)
        outcome = "failed" if failed or not outcomes else outcomes[0]
        seconds = time.monotonic() - began
        metrics.symbol_index_builds.labels(outcome).inc()
        metrics.symbol_index_build_seconds.observe(seconds)
        if removed := outcomes.count("removed"):
            metrics.symbol_index_evictions.inc(removed)
            self._full_until = self._clock() + AGAIN_SECONDS
        log.get().info(
            "index made" if not failed else "no index was made",
            symbols=sym.name,
            outcome=ran.killed or outcome,
            seconds=round(seconds, 3),
        )
        return outcome

    def _is_due(self, sym: Path, stamp: tuple[int, int]) -> bool:
        known, at = self._tried.get(sym, (None, 0.0))
        return known != stamp or self._clock() - at >= AGAIN_SECONDS

    def _remember(self, sym: Path, stamp: tuple[int, int]) -> None:
        self._tried.pop(sym, None)
        self._tried[sym] = (stamp, self._clock())
        while len(self._tried) > _REMEMBERED:
            del self._tried[next(iter(self._tried))]

    def _measure(self) -> None:
        metrics.symbol_index_bytes.set(
            sum(path.stat().st_size for path in self._told.folder.rglob("*.index[0-9]*"))
        )


def _stamp(sym: Path) -> tuple[int, int] | None:
    try:
        told = sym.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns
