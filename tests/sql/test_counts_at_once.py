"""Counting while others write, count and die; and any order of it against a count from scratch."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.postgres import Connection, Database
from tests.sql.rows import (
    DAY,
    HOUR,
    NOON,
    ONE_DAY,
    build,
    count,
    counted,
    forget,
    mark,
    one,
    query,
    report,
    top,
)

MIDNIGHT = NOON - 3 * ONE_DAY - 12 * HOUR  # a Friday


@pytest.fixture
def free(database: Database) -> Iterator[Connection]:
    """A connection that commits each statement, on a database of its own."""
    connection = database.connect()
    connection.autocommit = True
    yield connection
    connection.close()


def waits(db: Connection, pid: int) -> bool:
    return bool(
        one(
            db,
            "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
            pid,
        )
    )


def background(database: Database, statement: str, *parameters: object) -> tuple[Any, int]:
    """Run a statement in a thread; return the thread and the server process that runs it."""
    other = database.connect()
    other.autocommit = True
    pid = other.info.backend_pid

    def run() -> None:
        try:
            query(other, statement, *parameters)
        except psycopg2.OperationalError:
            pass  # its process was ended
        finally:
            other.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, pid


def test_the_procedure_counts_what_is_marked_and_commits_by_the_hour(free: Connection) -> None:
    for hour in range(3):
        report(free, NOON + hour * HOUR)

    query(free, "CALL count_marked_hours(2)")
    assert top(free, "140.0") == [("malloc | main", 2)]
    assert one(free, "SELECT hour FROM hours_to_count") == NOON + 2 * HOUR

    query(free, "CALL count_marked_hours()")
    assert top(free, "140.0") == [("malloc | main", 3)]


def test_rebuilding_from_the_reports_gives_the_same(free: Connection) -> None:
    build(free, "141.0", "20261118093000", "beta", 2)
    for number in range(6):
        report(
            free, MIDNIGHT + number * 11 * HOUR,
            signature=f"S{number % 2}", uptime=0, hang_id=f"h{number // 2}",
            process_type=("parent", "plugin")[number % 2],
            **({"version": "141.0", "release_channel": "beta", "build_id": "20261118093000"}
               if number > 3 else {}),
        )  # fmt: skip
    query(free, "CALL rebuild_counts('2026-11-18', '2026-11-23')")
    before = counted(free)
    assert before["hang_pairs"]
    assert before["top_crashers_build"]
    kept = query(free, "SELECT submitted_at FROM reports")

    forget(free)
    query(free, "SELECT update_product_versions()")
    for (at,) in kept[::-1]:
        mark(free, at)
    query(free, "CALL count_marked_hours()")

    derived = ("reports_duplicates", "hang_pairs", "hang_halves")
    assert counted(free, *derived) == {k: v for k, v in before.items() if k not in derived}
    query(free, "CALL rebuild_counts('2026-11-18', '2026-11-23')")
    assert counted(free) == before


def test_a_mark_is_taken_when_the_processor_that_holds_it_has_committed(
    database: Database, free: Connection
) -> None:
    report(free, NOON)
    with database.transaction() as processor:
        query(processor, "SELECT mark_hour(%s)", NOON)
        thread, pid = background(database, "CALL count_marked_hours()")
        while not waits(free, pid):
            assert thread.is_alive()
        query(processor, "UPDATE reports SET signature = 'written before the commit'")
    thread.join()

    assert top(free, "140.0") == [("written before the commit", 1)]
    assert query(free, "SELECT hour FROM changed_hours") == []


def test_processors_do_not_wait_for_a_count_that_is_under_way(
    database: Database, free: Connection
) -> None:
    report(free, NOON)
    query(free, "SELECT take_marked_hours()")
    with database.transaction() as counter:
        query(counter, "SELECT count_hour(%s)", NOON)

        with database.transaction() as processor:
            query(processor, "SET LOCAL lock_timeout = '5s'")
            query(processor, "SELECT mark_hour(%s)", NOON)
        late = report(free, NOON, signature="late")

    assert top(free, "140.0") == [("malloc | main", 1)]
    query(free, "CALL count_marked_hours()")
    assert top(free, "140.0") == [("late", 1), ("malloc | main", 1)]
    assert late


def test_two_counters_of_one_hour_count_it_once(database: Database, free: Connection) -> None:
    for _ in range(3):
        report(free, NOON)
    query(free, "SELECT take_marked_hours()")
    with database.transaction() as first:
        query(first, "SELECT count_hour(%s)", NOON)
        thread, pid = background(database, "SELECT count_hour(%s)", NOON)
        while not waits(free, pid):
            assert thread.is_alive()
    thread.join()

    assert top(free, "140.0") == [("malloc | main", 3)]


def save_event(db: Connection, crash_id: str, at: datetime) -> None:
    query(db, "SELECT save_event('00000000-0000-4000-8000-0000000000ee', %s, %s, 1)", at, crash_id)


def test_processors_that_save_one_crash_twice_at_once_see_each_other(
    database: Database, free: Connection
) -> None:
    first, second = report(free, NOON), report(free, NOON + ONE_DAY)
    with database.transaction() as one_processor:
        save_event(one_processor, second, NOON + ONE_DAY)
        thread, pid = background(
            database,
            "SELECT save_event('00000000-0000-4000-8000-0000000000ee', %s, %s, 1)",
            *(NOON, first),
        )
        while not waits(free, pid):
            assert thread.is_alive()
    thread.join()

    firsts = query(free, "SELECT crash_id::text, first_crash_id::text FROM reports_resent")
    assert sorted(firsts) == sorted([(first, first), (second, first)])


def test_who_holds_the_mark_of_one_hour_gets_that_of_a_later_one(
    database: Database, free: Connection
) -> None:
    for hour in (1, 0):  # in this order in the table
        mark(free, NOON + hour * HOUR)
    with database.transaction() as processor:
        query(processor, "SELECT mark_hour(%s)", NOON)
        thread, pid = background(database, "SELECT take_marked_hours()")
        while not waits(free, pid):
            assert thread.is_alive()
        query(processor, "SET LOCAL lock_timeout = '5s'")
        query(processor, "SELECT mark_hour(%s)", NOON + HOUR)
    thread.join()

    assert query(free, "SELECT hour FROM hours_to_count ORDER BY 1") == [(NOON,), (NOON + HOUR,)]


def test_two_days_are_counted_at_once(database: Database, free: Connection) -> None:
    for day in range(2):
        for number in range(20):
            report(free, NOON + day * ONE_DAY, signature=f"S{number}")
    query(free, "SELECT take_marked_hours()")
    with database.transaction() as first:
        query(first, "SELECT count_hour(%s)", NOON)
        query(first, "SELECT count_hour(%s)", NOON + ONE_DAY)
    for day in range(2):
        for number in range(20, 0, -1):
            report(free, NOON + day * ONE_DAY - HOUR, signature=f"S{number}")
    query(free, "SELECT take_marked_hours()")

    with database.transaction() as first:
        query(first, "SET LOCAL lock_timeout = '10s'")
        query(first, "SELECT count_hour(%s)", NOON - HOUR)
        thread, _ = background(database, "SELECT count_hour(%s)", NOON + ONE_DAY - HOUR)
    thread.join()

    assert one(free, "SELECT sum(reports) FROM top_crashers") == 80
    before = counted(free)
    query(free, "SELECT backfill_counts(day) FROM unnest(%s) AS day", [DAY, DAY + ONE_DAY])
    assert counted(free) == before


def test_a_count_that_is_killed_leaves_nothing_and_is_made_again(
    database: Database, free: Connection
) -> None:
    report(free, NOON, signature="A")
    query(free, "CALL count_marked_hours()")
    before = counted(free)
    report(free, NOON, signature="B")
    with database.transaction() as blocker:
        query(blocker, "UPDATE crash_counts SET reports = reports")  # the last step waits here
        thread, pid = background(database, "CALL count_marked_hours()")
        while not waits(free, pid):
            assert thread.is_alive()
        query(free, "SELECT pg_terminate_backend(%s)", pid)
        thread.join()

    assert counted(free) == before
    assert one(free, "SELECT hour FROM hours_to_count") == NOON
    query(free, "CALL count_marked_hours()")
    assert top(free, "140.0") == [("A", 1), ("B", 1)]


CRASHES = st.fixed_dictionaries(
    {
        "number": st.integers(0, 5),  # the same number again: processed again
        "hour": st.sampled_from([0, 1, 23, 24]),
        "signature": st.sampled_from(["A", "B", ""]),
        "version": st.sampled_from(["140.0", "141.0b1", "141.0b2", "142.0a1", "?"]),
        "build_id": st.sampled_from(["20261118000000", "20261101000000", "no date"]),
        "os_name": st.sampled_from(["Windows NT", "Linux"]),
        "process_type": st.sampled_from(["parent", "plugin", "content"]),
        "hang_id": st.sampled_from([None, "h"]),
        "uptime": st.sampled_from([0, 60, None]),
        "throttle_rate": st.sampled_from([1, 0.1, 0.3]),
        "installed": st.sampled_from([None, 10, 20]),  # seconds before MIDNIGHT
    }
)
STEPS = st.lists(
    st.one_of(
        CRASHES,
        st.just("count"),
        st.sampled_from([timedelta(hours=0), timedelta(hours=23), timedelta(hours=24)]),
        st.sampled_from([MIDNIGHT.date(), MIDNIGHT.date() + ONE_DAY]),
    ),
    max_size=10,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_any_order_of_crashes_and_counts_equals_a_count_from_scratch(
    db: Connection, steps: list[Any]
) -> None:
    for step in steps:
        if step == "count":
            count(db)
        elif isinstance(step, timedelta):
            query(db, "SELECT count_hour(%s)", MIDNIGHT + step)
        elif isinstance(step, dict):
            columns = {key: value for key, value in step.items() if key not in ("number", "hour")}
            at = MIDNIGHT + step["hour"] * HOUR + timedelta(seconds=step["number"])
            if (ago := columns.pop("installed")) is not None:
                columns["install_age"] = ago + (at - MIDNIGHT).seconds
            crash_id = f"00000000-0000-4000-8000-0000{step['number']}0{at:%y%m%d}"
            report(db, at, crash_id=crash_id, **columns)
        else:
            query(db, "SELECT backfill_counts(%s)", step)
    count(db)
    # A version that was made from a crash stays, and so does its earliest build.
    stay = ("product_versions",)
    incremental = counted(db, *stay)

    forget(db)
    for at in query(db, "SELECT DISTINCT submitted_at FROM reports"):
        mark(db, *at)
    count(db)
    scratch = counted(db, *stay)
    db.rollback()

    assert incremental == scratch
