"""Crashes per 100 installs: throttle, missing and zero installs, and a day against another."""

from datetime import timedelta

import pytest

from socorro.postgres import Connection, Database, execute
from socorro.queries import crash_rate, versions
from socorro.queries.crash_rate import CrashRate
from tests.counted import DAY, crashes, installs, installs_crashed, version

ONE_DAY = timedelta(days=1)
END = DAY + ONE_DAY


def ask(db: Connection, name: str | None = None, **more: object) -> list[CrashRate]:
    parameters = {"start": DAY - 6 * ONE_DAY, "end": END, **more}
    return crash_rate.crash_rate(db, versions.find(db, "Firefox", name), **parameters)  # type: ignore[arg-type]


def test_a_tenth_of_the_crashes_makes_the_same_rate(database: Database) -> None:
    with database.transaction() as db:
        release, beta = version(db), version(db, "141.0b1", "beta")
        crashes(db, release, "a", 50, throttle=0.1)
        crashes(db, beta, "a", 20)
        installs(db, release, 10_000)
        installs(db, beta, 1_000)
        [both] = ask(db)
        split = ask(db, split="version")

    # 500 estimated in 10,000 are 5 in 100; 20 in 1,000 are 2; both: 520 in 11,000
    assert [(row.version, row.rate, row.throttle) for row in split] == [
        ("141.0b1", 2.0, 1.0), ("140.0", 5.0, pytest.approx(0.1))
    ]  # fmt: skip
    assert (both.crash_count, both.estimated_count, both.adi, both.rate) == (70, 520, 11_000, 4.727)
    assert both[:3] == (DAY, None, None)


def test_missing_and_zero_installs_give_no_rate_and_are_told(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        for back in range(4):
            crashes(db, firefox, "a", 5, DAY - back * ONE_DAY)
        installs(db, firefox, 0, DAY - ONE_DAY)
        installs(db, firefox, 500, DAY - 2 * ONE_DAY)
        installs(db, firefox, 500, DAY - 4 * ONE_DAY)
        rates = ask(db)

    assert [(row.adi, row.rate, row.without_adi) for row in rates] == [
        (None, None, 5), (0, None, 5), (500, 1.0, 0), (None, None, 5), (500, 0.0, 0)
    ]  # fmt: skip


def test_versions_without_installs_do_not_raise_the_rate_of_their_product(
    database: Database,
) -> None:
    with database.transaction() as db:
        release, other = version(db), version(db, "12.0")
        crashes(db, release, "a", 10)
        crashes(db, other, "a", 90)
        installs(db, release, 1000)
        [total] = ask(db)

    assert (total.crash_count, total.without_adi, total.adi, total.rate) == (100, 90, 1000, 1.0)


def test_systems_have_rates_of_their_own(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        crashes(db, firefox, "a", 10, system="win")
        crashes(db, firefox, "a", 6, system="mac")
        crashes(db, firefox, "a", 1, system="lin")
        installs(db, firefox, 1000, system="win")
        installs(db, firefox, 200, system="mac")
        split = ask(db, split="version and os")
        [mac] = ask(db, system="mac")
        [both] = ask(db)

    assert [(row.os, row.rate, row.without_adi) for row in split] == [
        ("Linux", None, 1), ("Windows", 1.0, 0), ("macOS", 3.0, 0)
    ]  # fmt: skip
    assert (mac.os, mac.crash_count, mac.adi, mac.rate) == ("macOS", 6, 200, 3.0)
    assert (both.os, both.adi, both.rate) == (None, 1200, 1.417)  # 17 in 1,200


def test_a_hang_pair_is_one_crash_and_types_can_be_asked_for(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        for crash_type, reports in ((1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (6, 16)):
            execute(
                db,
                "INSERT INTO crash_counts VALUES (%(v)s, %(day)s, 1, %(type)s, %(n)s, %(n)s)",
                v=firefox,
                day=DAY,
                type=crash_type,
                n=reports,
            )
        [total] = ask(db)
        [halves] = ask(db, crash_types=["hang-browser", "hang-plugin"])

    assert total.crash_count == 1 + 2 + 4 + 8 + 16
    assert halves.crash_count == 8


def test_by_build_a_week_from_the_build_counts(database: Database) -> None:
    with database.transaction() as db:
        nightly = version(db, "142.0a1", "nightly", has_builds=True)
        of_build = {"v": nightly, "build": DAY - 6 * ONE_DAY}
        for age in (0, 6, 7):
            execute(
                db,
                """
                INSERT INTO crash_counts_build
                VALUES (%(v)s, %(build)s, %(build)s + %(age)s, 1, 1, 10, 10);
                INSERT INTO adi_build VALUES (%(v)s, %(build)s, %(build)s + %(age)s, 1, 400)
                """,
                age=age,
                **of_build,
            )
        execute(
            db,
            "INSERT INTO crash_counts_build VALUES (%(v)s, %(build)s, %(build)s + 3, 1, 1, 7, 7)",
            **of_build,
        )  # fmt: skip
        rates = ask(db, by="build")

    assert [(row.day, row.crash_count, row.adi, row.rate, row.without_adi) for row in rates] == [
        (DAY - 6 * ONE_DAY, 27, 800, 2.5, 7)
    ]


def test_installs_that_crashed_stand_beside_the_rate(database: Database) -> None:
    with database.transaction() as db:
        release, beta = version(db), version(db, "141.0b1", "beta")
        for of_version, count in ((release, 30), (beta, 20)):
            crashes(db, of_version, "a", count)
            crashes(db, of_version, "a", count, system="mac")
            crashes(db, of_version, "a", count, DAY - ONE_DAY)
            installs_crashed(db, of_version, 5)
            installs_crashed(db, of_version, 2, system="mac")
        installs_crashed(db, release, 4, DAY - ONE_DAY)  # nothing is counted for the beta
        installs(db, release, 100, DAY - 2 * ONE_DAY)
        together = ask(db)
        split = ask(db, split="version and os")
        mac = ask(db, system="mac")
        plugins = ask(db, crash_types=["browser"])

    assert [row.installs for row in together] == [14, None, 0]
    assert [(row.version, row.os, row.installs) for row in split[:4]] == [
        ("141.0b1", "Windows", 5), ("141.0b1", "macOS", 2),
        ("140.0", "Windows", 5), ("140.0", "macOS", 2),
    ]  # fmt: skip
    assert [row.installs for row in mac] == [4]
    assert [row.installs for row in plugins] == [None, None, 0]
