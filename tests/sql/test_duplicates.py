"""Duplicates: one event that was sent as several crashes."""

from datetime import datetime, timedelta
from typing import Any

from socorro.postgres import Connection
from tests.sql.rows import DAY, HOUR, MINUTE, NOON, ONE_DAY, SECOND, query, refused, report

LATER = 5 * MINUTE


def pair(db: Connection, between: timedelta = LATER, **columns: Any) -> tuple[str, str]:
    """Two crashes, *between* apart by the client's clock; ages of the second as in *columns*."""
    first = {"uptime": 600, "install_age": 10_000}
    second = {"uptime": 600 + between.seconds, "install_age": 10_000 + between.seconds}
    others = {name: value for name, value in columns.items() if name not in second}
    leader = report(db, NOON, **{**first, **others.pop("first", {})})
    ages = {name: columns[name] for name in second if name in columns}
    return leader, report(db, NOON + between, **{**second, **others, **ages})


def duplicates(db: Connection, first: datetime = NOON, hours: float = 1) -> dict[str, str]:
    query(db, "SELECT update_duplicates(%s, %s)", first, first + hours * HOUR)
    return dict(query(db, "SELECT crash_id::text, duplicate_of::text FROM reports_duplicates"))


def is_duplicate(db: Connection, **columns: Any) -> bool:
    query(db, "SAVEPOINT pair")
    leader, follower = pair(db, **columns)
    pairs = duplicates(db)
    query(db, "ROLLBACK TO pair")
    assert pairs in ({}, {leader: leader, follower: leader})
    return bool(pairs)


def test_who_crashed_again_with_ages_that_grew_as_time_did_is_a_duplicate(db: Connection) -> None:
    assert is_duplicate(db)
    # 300 s passed: uptime grew by so much +-60 ...
    assert is_duplicate(db, uptime=600 + 240)
    assert is_duplicate(db, uptime=600 + 360)
    assert not is_duplicate(db, uptime=600 + 239)
    assert not is_duplicate(db, uptime=600 + 361)
    # ... or was so short that it tells nothing.
    assert is_duplicate(db, uptime=59)
    assert not is_duplicate(db, uptime=60)
    # The installation grew older by 300 s +-60, whatever the uptime.
    assert is_duplicate(db, install_age=10_240)
    assert is_duplicate(db, install_age=10_360)
    assert not is_duplicate(db, install_age=10_239)
    assert not is_duplicate(db, install_age=10_361)
    assert not is_duplicate(db, install_age=10_361, uptime=59)


def test_an_age_that_is_not_known_is_no_contradiction(db: Connection) -> None:
    assert is_duplicate(db, uptime=None)
    assert is_duplicate(db, install_age=None)
    assert is_duplicate(db, first={"uptime": None, "install_age": None})
    assert not is_duplicate(db, uptime=None, install_age=99_999)


def test_crashes_that_differ_are_no_duplicates(db: Connection) -> None:
    same = {
        "product": "Fenix", "version": "140.0.1", "build_id": "20261121000000",
        "signature": "free", "cpu_arch": "arm64", "cpu_info": "family 6 | 8",
        "os_name": "Linux", "os_version": "10.0", "address": "0x45",
        "topmost_filenames": "a.cpp", "reason": "SIGSEGV", "app_notes": "x",
    }  # fmt: skip
    assert is_duplicate(db, **same, first=same)
    for name in same:
        assert not is_duplicate(db, **(same | {name: "!"}), first=same)
    assert not is_duplicate(db, **(same | {"reason": None}), first=same)
    assert not is_duplicate(db, **(same | {"reason": None}), first=same)
    assert not is_duplicate(db, **(same | {"reason": None}), first=same | {"reason": ""})
    assert is_duplicate(db, **(same | {"reason": None}), first=same | {"reason": None})
    moved = {"cpu_arch": same["cpu_info"], "cpu_info": same["cpu_arch"]}
    assert not is_duplicate(db, **(same | moved), first=same)


def test_crashes_on_two_pages_are_no_duplicates(db: Connection) -> None:
    assert is_duplicate(db, url="https://a.test/", first={"url": "https://a.test/"})
    assert not is_duplicate(db, url="https://a.test/", first={"url": "https://b.test/"})
    assert not is_duplicate(db, url="https://a.test/")


def test_the_first_by_the_clients_clock_leads(db: Connection) -> None:
    leader = report(db, NOON + 2 * MINUTE, crash_time=NOON, uptime=1)
    follower = report(db, NOON, crash_time=NOON + SECOND, uptime=1)
    other = report(db, NOON + MINUTE, crash_time=NOON + 2 * SECOND, uptime=1)

    assert duplicates(db) == {leader: leader, follower: leader, other: leader}


def test_a_pair_across_the_hour_meets_in_the_window_of_the_half_hour(db: Connection) -> None:
    leader = report(db, NOON - MINUTE, uptime=0)
    follower = report(db, NOON + MINUTE, uptime=0)

    assert duplicates(db, NOON - HOUR) == duplicates(db, NOON) == {}
    assert duplicates(db, NOON - HOUR / 2) == {leader: leader, follower: leader}


def test_windows_in_any_order_and_again_give_the_same(db: Connection) -> None:
    ids = [report(db, NOON - 20 * MINUTE + n * 15 * MINUTE, uptime=0) for n in range(3)]
    windows = [NOON - HOUR, NOON, NOON - HOUR / 2]
    query(db, "SAVEPOINT empty")
    results = []
    for order in (windows, windows[::-1], windows * 2):
        for first in order:
            result = duplicates(db, first)
        results.append(result)
        query(db, "ROLLBACK TO empty")

    assert results == [dict.fromkeys(ids, ids[0])] * 3


def test_a_backfilled_day_forgets_what_is_a_duplicate_no_more(db: Connection) -> None:
    leader, follower = pair(db)
    midnight = [report(db, NOON + 12 * HOUR + n * MINUTE, uptime=0) for n in (-1, 0, 1)]
    assert duplicates(db) == {leader: leader, follower: leader}
    report(db, NOON + LATER, crash_id=follower, signature="another")

    assert query(db, "SELECT backfill_duplicates(%s)", DAY) == [(0,)]
    query(db, "SELECT backfill_duplicates(%s)", DAY + ONE_DAY)

    assert duplicates(db) == dict.fromkeys(midnight, midnight[0])


def test_deferred_crashes_are_no_duplicates(db: Connection) -> None:
    report(db, NOON, uptime=0)
    report(db, NOON, uptime=0, deferred=True)

    assert duplicates(db) == {}


def test_a_window_has_a_day_at_most(db: Connection) -> None:
    error = refused(db, "SELECT update_duplicates(%s, %s)", NOON, NOON + 25 * HOUR)

    assert error == "a window for duplicates has a day at most"
