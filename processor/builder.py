"""Builds the indexes that walks missed: in the background, one at a time, at low priority.

There is one builder per machine, a child process of the processor. A lock in the index folder
makes a second processor's builder wait. Walks record the .sym files that had no index
(`socorro.symbols.index_walker`); the builder takes that list and lets the index walker write each
index, with a memory limit of its own: parsing a .sym takes more than twice its size.

An index that fails is not tried again for a while, unless its .sym changed. While the folder is
full and older indexes are removed, an index that was built a moment ago is not rebuilt at once. So
a symbol file that cannot be indexed, or a folder that is too small, costs a bounded amount of work,
and walks stay correct: they parse the .sym themselves.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from processor.child import CannotRun, Interrupted, Limits, run
from processor.confinement import Confinement
from socorro import log, metrics
from socorro.symbols import index_walker

AGAIN_SECONDS = 600.0
_REMEMBERED = 10_000  # .sym files that were tried
_NICE = 19  # the lowest priority; Linux derives the priority of disk access from it


@dataclass(frozen=True)
class BuilderSettings:
    """The index walker, its folder, and its limits."""

    program: str
    folder: Path
    most: int  # bytes of all indexes
    limits: Limits
    reads: Sequence[Path] = ()  # folders of .sym files
    writes: Sequence[Path] = ()  # what it may write besides its folder


class Builder:
    """Builds the indexes that walks missed."""

    def __init__(
        self, settings: BuilderSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._clock = settings, clock
        self._confinement = Confinement(
            [Path(settings.program), *settings.reads], [settings.folder, *settings.writes]
        )
        self._full_until = -1.0  # until then, count the folder as full: indexes were removed
        self._tried: dict[Path, tuple[tuple[int, int], float]] = {}  # stamp, time of the try

    def run(self, stop: threading.Event, period: float) -> None:
        """Build every *period* seconds until *stop*; wait while another process does."""
        os.nice(_NICE)
        while not stop.is_set():
            try:
                with index_walker.alone(self._settings.folder):
                    self._measure()
                    while not stop.wait(period):
                        self.build(stop)
            except index_walker.Busy:
                stop.wait(10 * period)
            except Interrupted:
                return
            except OSError as error:
                log.get().warning("cannot build indexes", error=error.strerror)
                stop.wait(10 * period)

    def build(self, stop: threading.Event | None = None) -> int:
        """Build the indexes that walks missed; return how many .sym files were tried."""
        missed = index_walker.requested(self._settings.folder)
        tried = 0
        for sym in missed:
            stamp = _stamp(sym)
            if stamp is None or not self._is_due(sym, stamp):
                continue
            tried += 1
            outcome = self._index(sym, stop)
            if outcome == "failed" or self._clock() < self._full_until:
                self._remember(sym, stamp)
        index_walker.forget(self._settings.folder)
        if tried:
            self._measure()
        return tried

    def _index(self, sym: Path, stop: threading.Event | None) -> str:
        """Build one index; return the index walker's word (built, corrupt, fresh) or "failed"."""
        settings = self._settings
        words = ["index", "--index-dir", str(settings.folder), "--max-bytes", str(settings.most)]
        began = time.monotonic()
        command = [settings.program, *words, str(sym)]
        try:
            result = run(command, settings.limits, b"", stop, self._confinement)
        except CannotRun as error:
            metrics.symbol_index_builds.labels("failed").inc()
            log.get().warning("index not built", symbols=sym.name, error=str(error))
            return "failed"
        lines = result.stdout.decode("utf-8", "replace").splitlines()
        outcomes = [line.split(" ")[0] for line in lines]
        failed = result.return_code != 0 or bool(result.killed)
        outcome = "failed" if failed or not outcomes else outcomes[0]
        seconds = time.monotonic() - began
        metrics.symbol_index_builds.labels(outcome).inc()
        metrics.symbol_index_build_seconds.observe(seconds)
        if removed := outcomes.count("removed"):
            metrics.symbol_index_evictions.inc(removed)
            self._full_until = self._clock() + AGAIN_SECONDS
        log.get().info(
            "index not built" if failed else "index built",
            symbols=sym.name,
            outcome=result.killed or outcome,
            seconds=round(seconds, 3),
        )
        return outcome

    def _is_due(self, sym: Path, stamp: tuple[int, int]) -> bool:
        last_stamp, at = self._tried.get(sym, (None, 0.0))
        return last_stamp != stamp or self._clock() - at >= AGAIN_SECONDS

    def _remember(self, sym: Path, stamp: tuple[int, int]) -> None:
        self._tried.pop(sym, None)
        self._tried[sym] = (stamp, self._clock())
        while len(self._tried) > _REMEMBERED:
            del self._tried[next(iter(self._tried))]

    def _measure(self) -> None:
        metrics.symbol_index_bytes.set(
            sum(path.stat().st_size for path in self._settings.folder.rglob("*.index[0-9]*"))
        )


def _stamp(sym: Path) -> tuple[int, int] | None:
    try:
        status = sym.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
