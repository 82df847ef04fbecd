"""Accepted crashes on local disk, from the answer to the client until the crash store has them.

    incoming/                 half-written: what a killed collector leaves here is swept
    ready/202611231405/       entries, by minute of submission:
        <crash id>.<nonce>.json                 the raw crash; its appearance is the commit
        <crash id>.<nonce>.<dump name>.dump     its minidumps
    kept/202611231407/        entries the store has, kept a while (by minute of moving)
    quarantine/<crash id>.<nonce>/              an entry, and the reason in reason.txt
    accepted/2026-11-23.log   the ids accepted on that day, UTC (socorro/spool/accepted.py)
    marker               without it the spool is away (socorro/marker.py)

A commit puts the dumps in place, renames the JSON from incoming/ to its final name, appends
the id to the day's log and waits for a sync that it shares with all commits of that moment.
Wherever a process is killed, an entry is whole or has no JSON. An entry that a power cut tore does
not match its checksums, and its client got no answer. A re-post has the same id and another nonce:
the crashmover forgets exactly the entry that it read. After a power cut the day's log may contain
ids whose clients got no answer; a kill may leave entries that are not in the log.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Self

from socorro import metrics
from socorro.crash import RawCrash
from socorro.crash_id import CrashId, day_of
from socorro.files import drop
from socorro.marker import Marker
from socorro.spool.accepted import AcceptedLogs, Proven
from socorro.spool.draft import Draft, DumpWriter
from socorro.spool.entry import (
    NEW_FILE,
    Entry,
    SpoolUnavailable,
    TornEntry,
    age,
    append,
    entries,
    folders,
    names,
    orphans,
    place,
    unavailable_on_error,
    write,
)
from socorro.spool.group_commit import GroupCommit, NoSync, Sync, SyncFilesystem

__all__ = ["Draft", "DumpWriter", "Entry", "Spool", "SpoolUnavailable", "TornEntry"]

RESERVE = 256 * 2**20  # bytes
ROOM: Final = 2**20  # bytes of a usual crash; a disk on which it has no room is full
REMEMBERED: Final = "spool-id"  # file of a home

_REASON: Final = "reason.txt"
_UNKNOWN: Final = "unknown"


class Spool:
    """The spool in folder *root*. Safe to share between threads and processes.

    *reserve*: bytes that must stay free, else no draft is begun. *sync*: how a batch reaches the
    disk (socorro/spool/group_commit.py); by default one syncfs, or nothing when not *durable*.
    *home* is the folder that remembers the spool's id. Every method raises SpoolUnavailable while
    the spool is away; only `create` makes one.
    """

    def __init__(
        self,
        root: Path,
        durable: bool = True,
        reserve: int = RESERVE,
        sync: Sync | None = None,
        home: Path | None = None,
    ) -> None:
        self.root = root
        self.incoming = root / "incoming"
        self.minutes = root / "ready"
        self.kept_folder = root / "kept"
        self.quarantine_folder = root / "quarantine"
        self.logs = AcceptedLogs(root / "accepted")
        self.reserve = reserve
        self._sync = sync or (SyncFilesystem(root) if durable else NoSync())
        memory = home / REMEMBERED if home else None
        self._marker = Marker(root, "spool", SpoolUnavailable, memory, self._mounted)
        self._group = GroupCommit(self._settle)

    @classmethod
    def created(
        cls, root: Path, durable: bool = True, reserve: int = RESERVE, sync: Sync | None = None
    ) -> Self:
        """Create the spool in *root* unless there is one, and open it."""
        spool = cls(root, durable, reserve, sync)
        spool.create()
        return spool

    # What an operator does

    def create(self) -> None:
        """Make missing folders and, last, the marker. Raises SpoolUnavailable."""
        with unavailable_on_error():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (
                self.incoming, self.minutes, self.kept_folder, self.quarantine_folder,
                self.logs.folder,
            ):  # fmt: skip
                folder.mkdir(mode=0o700, exist_ok=True)
            self._sync.mounted()
            self._sync.batch([self.root, self.root.parent])
            self._marker.create()

    def adopt(self) -> None:
        """Accept the spool that is mounted, or one without a marker. Raises SpoolUnavailable."""
        with unavailable_on_error():
            self._marker.adopt(self.minutes)

    def adopt_unmarked(self) -> bool:
        """Adopt a spool of an earlier version, which had no marker; return whether it was one."""
        with unavailable_on_error():
            return self._marker.adopt_unmarked(self.minutes)

    def require(self) -> None:
        """Raise SpoolUnavailable while the spool is away. One stat."""
        self._marker.require()

    @property
    def marker_id(self) -> str:
        """The id in the marker, "" while it was never seen: the same for all that use the spool."""
        return self._marker.id or ""

    @property
    def was_seen(self) -> bool:
        """Whether this home has had the spool: if it is not there, it is away."""
        return self._marker.was_seen

    def _mounted(self) -> None:
        with unavailable_on_error():
            self._sync.mounted()

    # What the collector does

    def draft(self) -> Draft:
        """Begin to receive a crash. Raises SpoolUnavailable."""
        self.require()
        self._check_free_space()
        return Draft(self.incoming, self.minutes, self._sync, self._group, self.require)

    def _settle(self, drafts: Sequence[Draft]) -> None:
        started = time.perf_counter()
        days: dict[date, list[Draft]] = {}
        for draft in drafts:
            days.setdefault(day_of(draft.crash_id), []).append(draft)
        logs = {self.logs.log_of(day): entered for day, entered in days.items()}
        for log, entered in logs.items():
            try:
                append(log, [draft.crash_id for draft in entered])
            except OSError:
                for draft in entered:
                    draft.withdraw()
                raise
            for draft in entered:
                draft.entered()
        self._sync.batch({*logs, self.logs.folder, *(draft.folder for draft in drafts)})
        metrics.spool_sync_seconds.observe(time.perf_counter() - started)
        metrics.spool_sync_crashes.observe(len(drafts))

    # What the crashmover does

    def ready(self, limit: int = 1000) -> list[Entry]:
        """Return entries, oldest first, at most *limit*; remove empty folders of the past."""
        self.require()
        oldest: list[Entry] = []
        this_minute = f"{datetime.now(UTC):%Y%m%d%H%M}"
        for folder in folders(self.minutes):
            if len(oldest) >= limit:
                break
            present = names(folder)
            oldest += islice(entries(folder, present), limit - len(oldest))
            if not present and folder.name < this_minute:
                # A collector that is about to use the folder makes it again.
                with contextlib.suppress(OSError):
                    folder.rmdir()
        return oldest

    def read(self, entry: Entry) -> tuple[RawCrash, dict[str, bytes]]:
        """Return raw crash and dumps. Raises TornEntry; FileNotFoundError when it is gone."""
        self.require()
        return entry.read()

    def forget(self, entry: Entry, dump_names: Iterable[str] | None = None) -> None:
        """Remove exactly this entry with its dumps; *dump_names* saves reading its JSON.

        An entry that does not exist is no error.
        """
        self.require()
        dumps = entry.dumps() if dump_names is None else map(entry.dump, dump_names)
        drop(entry.json)
        for path in dumps:
            drop(path)

    def keep(self, entry: Entry) -> None:
        """Move the entry from ready/ to kept/, until `sweep_kept` removes it."""
        self.require()
        self._move(entry, self.kept_folder / f"{datetime.now(UTC):%Y%m%d%H%M}")

    def sweep_kept(self, older_than_seconds: float) -> int:
        """Remove entries that were moved to kept/ before that; return how many."""
        self.require()
        swept = 0
        for folder in folders(self.kept_folder):
            for entry in entries(folder, names(folder)):
                if age(entry.json) >= older_than_seconds:
                    self.forget(entry)
                    swept += 1
            with contextlib.suppress(OSError):
                folder.rmdir()
        return swept

    def put_back_kept(self) -> int:
        """Move all entries from kept/ back to ready/; return how many."""
        self.require()
        count = 0
        for folder in folders(self.kept_folder):
            for entry in entries(folder, names(folder)):
                self._move(entry, self.minutes / folder.name)
                count += 1
        return count

    def quarantine(self, entry: Entry, reason: str) -> None:
        """Set the entry aside for an operator; *reason* contains no text of a user."""
        self.require()
        if not os.path.exists(entry.json):
            return
        folder = self.quarantine_folder / entry.stem
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / _REASON).touch(mode=0o600)
        (folder / _REASON).write_text(reason + "\n")
        self._move(entry, folder)

    def quarantined_entries(self) -> Iterator[Entry]:
        """The entries in quarantine, whatever is wrong with them."""
        self.require()
        for folder in folders(self.quarantine_folder):
            yield from entries(folder, names(folder))

    def reason(self, entry: Entry) -> str:
        """Why an entry is in quarantine; "unknown" when that was not written."""
        with contextlib.suppress(OSError):
            return (entry.folder / _REASON).read_text("utf-8", "replace").strip() or _UNKNOWN
        return _UNKNOWN

    def put_back(self, entry: Entry) -> None:
        """Move an entry from quarantine to ready/; safe from a power cut when it returns.

        Raises TornEntry for one that no store would take: it stays.
        """
        self.require()
        entry.read()
        minute = self.minutes / f"{datetime.now(UTC):%Y%m%d%H%M}"
        with unavailable_on_error():
            self._move(entry, minute)
            drop(f"{entry.folder}/{_REASON}")
            with contextlib.suppress(OSError):
                entry.folder.rmdir()
            self._sync.batch([minute, self.minutes, self.quarantine_folder])

    def _move(self, entry: Entry, folder: Path) -> None:
        """Move an entry so that it is whole, here or there, even when interrupted."""
        dumps = entry.dumps()
        for path in dumps:
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                place(partial(os.link, path), f"{folder}/{os.path.basename(path)}", self._sync)
        with contextlib.suppress(FileNotFoundError):  # another process moved or removed it
            target = f"{folder}/{os.path.basename(entry.json)}"
            place(partial(os.rename, entry.json), target, self._sync)
        for path in dumps:
            drop(path)

    # What both do, and the ledger

    def sweep(self, older_than_seconds: float) -> int:
        """Remove leftovers of killed processes that are older than that; return how many files.

        Give it the longest time of an upload: younger files may still be in use.
        """
        self.require()
        debris = list(self.incoming.iterdir())
        for folder in (*folders(self.minutes), *folders(self.kept_folder)):
            debris += orphans(folder)
        for folder in folders(self.quarantine_folder):
            debris += _remains(folder)
        swept = 0
        for path in debris:
            with contextlib.suppress(FileNotFoundError):
                if age(path) >= older_than_seconds:
                    path.unlink()
                    swept += 1
        for folder in folders(self.quarantine_folder):
            with contextlib.suppress(OSError):
                folder.rmdir()  # empty, unless it has an entry or young files
        metrics.spool_swept.inc(swept)
        return swept

    def accepted(self, day: date) -> list[CrashId]:
        """The ids in *day*'s log, in order; a crash that was posted twice occurs twice."""
        self.require()
        return self.logs.ids(day)

    def proven(self, day: date) -> Proven | None:
        """The counts of a day that was proven even and whose log is gone."""
        self.require()
        return self.logs.proven(day)

    def prune(self, day: date, proven: Proven) -> bool:
        """Replace *day*'s log by what the ledger counted; False when the log is another one."""
        self.require()
        return self.logs.prune(day, proven)

    def ids(self) -> Iterator[CrashId]:
        """The crashes that are ready now; one that was posted twice may occur twice."""
        self.require()
        for folder in folders(self.minutes):
            for entry in entries(folder, names(folder)):
                yield entry.crash_id

    def quarantined(self) -> Iterator[tuple[CrashId, str]]:
        """The crashes in quarantine, with the reason."""
        for entry in self.quarantined_entries():
            yield entry.crash_id, self.reason(entry)

    def check(self) -> None:
        """Reserve room for a crash, write, sync and remove it, and check for free space.

        Raises SpoolUnavailable.
        """
        self.require()
        self._check_free_space()
        probe = self.incoming / f"probe.{secrets.token_hex(8)}"
        with unavailable_on_error():
            try:
                descriptor = os.open(probe, NEW_FILE, 0o600)
                try:
                    os.posix_fallocate(descriptor, 0, ROOM)
                    write(descriptor, b"probe")
                    self._sync.files([descriptor])
                finally:
                    os.close(descriptor)
                self._sync.batch([self.incoming])
            finally:
                probe.unlink(missing_ok=True)

    def _check_free_space(self) -> None:
        with unavailable_on_error():
            disk = os.statvfs(self.root)
        if disk.f_bavail * disk.f_frsize < self.reserve:
            raise SpoolUnavailable("free space is below the reserve")


def _remains(folder: Path) -> list[Path]:
    """Return what is left in a folder of the quarantine whose entry is elsewhere."""
    present = names(folder)
    if any(name.endswith(".json") for name in present):
        return []
    return [folder / name for name in present]
