"""A walker that asks again, with a repaired copy, when a walk says less than it must.

A walk of a damaged minidump may succeed and have no modules, or no stack of the crashed thread.
Such a walk ends with the status DamagedMinidump, which is no success, and a note says what is
damaged (`processor.dump_repair`).
"""

import threading
import time
from dataclasses import replace

from processor.dump_repair import lacks, repaired
from processor.stackwalk import DAMAGED, OK, Walk, Walks

# Statuses of a walk that could not read a stream.
_UNREAD = frozenset(
    {
        "MissingDirectory", "StreamReadFailure", "StreamNotFound", "MissingThreadList",
        "MissingSystemInfo", "ModuleReadFailure", "MemoryReadFailure", "DataError",
    }
)  # fmt: skip


class RepairingWalker:
    """Walks a dump, and a repaired copy of it when that is needed. Safe to share."""

    def __init__(self, walker: Walks) -> None:
        self._walker = walker

    def check(self) -> None:
        """Raise WalkerMissing unless dumps can be walked."""
        self._walker.check()

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        """Walk *dump*, as `processor.stackwalk.Walks` says."""
        until = None if seconds is None else time.monotonic() + seconds
        walk = self._walker.walk(dump, seconds, stop, alone)
        if walk.status != OK and walk.status not in _UNREAD:
            return walk
        missing = lacks(dump, walk.json_dump or {})
        if not missing:
            return walk
        repair = repaired(dump)
        left = None if until is None else max(0.0, until - time.monotonic())
        if repair is None:
            return _damaged(walk, missing)
        again = self._walker.walk(repair.dump, left, stop, alone)
        if again.json_dump is None or len(lacks(repair.dump, again.json_dump)) >= len(missing):
            return _damaged(walk, missing)
        return _damaged(again, repair.problems)


def _damaged(walk: Walk, problems: tuple[str, ...] | list[str]) -> Walk:
    """Return *walk* as that of a damaged minidump; one without a result keeps its status."""
    if walk.json_dump is None:
        return walk
    note = f"The minidump is damaged: {', '.join(problems)}"
    return replace(walk, status=DAMAGED, notes=(*walk.notes, note))
