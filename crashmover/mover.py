"""Moves crashes from the spool to the crash store. The design:

* **Nothing is lost.** An entry leaves the spool after put_raw returned, and then the store has the
  crash for good. At worst a kill repeats a put, and the store keeps the first
  (tests/crashmover/test_kill.py).
* **The store is unavailable** (StoreUnavailable): no crash is to blame. When all workers met it in
  a row, the pass ends and they share one growing wait, which ends early when the store's check
  succeeds again; then a single crash is tried, and the rest follow when that one is stored.
* **Batches**: where the store puts several crashes in fewer calls, a worker hands over some at
  once. When that fails, for whatever reason, each of them is tried by itself, so that all of this
  holds; and while a part of the store is unavailable, every crash is.
* **A part of the store is unavailable** (a region of HBase): the crashes of that part wait, each
  for itself, and the others go on.
* **One crash cannot be stored** (torn, refused, or an error that keeps coming back although
  spool and store are healthy): it is quarantined with the reason and does not hold up others.
"""

import math
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from crashmover.config import CrashmoverConfig
from socorro import log, metrics
from socorro.crashstore.interface import CannotStore, CrashStore, StoreUnavailable
from socorro.service import Stop, no_descriptors
from socorro.spool.spool import Entry, Spool, TornEntry

LONGEST_WAIT: Final = 15.0  # seconds until the store, or one entry, is tried again
BATCH_BYTES: Final = 4 * 2**20  # of dumps; a batch that has reached them is full
ALONE_SECONDS: Final = 60.0  # without batches after the store was unavailable for one


@dataclass
class _Trouble:
    """The failed tries of one entry, and when it is tried again."""

    tries: int = 0  # for whatever reason
    errors: int = 0  # those that the crash is to blame for
    due: float = 0.0


