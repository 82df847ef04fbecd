"""Merges the files of the hours of a day that is over into one: each file costs every search.

All rows are sorted by signature; what does not fit in memory is put beside the draft meanwhile,
five to six times the size of the day's file. That file is written first and those of its hours are
removed then, under the lock of writers; when an hour changed meanwhile, all is left as it was.
Killed anywhere, the day is merged again. An hour that changes later gets a file of its own, which
counts instead of its rows in the file of the day, until the next merge puts it there.
"""

import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from socorro.files import drop, replace
from socorro.search.segments import layout
from socorro.search.segments.layout import HOURS, ONE_HOUR
from socorro.search.segments.rewrite import Inputs, WrongColumn, is_damaged, rewrite
from socorro.search.segments.writer import Writer, days, segments_of

QUIET: Final = timedelta(hours=1)  # of a day that is merged for the first time
QUIET_AGAIN: Final = timedelta(days=1)  # of one that was: all of it is read and written again
_MERGING: Final = ".merging"

States = Mapping[Path, tuple[int, int, int]]  # inode, nanoseconds of the last change, bytes


class Day(NamedTuple):
    """A day that can be merged: its midnight, UTC, and where each hour is read from, in order."""

    midnight: datetime
    places: Mapping[datetime, tuple[Path, ...]]

    def inputs(self) -> Inputs:
        """Return the files of hours, and the file of the day where it still has any."""
        own = {hour: paths for hour, paths in self.places.items() if not _is_day(paths[0])}
        merged = [paths[0] for paths in self.places.values() if _is_day(paths[0])]
        files = [path for paths in own.values() for path in paths]
        return Inputs(files, merged[0] if merged else None, tuple(own) if merged else ())


class Merged(NamedTuple):
    """What a merge came to: rows of the day, or the hours whose files have to be written again."""

    rows: int
    damaged: Collection[datetime] = ()


def mergeable(root: Path, now: datetime) -> Iterator[Day]:
    """Yield the days that are over, have all their hours, and did not change for a while."""
    for folder in days(root, "public"):
        segments = segments_of(folder)
        places = layout.places(segments)
        own = [segment.path for segment in segments if not segment.is_day]
        if not own or len(places) < HOURS or min(places) + HOURS * ONE_HOUR > now:
            continue
        quiet = QUIET if len(own) == len(segments) else QUIET_AGAIN
        if _last_change(own) + quiet.total_seconds() <= now.timestamp():
            yield Day(min(places), places)


def merge(root: Path, day: Day, writer: Writer) -> Merged | None:
    """Put one file in the place of a day's; return None when an hour changed meanwhile.

    When a file cannot be read, nothing is merged. Raises SegmentsUnwritable, and duckdb.Error.
    """
    inputs = day.inputs()
    files = [*inputs.files, *([inputs.day] if inputs.day else [])]
    with writer.explained(), _draft(root) as draft:
        before = _states(files)
        try:
            rows = rewrite(inputs, draft, "public", spill=draft.parent)
        except (duckdb.Error, WrongColumn):
            if _states(files) != before or len(before) < len(files):
                return None
            if damaged := _damaged(day):
                return Merged(0, damaged)
            raise
        with writer.locked():
            if _states(files) != before:
                return None
            replace(str(draft), str(layout.day_file(root, day.midnight)))
            for path in inputs.files:
                drop(str(path))
    return Merged(rows)


@contextmanager
def _draft(root: Path) -> Iterator[Path]:
    """Yield a path beside the segments; what a merge that was killed left is removed."""
    folder = root / _MERGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder / f"{secrets.token_hex(8)}.parquet"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _damaged(day: Day) -> list[datetime]:
    paths = {path for paths in day.places.values() for path in paths}
    damaged = {path for path in paths if is_damaged(path, "public")}
    return [hour for hour, places in day.places.items() if not damaged.isdisjoint(places)]


def _states(files: Collection[Path]) -> States:
    """Return the states of the files that exist."""
    states = {}
    for path in files:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        states[path] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return states


def _last_change(files: Collection[Path]) -> float:
    return max((state[1] / 1e9 for state in _states(files).values()), default=0.0)


def _is_day(path: Path) -> bool:
    segment = layout.parse(path)
    return segment is not None and segment.is_day
