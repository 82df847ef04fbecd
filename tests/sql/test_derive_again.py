"""What late crashes and late installs change is derived again, and nothing else."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.postgres import Connection, Database
from socorro.queries import explosive, versions
from socorro.queries.versions import Version
from tests.sql.rows import DAY, NOON, ONE_DAY, count, installs, mark, query, report

END = DAY + ONE_DAY


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    """Unlike the other tests of this folder, these commit."""
    connection = database.connect()
    connection.autocommit = True
    yield connection
    connection.close()


def firefox(db: Connection) -> list[Version]:
    return versions.find(db, "Firefox")


def reports(db: Connection, signature: str, number: int, **columns: object) -> None:
    at = columns.pop("at", NOON)
    for _ in range(number):
        report(db, at, signature=signature, **columns)  # type: ignore[arg-type]


def update(database: Database, today: date = DAY) -> list[tuple[str, date, int]]:
    return [tuple(done) for done in derived.update(database, today, UrlsConfig())]


def test_what_was_counted_is_derived_once_and_again_when_a_crash_comes_late(
    database: Database, db: Connection
) -> None:
    reports(db, "a", 3, at=NOON - ONE_DAY)
    reports(db, "a", 3)
    count(db)

    first = update(database)
    second = update(database)
    reports(db, "b", 1, at=NOON - ONE_DAY)
    count(db)
    late = update(database)

    assert [(name, day) for name, day, _ in first] == [
        ("builds", DAY - ONE_DAY), ("builds", DAY),
        ("explosiveness", DAY - ONE_DAY), ("explosiveness", DAY),
        ("rank_changes", DAY - ONE_DAY), ("rank_changes", DAY),
        ("null_signatures", DAY - ONE_DAY), ("null_signatures", DAY),
        ("flash", DAY - ONE_DAY), ("flash", DAY),
        ("urls", DAY - ONE_DAY), ("urls", DAY),
    ]  # fmt: skip
    assert second == []
    assert [(name, day) for name, day, _ in late if name in ("rank_changes", "urls")] == [
        ("rank_changes", DAY - ONE_DAY), ("rank_changes", DAY), ("urls", DAY - ONE_DAY)
    ]  # fmt: skip
    assert ("rank_changes", DAY - ONE_DAY, 2) in late


def test_installs_that_come_late_make_explosions_of_ten_days(
    database: Database, db: Connection
) -> None:
    first = DAY - timedelta(days=9)
    query(db, "SET timezone = 'UTC'")
    for back in range(10):
        installs(db, DAY - timedelta(days=back), 1_000_000)
        reports(db, "a", 40 if back == 0 else 10, at=NOON - timedelta(days=back),
                build_id="20261101031153")  # fmt: skip
    count(db)
    update(database)
    lacking = explosive.without_adi(db, firefox(db), DAY)
    for back in range(10):
        query(db, "SELECT update_adi(%s)", DAY - timedelta(days=back))
    done = update(database)
    explosions = explosive.explosive(db, firefox(db), DAY, least=0.5)

    assert [(row.version, len(row.days)) for row in lacking] == [("140.0", 10)]
    assert {name for name, _, _ in done} == {"explosiveness"}
    assert [day for _, day, _ in done] == [first + n * ONE_DAY for n in range(10)]
    assert [row[3:] for row in explosions] == [("a", 1.0, 0.33, 40, [10.0] * 9 + [40.0])]
    assert explosive.without_adi(db, firefox(db), DAY) == []
    assert explosive.last_day(db, END) == DAY
    assert explosive.explosive(db, firefox(db), DAY) == explosions  # 1.0 is the least that is shown


def test_a_day_that_is_counted_while_it_is_derived_stays_marked(
    database: Database, db: Connection
) -> None:
    reports(db, "a", 1)
    count(db)

    running = derived.update(database, DAY, UrlsConfig())
    next(running)
    mark(db, NOON)
    count(db)
    list(running)

    assert query(db, "SELECT day, what FROM days_to_derive") == [(DAY, "counts")]
    assert update(database) != []
    assert update(database) == []


def test_a_day_that_is_counted_from_scratch_is_derived_again(
    database: Database, db: Connection
) -> None:
    reports(db, "a", 1)
    count(db)
    update(database)

    query(db, "SELECT backfill_counts(%s)", DAY)

    assert ("rank_changes", DAY, 1) in update(database)
