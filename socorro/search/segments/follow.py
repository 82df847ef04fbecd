"""Brings the column files up to date with the notes of hours that changed; finds missing files."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg2

from socorro.postgres import Database
from socorro.search import notes
from socorro.search.segments import layout
from socorro.search.segments.layout import ONE_HOUR
from socorro.search.segments.writer import SegmentsUnwritable, Writer, days, segments_of

ENGINE: Final = "segments"
AT_ONCE: Final = 100  # notes read at a time
FRESH_SECONDS: Final = 5.0  # after so long, the latest hour may have changed again
LONGEST: Final = timedelta(weeks=30)  # looked back for gaps


@dataclass
class Followed:
    """What was done: hours and reports written; hours that failed, with the last error."""

    hours: int = 0
    reports: int = 0
    failed: set[datetime] = field(default_factory=set)
    error: Exception | None = None


def follow(
    database: Database,
    writer: Writer,
    seconds: float,
    on_hour: Callable[[datetime], None] = lambda _: None,
) -> Followed:
    """Write the hours that changed, the latest first, until none is left or *seconds* are over.

    An hour that fails keeps its note, and the others are written. Raises SegmentsUnwritable, and
    psycopg2.Error when Postgres is away: then no hour can be written.
    """
    result, deadline = Followed(), time.monotonic() + seconds
    while waiting := _take(database, result):
        fresh = time.monotonic() + FRESH_SECONDS
        for note in waiting:
            _write(database, writer, note, result)
            on_hour(note.hour)
            if time.monotonic() > deadline:
                return result
            if time.monotonic() > fresh:
                break
    return result


def note_missing(database: Database, root: Path, reports: bool) -> int:
    """Note the hours that have no file; return how many.

    These are gaps between files, and with *reports* also hours that have reports, which takes a
    look-up for each hour.
    """
    with database.transaction() as db:
        reported = notes.hours_with_reports(db) if reports else []
        absent = missing(hours(root), reported, notes.now(db))
        return notes.add(db, ENGINE, absent) if absent else 0


def missing(
    existing: Collection[datetime], reported: Collection[datetime], now: datetime
) -> list[datetime]:
    """Return the hours that should have a file and do not exist, in order.

    A clock that was wrong for a moment leaves a file far away: gaps end with *now*, and begin 30
    weeks before.
    """
    expected = {hour.astimezone(UTC) for hour in (*existing, *reported)}
    near = [hour for hour in expected if now - LONGEST <= hour <= now]
    if near:
        count = (max(near) - min(near)) // ONE_HOUR
        expected |= {min(near) + number * ONE_HOUR for number in range(count)}
    return sorted(expected - set(existing))


def hours(root: Path) -> set[datetime]:
    """Return the hours that a public file has, or a tail."""
    return {hour for folder in days(root, "public") for hour in layout.places(segments_of(folder))}


def _take(database: Database, result: Followed) -> list[notes.Note]:
    with database.transaction() as db:
        waiting = notes.take(db, ENGINE, AT_ONCE + len(result.failed))
    return [note for note in waiting if note.hour not in result.failed]


def _write(database: Database, writer: Writer, note: notes.Note, result: Followed) -> None:
    try:
        result.reports += writer.write_hour(database, note.hour, note.read_at)
        with database.transaction() as db:
            notes.done(db, ENGINE, note)
        result.hours += 1
    except (SegmentsUnwritable, psycopg2.Error):
        raise
    except Exception as error:
        result.failed.add(note.hour)
        result.error = error
