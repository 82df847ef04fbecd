"""The notes of hours that an engine has not read since they changed (table search_hours).

An engine takes a note, reads the hour's reports in a transaction that begins after that, and then
says that it is done. An hour that changed meanwhile keeps its note, and is read again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from socorro.postgres import Connection, column, execute, load_sql, rows, value
from socorro.search.config import EngineName

SQL = load_sql(__file__)
EARLIEST: Final = "-infinity"
LATEST: Final = "infinity"


class Note(NamedTuple):
    """One hour that changed; *note* is the transaction that noted it, *read_at* Postgres's time."""

    hour: datetime
    noted_at: datetime
    note: str
    read_at: datetime


class Lag(NamedTuple):
    """How far an engine is behind: hours that it has to read, and since when the oldest waits."""

    hours: int
    oldest: datetime | None
    seconds: float


def has_notes(db: Connection, engine: EngineName) -> bool:
    """Return whether any hour waits for the engine, noted or only marked."""
    return bool(value(db, SQL["has_notes"], engine=engine))


def take(db: Connection, engine: EngineName, most: int) -> list[Note]:
    """Note what is marked, and return up to *most* notes of the engine, the latest hour first.

    Commit before reading any of them.
    """
    execute(db, SQL["take_marked"])
    return rows(db, SQL["notes"], Note, engine=engine, most=most)


def done(db: Connection, engine: EngineName, note: Note) -> bool:
    """Take the note away; return False, and keep it, when the hour changed since it was read."""
    return bool(
        value(db, SQL["done"], engine=engine, hour=note.hour, note=note.note, read_at=note.read_at)
    )


def add(db: Connection, engine: EngineName, hours: Sequence[datetime]) -> int:
    """Note hours for the engine; return how many."""
    return int(value(db, SQL["add"], engine=engine, hours=list(hours)) or 0)


def late_hours(db: Connection, engine: EngineName) -> list[datetime]:
    """Return the hours that changed and the engine has not read, oldest first."""
    return column(db, SQL["late_hours"], engine=engine)


def lag(db: Connection, engine: EngineName) -> Lag:
    """Return how far the engine is behind."""
    [answer] = rows(db, SQL["lag"], Lag, engine=engine)
    return answer


def hours_with_reports(
    db: Connection, first: datetime | str = EARLIEST, after: datetime | str = LATEST
) -> list[datetime]:
    """Return the hours of submission in [first, after) that have reports, oldest first."""
    return column(db, SQL["hours_with_reports"], first=first, after=after)


def forget(db: Connection, before: datetime) -> int:
    """Remove the notes of hours before a moment, whose reports are gone; return how many."""
    return execute(db, SQL["forget"], before=before)


def has_reports(db: Connection) -> bool:
    """Return whether there is any report."""
    return bool(value(db, SQL["has_reports"]))


def now(db: Connection) -> datetime:
    """Return Postgres's time."""
    moment: datetime = value(db, SQL["now"])
    return moment