class Mover:
    """Moves ready entries in several threads; `store_is_away`: how the last pass ended."""

    def __init__(
        self,
        spool: Spool,
        store: CrashStore,
        stop: Stop,
        config: CrashmoverConfig,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool, self._store, self._stop, self._config = spool, store, stop, config
        self._clock = clock
        self._lock = threading.Lock()  # guards the four below
        self._troubles: dict[Entry, _Trouble] = {}
        self._refusals = 0  # StoreUnavailable in a row, over all workers
        self._moved = 0
        self._threads = 0
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        self._alone_until = -math.inf
        self.store_is_away = False

    def move_all(self) -> int:
        """Move one batch, oldest first; return how many crashes the store acknowledged."""
        work = deque(self._due())
        if not work:
            return 0
        workers = min(self._config.workers, len(work))
        self._refusals = self._moved = 0
        for _ in range(self._threads, workers):
            threading.Thread(target=self._serve, daemon=True).start()
        self._threads = max(self._threads, workers)
        for _ in range(workers):
            self._tasks.put(partial(self._work, work, workers))
        self._await(workers)
        if self.store_is_away and self._moved:
            self.try_again_now()
        self.store_is_away = self._refusals >= workers
        return self._moved

    def _due(self) -> list[Entry]:
        """Return the entries to try now; a single one while the store is unavailable."""
        ready = self._spool.ready(self._config.batch + len(self._troubles))
        present = set(ready)
        self._troubles = {e: trouble for e, trouble in self._troubles.items() if e in present}
        now = self._clock()
        most = 1 if self.store_is_away else self._config.batch
        due = (e for e in ready if self._troubles.get(e, _Trouble()).due <= now)
        return [entry for entry, _ in zip(due, range(most), strict=False)]

    def _serve(self) -> None:
        """Be a worker for this pass and later ones: starting a thread takes as long as a put."""
        while True:
            task = self._tasks.get()
            try:
                task()
            except BaseException:  # not even logging worked: another thread takes over
                with self._lock:
                    self._threads -= 1
                raise
            finally:
                self._done.put(None)

    def _work(self, work: deque[Entry], workers: int) -> None:
        while work and not self._stop and self._refusals < workers:
            for entry in self._try_batch(self._next_batch(work)):
                if not self._stop and self._refusals < workers:
                    self._try(entry)

    def _next_batch(self, work: deque[Entry]) -> list[Entry]:
        """Take the next entries from *work*: one, or as many as the store takes at once."""
        most = self._store.batch if self._clock() >= self._alone_until else 1
        batch: list[Entry] = []
        with suppress(IndexError):  # another worker was quicker
            while len(batch) < most:
                batch.append(work.popleft())
        return batch

    def _try_batch(self, batch: Sequence[Entry]) -> list[Entry]:
        """Move entries together; return those to be tried each by itself."""
        began, crashes, size = time.perf_counter(), {}, 0
        alone = [entry for entry in batch if len(batch) == 1 or entry in self._troubles]
        for entry in (entry for entry in batch if entry not in alone):
            if size >= BATCH_BYTES:
                alone.append(entry)
                continue
            try:
                crashes[entry] = self._spool.read(entry)
            except Exception:
                alone.append(entry)
                continue
            size += sum(map(len, crashes[entry][1].values()))
        try:
            are_new = self._store.put_raw_batch(list(crashes.values())) if crashes else []
            seconds = (time.perf_counter() - began) / max(1, len(crashes))
            for (entry, (_, dumps)), is_new in zip(crashes.items(), are_new, strict=True):
                self._stored(entry, dumps, is_new, seconds)
        except Exception as error:
            if isinstance(error, StoreUnavailable):
                self._alone_until = self._clock() + ALONE_SECONDS
            return list(batch)
        return alone

    def _try(self, entry: Entry) -> None:
        try:
            self._move(entry)
        except TornEntry as error:
            self._quarantine(entry, "torn", str(error))
        except CannotStore as error:
            self._quarantine(entry, "refused", str(error))
        except StoreUnavailable as error:
            self._note_outage(entry, str(error))
        except Exception as error:
            self._note_error(entry, error)

    def _move(self, entry: Entry) -> None:
        began = time.perf_counter()
        try:
            raw, dumps = self._spool.read(entry)
        except FileNotFoundError:  # another process moved it
            return
        is_new = self._store.put_raw(raw, dumps)
        self._stored(entry, dumps, is_new, time.perf_counter() - began)

    def _stored(
        self, entry: Entry, dumps: Mapping[str, bytes], is_new: bool, seconds: float
    ) -> None:
        """The store has the crash: let the spool forget it."""
        if self._config.keep_minutes:
            self._spool.keep(entry)
        else:
            self._spool.forget(entry, dumps)
        with self._lock:
            self._moved += 1
            self._refusals = 0
        metrics.crashmover_moved.inc()
        metrics.crashmover_seconds.observe(seconds)
        size = sum(map(len, dumps.values()))
        log.get().info(
            "crash stored",
            crash_id=entry.crash_id,
            bytes=size,
            seconds=round(seconds, 4),
            **({} if is_new else {"known": True}),
        )

    def _note_outage(self, entry: Entry, error: str) -> None:
        with self._lock:
            self._refusals += 1
            self._postpone(entry)
        log.get().info("crash not stored", crash_id=entry.crash_id, error=error)

    def _note_error(self, entry: Entry, error: Exception) -> None:
        """Blame the crash for an unexpected error, unless store or spool are unhealthy."""
        description = _described(error)
        if no_descriptors(error):
            self._note_outage(entry, "no file descriptors left")
            return
        try:
            self._store.check()
            self._spool.check()
        except Exception as outage:
            self._note_outage(entry, f"{description}; {outage}")
            return
        with self._lock:
            self._postpone(entry).errors += 1
            errors = self._troubles[entry].errors
        log.get().error(
            "crash not moved", crash_id=entry.crash_id, error=description, attempt=errors
        )
        if errors >= self._config.attempts:
            self._quarantine(entry, "error", description)

    def _postpone(self, entry: Entry) -> _Trouble:
        trouble = self._troubles.setdefault(entry, _Trouble())
        trouble.due = self._clock() + min(LONGEST_WAIT, 2.0**trouble.tries)
        trouble.tries += 1
        return trouble

    def try_again_now(self) -> None:
        """The store is back: entries that waited only for it are due now."""
        for trouble in self._troubles.values():
            if not trouble.errors:
                trouble.due = 0.0

    def _quarantine(self, entry: Entry, reason: str, details: str) -> None:
        try:
            self._spool.quarantine(entry, f"{reason}: {details}")
        except Exception as error:
            with self._lock:
                self._postpone(entry)
            log.get().error("cannot quarantine", crash_id=entry.crash_id, error=_described(error))
            return
        metrics.crashmover_quarantined.labels(reason).inc()
        log.get().error("crash quarantined", crash_id=entry.crash_id, reason=reason, error=details)

    def _await(self, workers: int) -> None:
        """Wait for the workers; after SIGTERM only for a while: an interrupted put is repeated."""
        deadline: float | None = None
        while workers:
            with suppress(Empty):
                self._done.get(timeout=0.1)
                workers -= 1
            if self._stop and deadline is None:
                deadline = time.monotonic() + self._config.drain_seconds
            if deadline is not None and time.monotonic() >= deadline:
                return


def _described(error: Exception) -> str:
    """Return kind and place of an error, not its text: that may quote what a user wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
