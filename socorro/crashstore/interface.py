"""What a crash store promises; tests/contract holds every store to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId

Level = Literal["minute", "hour", "day"]


class CrashNotFound(LookupError):
    """The store has no such crash, dump or processed crash."""


class DamagedCrash(CrashNotFound):
    """The store has the crash, but cannot read it: its own file or cells are damaged.

    The same call will not work later, and no other crash is concerned. *reason* is one of few
    fixed texts or the name of an error, never text of the crash.
    """

    def __init__(self, crash_id: CrashId, reason: str) -> None:
        super().__init__(f"{crash_id}: damaged ({reason})")
        self.crash_id = crash_id
        self.reason = reason


class StoreUnavailable(Exception):
    """The store cannot be used now; the same call may work later."""


class CannotStore(Exception):
    """No store takes this crash, now or later; the text says why, without the crash's data."""


class Waiting(NamedTuple):
    """One entry of the index of crashes that await processing."""

    crash_id: CrashId
    submitted: datetime


class CrashStore(Protocol):
    """Keeps crashes. Safe to share between threads; every put is idempotent.

    Any method raises StoreUnavailable when trying again later may help: also while the store is
    away, because empty is not new. Every method that reads a crash raises DamagedCrash when only
    that crash cannot be read; listings go on past it and name it.
    """

    def create(self) -> None:
        """Create missing tables or folders; nothing else does."""
        ...

    def adopt(self) -> None:
        """Accept the store in place of the one that was seen before. Raises StoreUnavailable."""
        ...

    def adopt_unmarked(self) -> bool:
        """Adopt a store of an earlier version, which had no marker; return whether it was one."""
        ...

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        """Keep annotations and minidumps of one crash, whole or not at all; True when new.

        *dumps* maps dump name to bytes: "upload_file_minidump" is the crashed process. On
        return the crash survives kill -9. The first put of an id wins: a later one, with other
        times or metadata, changes nothing and returns False. A crash that is not deferred is in
        `waiting` from then on. A put that is interrupted anywhere leaves nothing that can be
        read, and may be repeated. Raises CannotStore: see limits.py.
        """
        ...

    @property
    def batch(self) -> int:
        """How many crashes one call of put_raw_batch takes best; 1 where it saves nothing."""
        ...

    def put_raw_batch(self, crashes: Sequence[tuple[RawCrash, Mapping[str, bytes]]]) -> list[bool]:
        """Put several crashes, each as put_raw does; return which are new.

        When it raises, perhaps because of one of them, none is acknowledged: put each by itself.
        """
        ...

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """Return the raw crash. Raises CrashNotFound."""
        ...

    def dump_names(self, crash_id: CrashId) -> list[str]:
        """Return the names of the crash's dumps, sorted. Raises CrashNotFound."""
        ...

    def get_dump(self, crash_id: CrashId, name: str) -> bytes:
        """Return one minidump. Raises CrashNotFound."""
        ...

    def get_crash(
        self, crash_id: CrashId, choose: Callable[[list[str]], Sequence[str]]
    ) -> tuple[RawCrash, dict[str, bytes]]:
        """Return the raw crash and some of its dumps, in one reading.

        *choose* takes the names of all dumps, sorted, and returns those to read, in the order
        to return them. Raises CrashNotFound.
        """
        ...

    def stored(self, crash_ids: Sequence[CrashId]) -> list[CrashId]:
        """Return those of *crash_ids* whose raw crash is stored, in their order."""
        ...

    def put_processed(self, crash_id: CrashId, processed: Processed) -> None:
        """Keep the processed crash in place of an earlier one, whole or not at all.

        On return it survives kill -9. Raises CrashNotFound when there is no raw crash, and
        CannotStore when it is larger than any store takes.
        """
        ...

    def get_processed(self, crash_id: CrashId) -> Processed:
        """Return the processed crash. Raises CrashNotFound."""
        ...

    def waiting(self, limit: int = 1000) -> Iterator[Waiting]:
        """Crashes that are not queued yet, in order of submission, at most *limit*.

        Index entries of a put that is under way, or was interrupted, are not shown.
        """
        ...

    def forget_waiting(self, entries: Iterable[Waiting]) -> None:
        """Remove entries from the index; a missing one is no error."""
        ...

    def submitted(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """Crashes submitted in [start, end), UTC, oldest first, deferred ones among them."""
        ...

    def unprocessed(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """Those of `submitted` that have no processed crash, deferred ones among them."""
        ...

    def delete(self, crash_id: CrashId) -> None:
        """Remove raw crash, dumps, processed crash and index entries; a missing one is no error.

        So does what an interrupted put of the crash left; of one that is under way nothing.
        """
        ...

    def counters(self, level: Level, start: datetime, end: datetime) -> dict[datetime, int]:
        """Crashes put per minute, hour or day of submission, by start of that span, UTC.

        Spans that begin before *end*, from the one that contains *start*; a span without crashes
        is left out. Advisory: quick to read, may be wrong after a kill; the ledger counts ids.
        """
        ...

    def check(self) -> None:
        """Raise StoreUnavailable unless the store can be read and written now."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...
