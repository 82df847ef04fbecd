"""An hour that changed is noted for each engine until the engine has read it; none is lost."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from socorro.postgres import Connection, Database
from socorro.search import notes, source
from socorro.search.catalog import catalog
from tests.sql.rows import HOUR, NOON, mark, query, report


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    """A connection that commits each statement."""
    connection = database.connect()
    connection.autocommit = True
    yield connection
    connection.close()


def hours(db: Connection, engine: notes.EngineName = "segments") -> list[datetime]:
    return [note.hour for note in notes.take(db, engine, 10)]


def test_a_report_notes_its_hour_for_each_engine_and_is_counted_too(db: Connection) -> None:
    report(db, NOON)
    report(db, NOON + HOUR)

    assert notes.has_notes(db, "segments")
    assert hours(db) == [NOON + HOUR, NOON]
    assert hours(db, "elasticsearch") == [NOON + HOUR, NOON]
    assert query(db, "SELECT hour FROM hours_to_count ORDER BY 1") == [(NOON,), (NOON + HOUR,)]


def test_counting_a_day_again_notes_its_hours(db: Connection) -> None:
    mark(db, NOON)

    query(db, "SELECT take_marks(%s, %s)", NOON - HOUR, NOON + HOUR)

    assert hours(db) == [NOON]


def test_what_one_engine_has_read_the_other_has_not(db: Connection) -> None:
    mark(db, NOON)
    [note] = notes.take(db, "segments", 10)

    assert notes.done(db, "segments", note)

    assert not notes.has_notes(db, "segments")
    assert hours(db) == []
    assert hours(db, "elasticsearch") == [NOON]


def test_an_hour_that_changes_while_it_is_read_keeps_its_note(db: Connection) -> None:
    mark(db, NOON)
    [note] = notes.take(db, "segments", 10)
    mark(db, NOON)
    [again] = notes.take(db, "segments", 10)

    assert not notes.done(db, "segments", note)
    assert hours(db) == [NOON]
    assert notes.done(db, "segments", again)
    assert hours(db) == []


def test_an_hour_that_changes_all_the_time_is_not_late_since_ever(db: Connection) -> None:
    mark(db, NOON)
    query(db, "SELECT take_marked_hours()")
    query(db, "UPDATE search_hours SET noted_at = now() - interval '1 hour'")
    [note] = notes.take(db, "segments", 10)
    mark(db, NOON)
    query(db, "SELECT take_marked_hours()")

    assert notes.lag(db, "segments").seconds >= 3600
    notes.done(db, "segments", note)

    assert notes.lag(db, "segments").seconds < 60
    assert notes.lag(db, "segments").hours == 1


def test_lag_begins_with_the_mark(db: Connection) -> None:
    assert notes.lag(db, "segments") == (0, None, 0.0)
    mark(db, NOON)
    query(db, "UPDATE changed_hours SET marked_at = now() - interval '90 seconds'")

    lag = notes.lag(db, "segments")

    assert (lag.hours, 90 <= lag.seconds < 150) == (1, True)
    assert notes.late_hours(db, "segments") == [NOON]


def test_hours_are_noted_again_and_old_notes_removed(db: Connection) -> None:
    assert notes.add(db, "segments", [NOON, NOON + timedelta(minutes=5), NOON - HOUR]) == 2
    assert notes.add(db, "segments", []) == 0
    assert hours(db, "elasticsearch") == []

    assert notes.forget(db, NOON) == 1
    assert hours(db) == [NOON]


def test_hours_with_reports_are_those_and_no_others(db: Connection) -> None:
    assert notes.hours_with_reports(db) == []
    for at in (NOON, NOON + timedelta(minutes=59), NOON + 30 * HOUR, NOON - 200 * HOUR):
        report(db, at)

    assert notes.hours_with_reports(db) == [NOON - 200 * HOUR, NOON, NOON + 30 * HOUR]
    assert notes.hours_with_reports(db, NOON, NOON + 30 * HOUR) == [NOON]


def test_hours_of_dropped_weeks_have_no_reports_even_if_one_comes_again(db: Connection) -> None:
    week = 7 * 24 * HOUR
    report(db, NOON - week)
    report(db, NOON)
    query(db, "SELECT drop_partitions('reports', %s)", NOON)
    report(db, NOON - week)

    assert notes.hours_with_reports(db) == [NOON]


@pytest.mark.parametrize("kind", ["reports", "protected"])
def test_columns_are_those_of_the_statement(db: Connection, kind: source.Kind) -> None:
    with db.cursor() as cursor:
        cursor.execute(source.SQL[kind], {"start": NOON, "end": NOON})
        assert tuple(column.name for column in cursor.description or ()) == source.COLUMNS[kind]


def test_every_column_but_the_other_fields_is_a_field_of_search() -> None:
    columns = {*source.COLUMNS["reports"], *source.COLUMNS["protected"]} - {source.FIELDS}

    assert columns <= catalog().keys()
    protected = set(source.COLUMNS["protected"]) - {"crash_id"}
    assert protected == {field.name for field in catalog().values() if not field.public}


@pytest.mark.parametrize(
    ("crash_time", "install_time"),
    [(NOON, str(int(NOON.timestamp()) - 90)), ("infinity", ""), (None, "")],
)
def test_older_reports_have_a_time_of_installation_too(
    db: Connection, crash_time: object, install_time: str
) -> None:
    report(db, NOON, crash_time=crash_time, install_age=90)
    lines = io.BytesIO()

    source.copy(db, "reports", NOON, NOON + HOUR, lines)

    [row] = csv.reader(io.StringIO(lines.getvalue().decode()))
    assert row[source.COLUMNS["reports"].index("install_time")] == install_time


def test_a_reader_that_is_killed_leaves_the_note(database: Database, db: Connection) -> None:
    mark(db, NOON)
    reader = database.connect()
    [note] = notes.take(reader, "segments", 1)
    reader.commit()
    notes.done(reader, "segments", note)
    reader.close()  # as a kill does: without a commit

    assert hours(db) == [NOON]
