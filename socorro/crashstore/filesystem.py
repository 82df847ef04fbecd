"""The crash store in a folder: one file per crash, committed by one link(2).

    crashes/<yymmdd>/<first 2 digits>/<crash id>.zip       raw crash and dumps, never changed
    crashes/<yymmdd>/<first 2 digits>/<crash id>.json.gz   the processed crash
    waiting/<yymmdd>/<HHMMSS.ffffff>.<crash id>            not queued yet
    counters/<yymmdd>                                      "HHMM" of each put, advisory
    drafts/                                                being written

A put writes and syncs a draft, gives it a name in `waiting`, then its final name: where that is
taken the earlier crash stays. So a put that is killed leaves only a draft and perhaps a name in
`waiting`; neither is shown, both are swept after a day. Creating files is slow on a busy disk, so
a put creates only one. Any unzip opens it.

The modification time of the .zip is the time of submission, so that a day is listed without
opening a file: copy a store with times preserved (rsync -a). When a time was lost (its day is not
the one in the id) the JSON inside gives it. Needs a local file system with hard links (ext4, XFS).
"""

import gzip
import io
import os
import secrets
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from socorro import files, log, quick_json
from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.archive import RAW_MEMBER, dump_names, member_of, pack
from socorro.crashstore.interface import (
    CrashNotFound,
    Level,
    StoreUnavailable,
    Waiting,
)
from socorro.crashstore.limits import (
    DANGLES_FOR,
    LENGTH,
    check_processed,
    check_raw,
    span,
)
from socorro.crashstore.waiting_folder import WaitingFolder

RAW: Final = ".zip"
PROCESSED: Final = ".json.gz"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_FOLDER: Final = "crash store: its folder is missing (is the disk mounted?)"
_RECORD: Final = len("HHMM\n")
_LEVEL: Final = 2  # of gzip: a tenth larger than at level 4, in half the time


