"""The crash store in a folder: one file per crash, committed by one link(2).

    crashes/<yymmdd>/<first 2 digits>/<crash id>.zip       raw crash and dumps, never changed
    crashes/<yymmdd>/<first 2 digits>/<crash id>.json.gz   the processed crash
    waiting/<yymmdd>/<HHMMSS.ffffff>.<crash id>            not queued yet
    counters/<yymmdd>                                      "HHMM" of each put, advisory
    drafts/                                                being written
    marker                                            without it the store is away

A put writes and syncs a draft, gives it a name in `waiting`, then its final name: where that is
taken the earlier crash stays. So a put that is killed leaves only a draft and perhaps a name in
`waiting`; neither is shown, both are swept after a day, or go when the crash is deleted. Creating
files is slow on a busy disk, so a put creates only one. Any unzip opens it.

The modification time of the .zip is the time of submission, so that a day is listed without
opening a file: copy a store with times preserved (rsync -a). When a time was lost (its day is not
the one in the id) the JSON inside gives it. Needs a local file system with hard links (ext4, XFS).

Damage of a crash's own file is DamagedCrash, and never an outage unless `check` fails too. Only
`create` makes the folders and the marker (socorro/marker.py).
"""

import gzip
import io
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, Self

from socorro import files, quick_json
from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.archive import RAW_MEMBER, dump_names, member_of, pack
from socorro.crashstore.counters_folder import CountersFolder
from socorro.crashstore.damage import BROKEN, described, is_outage
from socorro.crashstore.drafts import UNDER_WAY_SECONDS, drop_drafts
from socorro.crashstore.interface import (
    CrashNotFound,
    DamagedCrash,
    Level,
    StoreUnavailable,
    Waiting,
)
from socorro.crashstore.limits import DANGLES_FOR, check_processed, check_raw
from socorro.crashstore.waiting_folder import WaitingFolder
from socorro.marker import REMEMBERED, Marker

RAW: Final = ".zip"
PROCESSED: Final = ".json.gz"
PROCESSED_FILE: Final = "processed file"  # in a reason of damage
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FOLDER: Final = "the crash store is away: its folder of crashes is missing"
_LEVEL: Final = 2  # of gzip: a tenth larger than at level 4, in half the time


