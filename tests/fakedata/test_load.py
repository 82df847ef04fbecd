"""Generated history goes into Postgres, and out again without a trace."""

from datetime import UTC, date, datetime, timedelta

import psycopg2.errors
import pytest

from cli.fakedata import history
from cli.fakedata.world import World
from socorro.postgres import Connection, Database, execute
from socorro.queries import ledger

MONDAY = date(2026, 11, 23)
REAL = "0bba929f-8721-460c-8e70-a43c00261123"
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCES = ("releases_raw", "adi_raw", "bugs", "bug_signatures")


@pytest.fixture
def world() -> World:
    return World(1, MONDAY - timedelta(days=1), MONDAY, 300)


def _count(db: Connection, table: str, where: str = "true") -> int:
    with db.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _add_real_ones(db: Connection) -> None:
    """A report, a comment, a build, an install and a bug that nobody generated."""
    execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=AT)
    execute(
        db,
        "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature, success,"
        " status, throttle_rule) VALUES (%(id)s, %(at)s, %(at)s, %(at)s, 'real', true, 'OK', NULL)",
        id=REAL, at=AT,
    )  # fmt: skip
    execute(
        db,
        "INSERT INTO reports_user_info VALUES (%(id)s, %(at)s, 'https://a.example/', NULL, NULL)",
        id=REAL, at=AT,
    )  # fmt: skip
    execute(
        db, "INSERT INTO releases_raw VALUES ('Firefox', '1.0', '20261101000000', 'release', 'x')"
    )
    execute(
        db, "INSERT INTO adi_raw VALUES ('2026-11-23', 'Firefox', '1.0', '', '', '', 5, 'a.csv')"
    )
    execute(db, "INSERT INTO bugs (bug_id) VALUES (12)")
    execute(db, "INSERT INTO bug_signatures VALUES (12, 'real')")


def test_a_history_goes_in_and_exactly_it_comes_out(database: Database, world: World) -> None:
    with database.transaction() as db:
        _add_real_ones(db)
    passed: list[int] = []

    count = history.load(database, world, passed.append)

    with database.transaction() as db:
        assert sum(passed) == count > 400
        assert _count(db, "reports", "throttle_rule = 'fakedata'") == count
        assert _count(db, "reports_user_info") > count * 0.4
        assert _count(db, "reports_user_info", "user_comments IS NOT NULL") > 5
        assert all(_count(db, table) > 100 for table in SOURCES)
        assert _count(db, "changed_hours") == 48
        loaded = history.loaded(db)
        assert loaded is not None
        assert (loaded.seed, loaded.days) == (1, [world.first, MONDAY])
        assert loaded.finished_at is not None
        execute(db, "DELETE FROM changed_hours")

    removed = history.remove(database, loaded)

    with database.transaction() as db:
        assert removed == count
        assert (_count(db, "reports"), _count(db, "reports_user_info")) == (1, 1)
        assert [_count(db, table) for table in SOURCES] == [1, 1, 1, 1]
        assert _count(db, "changed_hours") == 48
        assert history.loaded(db) is None


def test_a_load_that_was_cut_short_can_be_taken_out(database: Database, world: World) -> None:
    def cut(count: int) -> None:
        left[0] -= count
        if left[0] < 0:
            raise RuntimeError

    left = [350]
    with pytest.raises(psycopg2.errors.QueryCanceled):
        history.load(database, world, cut)

    with database.transaction() as db:
        loaded = history.loaded(db)
        assert loaded is not None
        assert loaded.finished_at is None
    assert history.remove(database, loaded) > 200
    with database.transaction() as db:
        assert _count(db, "reports") == 0
        assert _count(db, "adi_raw") == 0


def test_the_ledger_does_not_miss_the_dumps_of_generated_crashes(
    database: Database, world: World
) -> None:
    history.load(database, world)
    with database.transaction() as db:
        _add_real_ones(db)

        reported = ledger.reported(db, MONDAY)

    assert [row.crash_id for row in reported] == [REAL]


def test_a_history_may_end_with_the_hours_of_today_that_are_over(
    database: Database, world: World
) -> None:
    tuesday = MONDAY + timedelta(days=1)

    history.load(database, world, until=datetime(2026, 11, 24, 5, 40, tzinfo=UTC))

    with database.transaction() as db:
        loaded = history.loaded(db)
        assert loaded is not None
        assert loaded.days == [world.first, MONDAY, tuesday]
        assert _count(db, "reports", f"submitted_at >= '{tuesday}T00:00Z'") > 10
        assert _count(db, "reports", f"submitted_at >= '{tuesday}T05:00Z'") == 0
        assert _count(db, "adi_raw", f"day = '{tuesday}'") == 0
        assert _count(db, "adi_raw", f"day = '{MONDAY}'") > 0
    history.remove(database, loaded)
    with database.transaction() as db:
        assert _count(db, "reports") == 0
