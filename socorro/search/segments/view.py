"""The files that one search reads, as they are now, and the hours that it lacks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from socorro.search.interface import Problem, Query
from socorro.search.segments import layout, listing, problems
from socorro.search.segments.inspection import Identity, Inspection
from socorro.search.segments.layout import CRASH_ID, ESTIMATED, SUBMITTED, Visibility
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
        return [
            file for files in (*self.public.values(), *self.protected.values()) for file in files
        ]

    def source(self, hours: Collection[datetime] | None = None) -> Source:
        """Return the rows of these hours; None is all of the query."""
        return Source(
            self.query.start,
            self.query.end,
            self._groups("public", self.public, hours),
            self._groups("protected", self.protected, hours),
        )

    def _groups(
        self, visibility: Visibility, files: Files, hours: Collection[datetime] | None
    ) -> list[Group]:
        selected = [
            file for hour in files if hours is None or hour in hours for file in files[hour]
        ]
        return self.inspection.groups(selected, self.names, visibility)[0]


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
    files = {hour: inspection.identities(paths) for hour, paths in listed.hours.items()}
    inspection.read(duck, [file for hour in files for file in files[hour]])
    readable, without = {}, set(listed.gaps)
    for hour, candidates in files.items():
        damaged = inspection.groups(candidates, names, visibility)[1]
        good = [file for file in candidates if file not in damaged]
        if damaged:
            without.add(hour)
        if good:
            readable[hour] = good
    return readable, without