class FilesystemStore:
    """A CrashStore below *root*; *now* returns the time in seconds since 1970.

    *home* is the folder that remembers the store's id.
    """

    batch: Final = 1

    def __init__(
        self, root: Path, *, home: Path | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._crashes = root / "crashes"
        self._drafts = root / "drafts"
        self._counters = CountersFolder(root / "counters")
        self._waiting = WaitingFolder(root / "waiting")
        self._now = now
        memory = home / REMEMBERED if home else None
        self._marker = Marker(root, "crash store", StoreUnavailable, memory)
        with suppress(StoreUnavailable):  # the disk may be mounted later
            self._sweep_drafts()

    @classmethod
    def created(cls, root: Path, *, now: Callable[[], float] = time.time) -> Self:
        """Create the store in *root* unless there is one, and open it."""
        store = cls(root, now=now)
        store.create()
        return store

    def create(self) -> None:
        """See CrashStore. The marker is written last."""
        with _outages():
            for name in ("crashes", "drafts", "counters", "waiting"):
                (self._root / name).mkdir(parents=True, exist_ok=True, mode=0o750)
            self._marker.create()

    def adopt(self) -> None:
        """See CrashStore."""
        with _outages():
            self._marker.adopt(self._crashes)

    def adopt_unmarked(self) -> bool:
        """See CrashStore."""
        with _outages():
            return self._marker.adopt_unmarked(self._crashes)

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        """See CrashStore."""
        path = self._path(raw.crash_id, RAW)
        with self._disk():
            if os.path.lexists(path):
                files.sync_folder(os.path.dirname(path))  # its put may be under way
                return False
            check_raw(raw, dumps)
            entry = Waiting(raw.crash_id, raw.submitted)
            with (
                self._draft(pack(raw, dumps), _nanoseconds(raw.submitted)) as draft,
                self._indexed(entry, draft),
            ):
                is_new = _link_once(draft, path)
            if not is_new and self._submitted(raw.crash_id, path) != raw.submitted:
                self._waiting.remove(entry)
        if is_new:
            self._counters.add(raw.submitted)
        return is_new

    def put_raw_batch(self, crashes: Sequence[tuple[RawCrash, Mapping[str, bytes]]]) -> list[bool]:
        """See CrashStore."""
        return [self.put_raw(raw, dumps) for raw, dumps in crashes]

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """See CrashStore."""
        path = self._path(crash_id, RAW)
        with self._reading(crash_id, path), zipfile.ZipFile(path) as archive:
            return RawCrash.from_json(archive.read(RAW_MEMBER))

    def dump_names(self, crash_id: CrashId) -> list[str]:
        """See CrashStore."""
        path = self._path(crash_id, RAW)
        with self._reading(crash_id, path), zipfile.ZipFile(path) as archive:
            return dump_names(archive.namelist())

    def get_dump(self, crash_id: CrashId, name: str) -> bytes:
        """See CrashStore."""
        path = self._path(crash_id, RAW)
        with self._reading(crash_id, path), zipfile.ZipFile(path) as archive:
            if member_of(name) in archive.namelist():
                return archive.read(member_of(name))
        raise CrashNotFound(f"{crash_id}: no dump of that name")

    def get_crash(
        self, crash_id: CrashId, choose: Callable[[list[str]], Sequence[str]]
    ) -> tuple[RawCrash, dict[str, bytes]]:
        """See CrashStore."""
        path = self._path(crash_id, RAW)
        with self._reading(crash_id, path):
            archive = zipfile.ZipFile(io.BytesIO(Path(path).read_bytes()))
            raw = RawCrash.from_json(archive.read(RAW_MEMBER))
            names = dump_names(archive.namelist())
        chosen = choose(names)
        with self._reading(crash_id, path):
            return raw, {name: archive.read(member_of(name)) for name in chosen}

    def stored(self, crash_ids: Sequence[CrashId]) -> list[CrashId]:
        """See CrashStore."""
        with self._disk():
            return [one for one in crash_ids if os.path.lexists(self._path(one, RAW))]

    def put_processed(self, crash_id: CrashId, processed: Processed) -> None:
        """See CrashStore."""
        path = self._path(crash_id, PROCESSED)
        with self._disk():
            if not os.path.lexists(self._path(crash_id, RAW)):
                raise self._not_found(str(crash_id))
            text = gzip.compress(quick_json.dumps(processed), compresslevel=_LEVEL)
            check_processed(text)
            with self._draft(text) as draft, self._reading(crash_id, path, PROCESSED_FILE):
                files.replace(draft, path)

    def get_processed(self, crash_id: CrashId) -> Processed:
        """See CrashStore."""
        path = self._path(crash_id, PROCESSED)
        with self._reading(crash_id, path, PROCESSED_FILE):
            processed: Processed = quick_json.loads(gzip.decompress(Path(path).read_bytes()))
            if not isinstance(processed, dict):
                raise TypeError
        return processed

    def waiting(self, limit: int = 1000) -> Iterator[Waiting]:
        """See CrashStore."""
        with self._disk():
            yield from islice(self._committed(self._waiting.entries(max(1, limit))), limit)
            self._waiting.drop_empty(f"{datetime.fromtimestamp(self._now(), UTC):%y%m%d}")

    def forget_waiting(self, entries: Iterable[Waiting]) -> None:
        """See CrashStore."""
        with self._disk():
            for entry in entries:
                self._waiting.remove(entry)

    def submitted(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """See CrashStore."""
        return (crash_id for crash_id, _ in self._listed(start, end))

    def unprocessed(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """See CrashStore."""
        return (crash_id for crash_id, done in self._listed(start, end) if not done)

    def delete(self, crash_id: CrashId) -> None:
        """See CrashStore."""
        path = self._path(crash_id, RAW)
        with self._disk():  # the raw crash last: after a kill it is listed, and deleted again
            _drop(self._path(crash_id, PROCESSED))
            with suppress(FileNotFoundError):
                if at := self._submitted(crash_id, path):
                    self._waiting.remove(Waiting(crash_id, at))
            self._waiting.remove_all(crash_id)  # also names that a killed put left
            drop_drafts(self._drafts, crash_id, before=self._now() - UNDER_WAY_SECONDS)
            _drop(path)
            with suppress(OSError):  # others are in the same folders
                for folder in Path(path).parents[:2]:
                    folder.rmdir()

    def counters(self, level: Level, start: datetime, end: datetime) -> dict[datetime, int]:
        """See CrashStore."""
        with self._disk():
            return self._counters.between(level, start, end)

    def check(self) -> None:
        """See CrashStore."""
        data = secrets.token_bytes(16)
        with self._disk(), self._draft(data) as draft:
            if Path(draft).read_bytes() != data:
                raise StoreUnavailable(
                    "crash store: a file does not contain what was written to it"
                )

    def close(self) -> None:
        """See CrashStore."""

    def _path(self, crash_id: CrashId, suffix: str) -> str:
        return f"{self._crashes}/{crash_id[-6:]}/{crash_id[:2]}/{crash_id}{suffix}"

    @contextmanager
    def _draft(self, data: bytes | memoryview, modified_ns: int | None = None) -> Iterator[str]:
        """Write a synced draft; the block gives it another name, or it is gone."""
        path = f"{self._drafts}/{secrets.token_hex(16)}"
        try:
            files.write_new(path, data, modified_ns)
            yield path
        finally:
            files.drop(path)

    def _indexed(self, entry: Waiting, draft: str) -> AbstractContextManager[None]:
        if is_deferred(entry.crash_id):
            return nullcontext()
        return self._waiting.adding(entry, draft)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Turn a missing marker and errors of the operating system into StoreUnavailable."""
        self._marker.require()
        if not os.path.isdir(self._crashes):
            raise StoreUnavailable(_NO_FOLDER)
        with _outages():
            yield

    @contextmanager
    def _reading(self, crash_id: CrashId, path: str, what: str = "archive") -> Iterator[None]:
        """Blame the crash for an error of its file at *path*, unless the store fails too."""
        self._marker.require()
        try:
            yield
        except FileNotFoundError:
            if os.path.islink(path):
                raise DamagedCrash(crash_id, f"{what}: the link leads nowhere") from None
            missing = f"{crash_id}: not processed" if what == PROCESSED_FILE else crash_id
            raise self._not_found(missing) from None
        except (OSError, *BROKEN) as error:
            if is_outage(error):
                raise StoreUnavailable(f"crash store: {described(error)}") from None
            if isinstance(error, OSError):
                self.check()
            raise DamagedCrash(crash_id, f"{what}: {described(error)}") from None

    def _submitted(self, crash_id: CrashId, path: str) -> datetime | None:
        """Return when the crash was submitted; None when damaged. Raises FileNotFoundError."""
        try:
            at = _modified(path)
            return at if f"{at:%y%m%d}" == crash_id[-6:] else self._submitted_inside(path)
        except (OSError, *BROKEN) as error:
            is_deleted = isinstance(error, FileNotFoundError) and not os.path.islink(path)
            if is_deleted or is_outage(error):
                raise
            return None

    def _submitted_inside(self, path: str) -> datetime:
        """Return the time of submission that the raw crash itself contains."""
        with zipfile.ZipFile(path) as archive:
            return RawCrash.from_json(archive.read(RAW_MEMBER)).submitted

    def _committed(self, entries: Iterable[Waiting]) -> Iterator[Waiting]:
        for entry in entries:
            path = self._path(entry.crash_id, RAW)
            if self._stands_for(entry, path):
                yield entry
            elif self._is_old(self._waiting.written(entry)):
                with self._waiting.alone(entry) as alone:
                    if alone and not self._stands_for(entry, path):
                        self._waiting.remove(entry)

    def _stands_for(self, entry: Waiting, path: str) -> bool:
        """Return whether the entry stands for the crash at *path*; a damaged one has its entries.

        So a damaged crash is queued, and fails with its reason.
        """
        try:
            is_same = _modified(path) == entry.submitted
            return is_same or self._submitted_inside(path) == entry.submitted
        except FileNotFoundError:
            return os.path.islink(path)
        except (OSError, *BROKEN) as error:
            if is_outage(error):
                raise
            return True

    def _listed(self, start: datetime, end: datetime) -> Iterator[tuple[CrashId, bool]]:
        """Yield crashes submitted in [start, end), oldest first, and whether processed."""
        first, last = f"{start.astimezone(UTC):%y%m%d}", f"{end.astimezone(UTC):%y%m%d}"
        with self._disk():
            days = sorted(day for day in files.folders(self._crashes) if first <= day.name <= last)
        for day in days:
            with self._disk():
                crashes = sorted(self._of_day(day))
            for at, crash_id, done in crashes:
                if start <= at < end:
                    yield crash_id, done

    def _of_day(self, day: Path) -> Iterator[tuple[datetime, CrashId, bool]]:
        midnight = datetime.strptime(f"{day.name}+0000", "%y%m%d%z")
        for folder in files.folders(day):
            entries = {entry.name: entry for entry in os.scandir(folder)}
            for name, entry in entries.items():
                crash_id = CrashId(name.removesuffix(RAW))
                if name.endswith(RAW) and crash_id[-6:] == day.name:
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        at = self._submitted(crash_id, entry.path) or midnight
                        yield at, crash_id, crash_id + PROCESSED in entries

    def _not_found(self, what: str) -> Exception:
        """Return CrashNotFound, or StoreUnavailable when the folder of crashes is missing."""
        return CrashNotFound(what) if self._crashes.is_dir() else StoreUnavailable(_NO_FOLDER)

    def _sweep_drafts(self) -> None:
        """Remove drafts that were never committed."""
        with self._disk():
            for draft in self._drafts.iterdir():
                with suppress(FileNotFoundError):
                    if self._is_old(draft.stat().st_ctime):
                        draft.unlink()

    def _is_old(self, written: float) -> bool:
        return written < self._now() - DANGLES_FOR.total_seconds()


@contextmanager
def _outages() -> Iterator[None]:
    """Turn errors of the operating system into StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"crash store: {error.strerror}") from None


def _drop(path: str) -> None:
    """Remove a file, or the folder that damage has put in its place; absent is no error."""
    try:
        files.drop(path)
    except IsADirectoryError:
        shutil.rmtree(path)


def _link_once(draft: str, path: str) -> bool:
    """Give the draft its final name; False when the name is taken."""
    try:
        files.link(draft, path)
    except FileExistsError:
        files.sync_folder(os.path.dirname(path))
        return False
    return True


def _nanoseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def _modified(path: str) -> datetime:
    return EPOCH + timedelta(microseconds=os.stat(path).st_mtime_ns // 1000)
