"""What the folder of column files has: hours, bytes, the last crash, what is missing."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from socorro.postgres import Connection
from socorro.search import notes
from socorro.search.segments import layout
from socorro.search.segments.follow import hours, missing
from socorro.search.segments.layout import VISIBILITIES
from socorro.search.segments.writer import days, segments_of


class Folder(NamedTuple):
    """The state of the folder; *last_crash* is the submission of the last crash in it.

    *missing* hours have no file, though reports or files around them.
    """

    hours: int
    bytes: int
    protected_bytes: int
    first_hour: datetime | None
    last_hour: datetime | None
    last_crash: datetime | None
    missing: int


def inspect(db: Connection, root: Path) -> Folder:
    """Return the state of the folder of segments."""
    existing = hours(root)
    size = {kind: _bytes(root, kind) for kind in VISIBILITIES}
    absent = missing(existing, notes.hours_with_reports(db), notes.now(db))
    return Folder(
        len(existing), size["public"], size["protected"], min(existing, default=None),
        max(existing, default=None), _last_crash(root, existing), len(absent),
    )  # fmt: skip


def _bytes(root: Path, visibility: layout.Visibility) -> int:
    total = 0
    for folder in days(root, visibility):
        for segment in segments_of(folder):
            with suppress(FileNotFoundError):  # replaced or removed meanwhile
                total += segment.path.stat().st_size
    return total


def _last_crash(root: Path, existing: set[datetime]) -> datetime | None:
    """Return the submission of the last crash; files of hours without crashes are empty."""
    with duckdb.connect(config=layout.LIMITS) as duck:
        duck.execute("SET TimeZone = 'UTC'")
        for hour in sorted(existing, reverse=True):
            places = layout.places(segments_of(layout.folder(root, "public", hour)))
            paths = [str(path) for path in places.get(hour, ())]
            with suppress(duckdb.Error):  # removed meanwhile, or damaged
                [(last,)] = duck.execute(
                    f"SELECT max({layout.SUBMITTED}) FROM read_parquet($paths)",
                    {"paths": paths},
                ).fetchall()
                if last:
                    moment: datetime = last
                    return moment
    return None
