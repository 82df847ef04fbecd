"""Brings Elasticsearch up to date with the notes of hours that changed."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from socorro.postgres import Connection, Database
from socorro.search import notes, source
from socorro.search.elasticsearch.bulk import Fed
from socorro.search.elasticsearch.feeder import Feeder

ENGINE: Final = "elasticsearch"
_AT_ONCE: Final = 100  # notes read at a time
_READ: Final = 500  # reports read at a time
_ONE_HOUR: Final = timedelta(hours=1)


def follow(database: Database, feeder: Feeder, seconds: float) -> Fed:
    """Feed the hours that changed, the latest first, until none is left or *seconds* are over.

    Raises SearchUnavailable, and psycopg2.Error when Postgres is away: the hour keeps its note.
    """
    fed, deadline = Fed(), time.monotonic() + seconds
    while waiting := _take(database):
        for note in waiting:
            with source.snapshot(database) as db:
                fed = fed.plus(feeder.feed_hour(note.hour, rows_of(db, note.hour)))
            with database.transaction() as db:
                notes.done(db, ENGINE, note)
            if time.monotonic() > deadline:
                return fed
    return fed


def rows_of(db: Connection, hour: datetime) -> Iterator[dict[str, Any]]:
    """Return the reports of an hour, their values by name of the field."""
    protected = {row["crash_id"]: row for row in _read(db, "protected", hour)}
    for row in _read(db, "reports", hour):
        others = row.pop(source.FIELDS) or {}
        yield others | row | protected.get(row["crash_id"], {})


def _take(database: Database) -> list[notes.Note]:
    with database.transaction() as db:
        return notes.take(db, ENGINE, _AT_ONCE)


def _read(db: Connection, kind: source.Kind, hour: datetime) -> Iterator[dict[str, Any]]:
    with db.cursor() as cursor:
        cursor.execute(source.SQL[kind], {"start": hour, "end": hour + _ONE_HOUR})
        assert cursor.description is not None  # noqa: S101  # a SELECT
        names = [column.name for column in cursor.description]
        while some := cursor.fetchmany(_READ):
            for values in some:
                row = dict(zip(names, values, strict=True))
                yield row | {"crash_id": str(row["crash_id"])}
