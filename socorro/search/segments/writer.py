"""Writes the column files of an hour from its reports in Postgres.

    Postgres -> COPY of one snapshot -> CSV draft -> DuckDB -> Parquet draft -> sync -> rename

A reader sees the old file or the new one. Killed anywhere, the hour is written again: its note is
taken away last. One writer at a time works in a folder, by a lock that ends with its process.

An hour that is over is one file, and so is a running one with few reports. A running hour with many
is written in slices of five minutes, of which only those that changed are written again; a while
after its end they are replaced by one file. Where both exist, the whole file counts.
"""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from socorro.files import drop, replace, write_new
from socorro.postgres import Connection, Database
from socorro.search import source
from socorro.search.segments import layout
from socorro.search.segments.convert import SOURCES, convert, fingerprint_of
from socorro.search.segments.layout import ONE_HOUR, Segment, Visibility

GRACE: Final = timedelta(minutes=10)  # after its end an hour still gets many crashes
FEW: Final = 20_000  # reports that are written at once
SLICE: Final = timedelta(minutes=5)
ORDER: Final[tuple[Visibility, ...]] = ("protected", "public")
_DRAFTS: Final = ".drafts"
_LOCK: Final = ".lock"


class SegmentsUnwritable(Exception):
    """The folder of segments cannot be written; the text says why and what to do."""


class Writer:
    """Writes below the folder *root*, which it creates. One thread uses it."""

    def __init__(self, root: Path, few: int = FEW) -> None:
        self._root, self._few = root, few
        self._empty: dict[Visibility, bytes] = {}  # the file of an hour without rows

    def write_hour(self, database: Database, hour: datetime, now: datetime) -> int:
        """Make the files of *hour* from its reports; return how many reports were written.

        Raises SegmentsUnwritable.
        """
        end = hour + ONE_HOUR
        with self.locked(), source.snapshot(database) as db:
            dropped = source.dropped(db)
            if dropped.reports and hour < dropped.reports:
                self._remove(hour)
                return 0
            reports = source.count(db, hour, end)
            if reports > self._few and now < end + GRACE:
                return self._write_slices(db, hour)
            path = partial(layout.hour_file, self._root, hour=hour)
            for visibility in ORDER:
                if visibility == "protected" and dropped.personal and hour < dropped.personal:
                    drop(str(path(visibility)))
                else:
                    self._write(db, hour, end, visibility, path(visibility), "")
            self._remove_tails(hour, but=set())
            return reports

    def drop_days(self, dropped: source.Dropped) -> int:
        """Remove the days whose reports, or personal data, were dropped; return how many."""
        going = expired(self._root, dropped)
        if going:
            with self.locked():
                for folder in going:
                    shutil.rmtree(folder)
        return len(going)

    def _write_slices(self, db: Connection, hour: datetime) -> int:
        """Write the slices that changed."""
        pieces = source.slices(db, hour, hour + ONE_HOUR, int(SLICE.total_seconds()))
        written = 0
        for piece in pieces:
            path = partial(layout.tail_file, self._root, hour=hour, number=piece.number)
            if fingerprint_of(path("public")) == piece.fingerprint:
                continue
            start = hour + piece.number * SLICE
            for visibility in ORDER:
                self._write(
                    db, start, start + SLICE, visibility, path(visibility), piece.fingerprint
                )
            written += piece.reports
        self._remove_tails(hour, but={piece.number for piece in pieces})
        for visibility in ORDER[::-1]:  # readers take the whole file while the public one exists
            drop(str(layout.hour_file(self._root, visibility, hour)))
        return written

    def _write(
        self, db: Connection, start: datetime, end: datetime, visibility: Visibility, path: Path,
        fingerprint: str,
    ) -> None:  # fmt: skip
        """Write one file from the reports of [start, end), with or without rows."""
        name = secrets.token_hex(8)
        rows, draft = (self._root / _DRAFTS / f"{name}.{ending}" for ending in ("csv", "parquet"))
        try:
            with rows.open("xb") as file:
                source.copy(db, SOURCES[visibility], start, end, file)
            is_empty = rows.stat().st_size == 0
            if is_empty and visibility in self._empty:
                write_new(str(draft), self._empty[visibility])
                draft.chmod(layout.FILE_MODES[visibility])
            else:
                convert(rows, draft, visibility, fingerprint)
            if is_empty and not fingerprint:
                self._empty[visibility] = draft.read_bytes()  # a quiet site has many of them
            layout.make_folder(path, visibility)
            replace(str(draft), str(path))
        finally:
            drop(str(rows))
            drop(str(draft))

    def _remove(self, hour: datetime) -> None:
        self._remove_tails(hour, but=set())
        for visibility in ORDER:
            drop(str(layout.hour_file(self._root, visibility, hour)))

    def _remove_tails(self, hour: datetime, but: set[int]) -> None:
        for visibility in ORDER:
            for segment in segments_of(layout.folder(self._root, visibility, hour)):
                if segment.hour == hour and segment.tail is not None and segment.tail not in but:
                    drop(str(segment.path))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer, with an empty folder for drafts. Raises SegmentsUnwritable."""
        with self.explained():
            self._root.mkdir(mode=0o750, parents=True, exist_ok=True)
            with (self._root / _LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                drafts = self._root / _DRAFTS
                shutil.rmtree(drafts, ignore_errors=True)  # of a writer that was killed
                drafts.mkdir(mode=0o700)
                yield

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise SegmentsUnwritable, with what to do, for errors of the disk."""
        try:
            yield
        except (OSError, duckdb.IOException) as error:
            raise SegmentsUnwritable(self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
        reason = reason or next(
            (os.strerror(code) for code in _USUAL if os.strerror(code) in str(error)), "I/O error"
        )
        return (
            f"the folder of search files, {self._root}, cannot be written ({reason}): make room or"
            " set SOCORRO_SEARCH_FOLDER; the hours stay noted and are written then"
        )


_USUAL: Final = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO)


def days(root: Path, visibility: Visibility) -> list[Path]:
    """Return the folders of days, oldest first."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(
            path for path in (root / visibility).iterdir() if layout.DAY.fullmatch(path.name)
        )
    return []


def segments_of(folder: Path) -> list[Segment]:
    """Return the segments of the folder of a day."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return [segment for path in folder.iterdir() if (segment := layout.parse(path))]
    return []


def expired(root: Path, dropped: source.Dropped) -> list[Path]:
    """Return the folders of days whose reports, or personal data, were dropped."""
    limits: dict[Visibility, datetime | None] = {
        "public": dropped.reports, "protected": dropped.personal or dropped.reports,
    }  # fmt: skip
    return [
        folder
        for visibility, before in limits.items()
        for folder in days(root, visibility)
        if before and folder.name < before.date().isoformat()
    ]