class FilesystemStore:
    """A CrashStore below *root*; *now* returns the time in seconds since 1970."""

    def __init__(self, root: Path, *, now: Callable[[], float] = time.time) -> None:
        self._root = root
        self._crashes = root / "crashes"
        self._drafts = root / "drafts"
        self._counters = root / "counters"
        self._waiting = WaitingFolder(root / "waiting")
        self._now = now
        with suppress(StoreUnavailable):  # the disk may be mounted later; every method checks
            self.create()

    def create(self) -> None:
        """See CrashStore. Drafts that were never committed are swept."""
        with _disk():
            for folder in (self._crashes, self._drafts, self._counters, self._root / "waiting"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            for draft in self._drafts.iterdir():
                with suppress(FileNotFoundError):
                    if self._is_old(draft.stat().st_ctime):
                        draft.unlink()

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        """See CrashStore."""
        path = self._path(raw.crash_id, RAW)
        with _disk():
            if files.exists(path):
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
            self._count(raw.submitted)
        return is_new

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """See CrashStore."""
        with self._archive(crash_id) as archive:
            return RawCrash.from_json(archive.read(RAW_MEMBER))

    def dump_names(self, crash_id: CrashId) -> list[str]:
        """See CrashStore."""
        with self._archive(crash_id) as archive:
            return dump_names(archive.namelist())

    def get_dump(self, crash_id: CrashId, name: str) -> bytes:
        """See CrashStore."""
        with self._archive(crash_id) as archive:
            try:
                return archive.read(member_of(name))
            except KeyError:
                raise CrashNotFound(f"{crash_id}: no dump of that name") from None

    def get_crash(
        self, crash_id: CrashId, choose: Callable[[list[str]], Sequence[str]]
    ) -> tuple[RawCrash, dict[str, bytes]]:
        """See CrashStore."""
        with self._archive(crash_id, whole=True) as archive:
            raw = RawCrash.from_json(archive.read(RAW_MEMBER))
            chosen = choose(dump_names(archive.namelist()))
            return raw, {name: archive.read(member_of(name)) for name in chosen}

    def put_processed(self, crash_id: CrashId, processed: Processed) -> None:
        """See CrashStore."""
        with _disk():
            if not files.exists(self._path(crash_id, RAW)):
                raise self._not_found(str(crash_id))
            text = gzip.compress(quick_json.dumps(processed), compresslevel=_LEVEL)
            check_processed(text)
            with self._draft(text) as draft:
                files.replace(draft, self._path(crash_id, PROCESSED))

    def get_processed(self, crash_id: CrashId) -> Processed:
        """See CrashStore."""
        with _disk():
            try:
                text = Path(self._path(crash_id, PROCESSED)).read_bytes()
            except FileNotFoundError:
                raise self._not_found(f"{crash_id}: not processed") from None
        processed: Processed = quick_json.loads(gzip.decompress(text))
        return processed

    def waiting(self, limit: int = 1000) -> Iterator[Waiting]:
        """See CrashStore."""
        with _disk():
            self._require_folder()
            yield from islice(self._committed(self._waiting.entries(max(1, limit))), limit)
            self._waiting.drop_empty(f"{datetime.fromtimestamp(self._now(), UTC):%y%m%d}")

    def forget_waiting(self, entries: Iterable[Waiting]) -> None:
        """See CrashStore."""
        with _disk():
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
        with _disk():
            self._require_folder()
            # The raw crash last: after a kill the crash is still listed and can be deleted again.
            files.drop(self._path(crash_id, PROCESSED))
            with suppress(FileNotFoundError):
                self._waiting.remove(Waiting(crash_id, self._submitted(crash_id, path)))
            files.drop(path)
            with suppress(OSError):  # others are in the same folders
                folder = Path(path).parent
                folder.rmdir()
                folder.parent.rmdir()

    def counters(self, level: Level, start: datetime, end: datetime) -> dict[datetime, int]:
        """See CrashStore."""
        counted: Counter[datetime] = Counter()
        day = span("day", start)
        with _disk():
            while day < end:
                counted.update(self._counted(level, day))
                day += LENGTH["day"]
        first = span(level, start)
        return {at: counted[at] for at in sorted(counted) if first <= at < end}

    def check(self) -> None:
        """See CrashStore."""
        data = secrets.token_bytes(16)
        with _disk(), self._draft(data) as draft:
            self._require_folder()
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
    def _archive(self, crash_id: CrashId, whole: bool = False) -> Iterator[zipfile.ZipFile]:
        """Open a crash; *whole* reads all of the file at once."""
        path = self._path(crash_id, RAW)
        with _disk():
            try:
                file = io.BytesIO(Path(path).read_bytes()) if whole else path
                with zipfile.ZipFile(file) as archive:
                    yield archive
            except FileNotFoundError:
                raise self._not_found(str(crash_id)) from None
            except (zipfile.BadZipFile, zlib.error):
                raise CrashNotFound(f"{crash_id}: the file is damaged") from None

    def _submitted(self, crash_id: CrashId, path: str) -> datetime:
        """Return when the crash at *path* was submitted. Raises FileNotFoundError."""
        at = _modified(path)
        if f"{at:%y%m%d}" == crash_id[-6:]:
            return at
        return self._submitted_inside(path)

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
        """Return whether the entry stands for the crash at *path*."""
        try:
            is_same = _modified(path) == entry.submitted
            return is_same or self._submitted_inside(path) == entry.submitted
        except (FileNotFoundError, zipfile.BadZipFile):
            return False

    def _listed(self, start: datetime, end: datetime) -> Iterator[tuple[CrashId, bool]]:
        """Yield crashes submitted in [start, end), oldest first, and whether processed."""
        first, last = f"{start.astimezone(UTC):%y%m%d}", f"{end.astimezone(UTC):%y%m%d}"
        with _disk():
            days = sorted(day for day in self._crashes.iterdir() if first <= day.name <= last)
        for day in days:
            with _disk():
                crashes = sorted(self._of_day(day))
            for at, crash_id, done in crashes:
                if start <= at < end:
                    yield crash_id, done

    def _of_day(self, folder: Path) -> Iterator[tuple[datetime, CrashId, bool]]:
        for part in os.scandir(folder):
            entries = {entry.name: entry for entry in os.scandir(part)}
            for name, entry in entries.items():
                if name.endswith(RAW):
                    crash_id = CrashId(name.removesuffix(RAW))
                    with suppress(FileNotFoundError, zipfile.BadZipFile):  # deleted, damaged
                        at = self._submitted(crash_id, entry.path)
                        yield at, crash_id, crash_id + PROCESSED in entries

    def _counted(self, level: Level, day: datetime) -> Mapping[datetime, int]:
        path = self._counters / f"{day:%y%m%d}"
        try:
            if level == "day":
                return {day: path.stat().st_size // _RECORD}
            records = Counter(path.read_text().split())
        except FileNotFoundError:
            return {}
        counted: Counter[datetime] = Counter()
        for record, count in records.items():
            at = day + timedelta(hours=int(record[:2]), minutes=int(record[2:]))
            counted[span(level, at)] += count
        return counted

    def _count(self, submitted: datetime) -> None:
        at = submitted.astimezone(UTC)
        try:
            files.append(f"{self._counters}/{at:%y%m%d}", f"{at:%H%M}\n".encode())
        except OSError as error:
            log.get().warning("crash stored but not counted", error=error.strerror)

    def _not_found(self, what: str) -> Exception:
        """Return CrashNotFound, or StoreUnavailable when the whole folder is missing."""
        return CrashNotFound(what) if self._crashes.is_dir() else StoreUnavailable(NO_FOLDER)

    def _require_folder(self) -> None:
        if not self._crashes.is_dir():
            raise StoreUnavailable(NO_FOLDER)

    def _is_old(self, written: float) -> bool:
        return written < self._now() - DANGLES_FOR.total_seconds()


@contextmanager
def _disk() -> Iterator[None]:
    """Turn errors of the operating system into StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"crash store: {error.strerror}") from None


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
