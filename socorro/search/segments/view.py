"""The files that one search reads, as they are now, and the hours that it lacks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from socorro.search.interface import Problem, Query
from socorro.search.segments import layout, listing, problems
from socorro.search.segments.inspection import Hours, Identity, Inspection
from socorro.search.segments.layout import (
    CRASH_ID,
    ESTIMATED,
    ONE_HOUR,
    SUBMITTED,
    Visibility,
)
from socorro.search.segments.statement import Group, Source

Files = Mapping[datetime, Sequence[Identity]]


class View(NamedTuple):
    """The readable files by hour, the columns that the query needs, and what is wrong."""

    query: Query
    names: Collection[str]
    public: Files
    protected: Files
    inspection: Inspection
    problems: Sequence[Problem]

    def files(self) -> list[Identity]:
        """Return every file that the query reads."""
        files = [
            file for files in (*self.public.values(), *self.protected.values()) for file in files
        ]
        return list(dict.fromkeys(files))  # the file of a day is that of each of its hours

    def days(self) -> frozenset[datetime]:
        """Return the midnights of the days, UTC, of which crashes are read from a day's file."""
        return frozenset(
            hour.replace(hour=0)
            for hour, files in self.public.items()
            if any(file.path.endswith(layout.DAY_FILE) for file in files)
        )

    def source(self, hours: Collection[datetime] | None = None) -> Source:
        """Return the rows of these hours; None is all of the query."""
        return Source(
            self.query.start,
            self.query.end,
            self._groups(self.public, hours),
            self._groups(self.protected, hours),
        )

    def _groups(self, files: Files, hours: Collection[datetime] | None) -> list[Group]:
        selected: dict[Identity, list[datetime]] = {}
        for hour in files:
            for file in files[hour] if hours is None or hour in hours else ():
                selected.setdefault(file, []).append(hour)
        return self.inspection.groups(
            {file: self._some(file, selected[file]) for file in selected}, self.names
        )

    def _some(self, file: Identity, selected: Sequence[datetime]) -> tuple[Hours, bool]:
        """Return the hours of which rows are read, None for all; and whether time limits them."""
        segment = layout.parse(Path(file.path))
        if not segment:
            return None, True
        span = ONE_HOUR * (layout.HOURS if segment.is_day else 1)
        is_edge = segment.hour < self.query.start or segment.hour + span > self.query.end
        return self._hours(segment, selected), is_edge

    def _hours(self, segment: layout.Segment, selected: Sequence[datetime]) -> Hours:
        if not segment.is_day:
            return None
        first, last = layout.hour_of(self.query.start), self.query.end.astimezone(UTC)
        day = (segment.hour + number * ONE_HOUR for number in range(layout.HOURS))
        whole = sum(first <= hour < last for hour in day)
        return None if len(selected) == whole else tuple(selected)


def look(
    duck: duckdb.DuckDBPyConnection,
    root: Path,
    query: Query,
    inspection: Inspection,
    waiting: Collection[datetime],
) -> View:
    """List and inspect the files of a query.

    *waiting* are the hours whose newest crashes are in no file yet. Raises FileNotFoundError when
    a file goes away meanwhile, SearchUnavailable when a folder cannot be read.
    """
    names = {CRASH_ID, SUBMITTED, ESTIMATED} | {layout.column(field) for field in query.fields()}
    public, without = _readable(duck, root, "public", query, inspection, names)
    wrong = problems.missing(without) + problems.late(set(waiting) - without)
    protected: Files = {}
    if query.protected:
        protected, _ = _readable(duck, root, "protected", query, inspection, names)
        wrong += problems.unprotected(public.keys() - protected.keys())
    return View(query, names, public, protected, inspection, wrong)


def look_at_nothing(query: Query, inspection: Inspection) -> View:
    """Return the view of a folder that does not exist yet."""
    return View(query, frozenset(), {}, {}, inspection, [])


def _readable(
    duck: duckdb.DuckDBPyConnection,
    root: Path,
    visibility: Visibility,
    query: Query,
    inspection: Inspection,
    names: Collection[str],
) -> tuple[Files, set[datetime]]:
    """Return the readable files by hour, and the hours that lack one or have a damaged one."""
    listed = listing.scan(root, visibility, query.start, query.end)
    paths = list(dict.fromkeys(path for paths in listed.hours.values() for path in paths))
    files = dict(zip(paths, inspection.identities(paths), strict=True))
    inspection.read(duck, list(files.values()))
    damaged = inspection.find_damaged(files.values(), names, visibility)
    readable, without = {}, set(listed.gaps)
    for hour, candidates in listed.hours.items():
        good = [files[path] for path in candidates if files[path] not in damaged]
        if len(good) < len(candidates):
            without.add(hour)
        if good:
            readable[hour] = good
    return readable, without
