"""Different installs that crashed on a day: beside crashes, and right under every change."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from socorro.postgres import Connection
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

INSTALLED = NOON - 100 * ONE_DAY
INSTALLS = ("signature", "reports", "installs", "squares")
BY_SYSTEM = (
    "installs", "win_installs", "mac_installs", "lin_installs", "android_installs",
)  # fmt: skip


def crash(db: Connection, install: int | None, at: datetime = NOON, **columns: Any) -> str:
    """Save a crash of an install (by number); None: without install time."""
    age = None
    if install is not None:
        age = int((at - INSTALLED).total_seconds()) - install
    return report(db, at, install_age=age, **columns)


def of_version(db: Connection, version: str = "140.0") -> list[tuple[Any, ...]]:
    return query(
        db,
        "SELECT day, code, installs, without_time, squares FROM install_counts"
        " JOIN operating_systems USING (os) JOIN product_versions USING (product_version_id)"
        " WHERE version = %s ORDER BY day, code",
        version,
    )


def test_an_install_counts_once_a_day_for_its_signature_and_for_its_version(db: Connection) -> None:
    for hour in range(3):
        crash(db, 1, NOON + hour * HOUR, signature="A")
        count(db)
    crash(db, 1, signature="B")
    crash(db, 2, signature="A")
    count(db)
    crash(db, 1, NOON + ONE_DAY, signature="A")
    count(db)

    assert top(db, "140.0", INSTALLS, day=DAY) == [("A", 4, 2, 10.0), ("B", 1, 1, 1.0)]
    assert of_version(db) == [(DAY, "win", 2, 0, 17.0), (DAY + ONE_DAY, "win", 1, 0, 1.0)]


def test_an_install_time_on_another_system_is_another_install(db: Connection) -> None:
    for os_name in ("Windows NT", "Mac OS X", "Linux", "Android", "Fuchsia", "Linux"):
        crash(db, 1, os_name=os_name)
    count(db)

    assert top(db, "140.0", BY_SYSTEM) == [(5, 1, 1, 1, 1)]
    assert [row[1:3] for row in of_version(db)] == [
        ("android", 1), ("lin", 1), ("mac", 1), ("other", 1), ("win", 1),
    ]  # fmt: skip


def test_without_install_time_each_crash_is_an_install(db: Connection) -> None:
    crash(db, None, throttle_rate=0.1)
    crash(db, None, throttle_rate=0.1)
    report(db, NOON, install_age=5, crash_time=None)
    report(db, NOON, install_age=5, crash_time="infinity")
    taken = crash(db, None)
    count(db)
    query(db, "DELETE FROM reports WHERE crash_id = %s", taken)
    mark(db, NOON)
    count(db)

    assert top(db, "140.0", INSTALLS) == [("malloc | main", 4, 4, 202.0)]
    assert of_version(db) == [(DAY, "win", 4, 4, 202.0)]


def test_one_install_time_for_all_is_one_install(db: Connection) -> None:
    for minute in range(30):
        crash(db, 1, NOON + timedelta(minutes=minute * 4), throttle_rate=0.1)
    count(db)

    assert top(db, "140.0", INSTALLS) == [("malloc | main", 30, 1, 300.0**2)]


@pytest.mark.parametrize("age", [-(2**31), 2**31 - 1])
def test_install_times_out_of_every_range_are_counted(db: Connection, age: int) -> None:
    report(db, NOON, install_age=age, crash_time="294276-01-01T00:00:00Z")
    count(db)

    assert top(db, "140.0", ("installs",)) == [(1,)]


def test_the_last_crash_of_an_install_takes_it_away(db: Connection) -> None:
    first, second = crash(db, 1), crash(db, 1, NOON + HOUR)
    crash(db, 2, NOON + HOUR)
    count(db)

    query(db, "DELETE FROM reports WHERE crash_id = %s", second)
    mark(db, NOON + HOUR)
    count(db)
    assert top(db, "140.0", ("installs",)) == [(2,)]

    query(db, "DELETE FROM reports WHERE crash_id = %s", first)
    mark(db, NOON)
    count(db)
    assert top(db, "140.0", INSTALLS) == [("malloc | main", 1, 1, 1.0)]
    assert of_version(db) == [(DAY, "win", 1, 0, 1.0)]

    query(db, "DELETE FROM reports")
    mark(db, NOON + HOUR)
    count(db)
    assert of_version(db) == []


def test_a_new_signature_or_install_time_moves_the_install(db: Connection) -> None:
    moved = crash(db, 1, signature="A")
    crash(db, 1, NOON + HOUR, signature="A")
    count(db)

    crash(db, 1, signature="B", crash_id=moved)
    count(db)
    assert top(db, "140.0", INSTALLS) == [("A", 1, 1, 1.0), ("B", 1, 1, 1.0)]
    assert of_version(db) == [(DAY, "win", 1, 0, 4.0)]

    crash(db, 2, signature="B", crash_id=moved)
    count(db)
    assert of_version(db) == [(DAY, "win", 2, 0, 2.0)]


def test_rapid_betas_together_have_an_install_once(db: Connection) -> None:
    for number in (1, 2):
        build(db, "141.0", f"2026111{number}093000", "beta", number)
    query(db, "SELECT update_product_versions()")
    beta: dict[str, Any] = {"version": "141.0", "release_channel": "beta"}
    crash(db, 1, build_id="20261111093000", **beta)
    count(db)
    crash(db, 1, NOON + HOUR, build_id="20261112093000", **beta)
    count(db)

    for version, installs in (("141.0b1", 1), ("141.0b2", 1), ("141.0b", 1)):
        assert top(db, version, ("installs",)) == [(installs,)]
        assert [row[2] for row in of_version(db, version)] == [installs]


def test_builds_have_their_installs(db: Connection) -> None:
    nightly: dict[str, Any] = {"version": "142.0a1", "release_channel": "nightly"}
    for install, build_id in ((1, "20261123093000"), (1, "20261122093000"), (2, "20261122093000")):
        crash(db, install, build_id=build_id, **nightly)
        count(db)
    crash(db, 2, NOON + 10 * ONE_DAY, build_id="20261122093000", **nightly)
    count(db)

    for table in ("top_crashers_build", "install_counts_build"):
        assert query(
            db, f"SELECT build_day, installs FROM {table} WHERE day = %s ORDER BY 1", DAY
        ) == [(DAY - ONE_DAY, 2), (DAY, 1)]  # fmt: skip
    assert one(db, "SELECT count(*) FROM install_counts_build WHERE day > %s", DAY) == 1


def test_a_day_from_before_is_counted_whole_by_any_of_its_hours(db: Connection) -> None:
    crash(db, 1)
    crash(db, 1, NOON + HOUR)
    crash(db, 2, NOON + 2 * HOUR)
    crash(db, 2, NOON + ONE_DAY)
    count(db)
    expected = counted(db)
    query(
        db,
        "UPDATE reports_clean SET install_time = NULL; DELETE FROM install_counts;"
        " UPDATE top_crashers SET installs = NULL, win_installs = NULL, squares = NULL;"
        " INSERT INTO days_without_installs SELECT DISTINCT day FROM crash_counts",
    )

    mark(db, NOON + 2 * HOUR)
    count(db)
    mark(db, NOON + ONE_DAY)
    count(db)

    assert counted(db) == expected
    assert query(db, "SELECT day FROM days_without_installs") == []


def test_a_day_whose_reports_are_gone_keeps_that_it_has_no_installs(db: Connection) -> None:
    crash(db, 1, NOON - 7 * ONE_DAY)
    count(db)
    query(db, "INSERT INTO days_without_installs VALUES (%s)", DAY - 7 * ONE_DAY)
    query(db, "SELECT drop_partitions('reports', %s)", NOON)

    mark(db, NOON - 7 * ONE_DAY)
    count(db)

    assert one(db, "SELECT day FROM days_without_installs") == DAY - 7 * ONE_DAY
    assert top(db, "140.0", ("installs",)) == [(1,)]


def test_installs_are_those_of_the_reports(db: Connection) -> None:
    """Against plain SQL over the reports, however they were split into counts."""
    for number in range(40):
        at = NOON + (number * 7 % 5) * HOUR
        crash(
            db, number % 7 if number % 5 else None, at, signature="AB"[number % 3 % 2],
            os_name=("Windows NT", "Linux")[number % 4 == 0],
        )  # fmt: skip
        if number % 9 == 0:
            count(db)
    count(db)

    assert query(
        db,
        "SELECT signature,"
        " count(DISTINCT (os_name, crash_time - install_age * interval '1 s'))"
        " FILTER (WHERE install_age IS NOT NULL) + count(*) FILTER (WHERE install_age IS NULL)"
        " FROM reports GROUP BY signature ORDER BY signature",
    ) == sorted(top(db, "140.0", ("signature", "installs")))
    split = counted(db)
    forget(db)
    for (at,) in query(db, "SELECT DISTINCT submitted_at FROM reports"):
        mark(db, at)
    count(db)
    assert counted(db) == split
