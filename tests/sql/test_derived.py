"""Ranks, builds, trends, null signatures and Flash versions of a day."""

from datetime import date, timedelta

import pytest

from socorro.postgres import Connection
from socorro.queries import builds, flash, null_signatures, versions
from socorro.queries.versions import Version
from tests.sql.rows import DAY, NOON, ONE_DAY, build, count, installs, one, query, report

END = DAY + ONE_DAY


def firefox(db: Connection, version: str | None = None) -> list[Version]:
    return versions.find(db, "Firefox", version)


def reports(db: Connection, signature: str, number: int, **columns: object) -> None:
    at = columns.pop("at", NOON)
    for _ in range(number):
        report(db, at, signature=signature, **columns)  # type: ignore[arg-type]


def test_ranks_are_dense_and_compared_with_the_day_before(db: Connection) -> None:
    for signature, before, now in (("a", 1, 4), ("b", 2, 2), ("c", 0, 2), ("d", 3, 0), ("e", 0, 1)):
        reports(db, signature, before, at=NOON - ONE_DAY)
        reports(db, signature, now)
    reports(db, "a", 1, version="139.0")
    count(db)

    assert one(db, "SELECT update_rank_changes(%s)", DAY) == 5
    assert one(db, "SELECT update_rank_changes(%s)", DAY) == 5
    changes = builds.rank_changes(db, firefox(db, "140.0"), DAY)

    assert [(row.signature, row.crash_count, row.rank) for row in changes] == [
        ("a", 4, 1), ("b", 2, 2), ("c", 2, 2), ("e", 1, 3)
    ]  # fmt: skip
    assert [(row.previous_count, row.previous_rank) for row in changes] == [
        (1, 3), (2, 2), (None, None), (None, None)
    ]  # fmt: skip
    assert [row.share for row in changes] == [
        pytest.approx(share) for share in (0.44444, 0.22222, 0.22222, 0.11111)
    ]
    assert changes[0].previous_share == pytest.approx(0.16667)


def test_builds_come_from_the_feed_or_from_crashes(db: Connection) -> None:
    build(db, "142.0a1", "20261123031153", "nightly")
    build(db, "142.0a1", "20261123031153", "nightly", platform="mac")
    build(db, "142.0a1", "20261122031153", "nightly")
    build(db, "142.0a1", "20261101031153", "nightly")
    query(db, "SELECT update_product_versions()")
    nightly = {"version": "142.0a1", "release_channel": "nightly", "throttle_rate": 0.5}
    reports(db, "a", 2, build_id="20261123031153", **nightly)
    reports(db, "a", 1, build_id="20261120235959", **nightly)  # in no feed
    reports(db, "a", 1, build_id="build-9", **nightly)
    reports(db, "a", 2, build_id="build-77", **nightly)
    reports(db, "a", 1, build_id="19700101000000", **nightly)
    reports(db, "a", 4, build_id="20261123031153", at=NOON + ONE_DAY, **nightly)
    count(db)
    assert one(db, "SELECT update_builds(%s)", DAY) == 5
    assert one(db, "SELECT update_builds(%s)", DAY + ONE_DAY) == 1

    rows = builds.builds(db, firefox(db, "142.0a1"), DAY - ONE_DAY, END)

    assert [(row.build_id, row.platforms, row.is_told, row.crash_count) for row in rows] == [
        ("20261123031153", ["mac", "win64"], True, 2),
        ("20261122031153", ["win64"], True, 0),
        ("20261120235959", [], False, 1),
        ("19700101000000", [], False, 1),
        ("build-77", [], False, 2),
        ("build-9", [], False, 1),
    ]
    assert [row.build_date for row in rows] == [
        DAY, DAY - ONE_DAY, date(2026, 11, 20), None, None, None
    ]  # fmt: skip
    assert builds.undated(db, firefox(db), DAY, END, most=2) == builds.Undated(
        ["build-77", "19700101000000"], 3, 4
    )
    assert builds.undated(db, firefox(db), DAY + ONE_DAY, END + ONE_DAY) == builds.Undated([], 0, 0)
    assert rows[0].estimated_count == 4


def test_trends_follow_a_build_for_two_weeks(db: Connection) -> None:
    nightly = {"version": "142.0a1", "release_channel": "nightly", "build_id": "20261109031153"}
    for days_out, number in ((0, 3), (1, 2), (14, 1), (15, 1)):
        reports(db, "a", number, at=NOON + timedelta(days=days_out - 14), **nightly)
    count(db)

    trends = builds.trends(db, firefox(db), DAY - timedelta(days=14), END + ONE_DAY)

    assert [(row.day, row.days_out, row.crash_count) for row in trends] == [
        (date(2026, 11, 9), 0, 3), (date(2026, 11, 10), 1, 2), (date(2026, 11, 23), 14, 1)
    ]  # fmt: skip


def betas(db: Connection) -> null_signatures.Pair:
    for number, build_id in ((1, "20261101031153"), (2, "20261110031153")):
        build(db, "141.0", build_id, "beta", number)
        installs(db, DAY, 1000 * number, "141.0", build_id, "beta")
    query(db, "SELECT update_product_versions()")
    betas = null_signatures.pair(firefox(db))
    assert betas is not None
    return betas


def test_null_signatures_of_a_beta_are_held_against_the_beta_before(db: Connection) -> None:
    compared = betas(db)
    old = {"version": "141.0", "release_channel": "beta", "build_id": "20261101031153"}
    new = {**old, "build_id": "20261110031153"}
    modules = {"fields": '{"modules_in_stack": "xul.dll/0A;ntdll.dll/0B"}', "reason": "SIGSEGV"}
    reports(db, "EMPTY: no frame data available", 2, **old, **modules)
    reports(db, "EMPTY: no frame data available", 6, **new, **modules)
    reports(db, "EMPTY: no crashing thread identified", 3, **old, os_name="Linux")
    reports(db, "EMPTY: no crashing thread identified", 1, **new, throttle_rate=0.5)
    reports(db, "malloc", 50, **new)
    reports(db, "EMPTY: no frame data available", 9, at=NOON - ONE_DAY, **new)  # no ADI that day
    count(db)
    query(db, "SELECT update_adi(%s)", DAY)
    assert one(db, "SELECT update_null_signatures(%s)", DAY) == one(
        db, "SELECT update_null_signatures(%s)", DAY
    )
    week = (DAY - timedelta(days=6), END)

    assert compared.old is not None
    assert (compared.old.version, compared.new.version) == ("141.0b1", "141.0b2")
    rows = null_signatures.signatures(db, compared, *week)
    every = null_signatures.signatures(db, compared, *week, only_null=False)
    installs = null_signatures.installs(db, compared.new, *week)
    # per 1,000 ADI: 2 in 1,000 and 6 in 2,000; 3 in 1,000 and 2 (one, throttled) in 2,000
    assert [tuple(row) for row in rows] == [
        ("EMPTY: no frame data available", 2, 6, 2.0, 3.0, 1.0),
        ("EMPTY: no crashing thread identified", 3, 1, 3.0, 1.0, -2.0),
    ]
    assert next(row.name for row in every) == "malloc"
    assert (installs.days, installs.adi, len(installs.missing)) == ([DAY], 2000, 6)
    facts = {
        kind: {row.name: row[1:] for row in null_signatures.facts(db, compared, *week, kind)}
        for kind in ("module", "os", "reason", "build")
    }
    assert facts["module"] == {
        "xul.dll": (2, 6, 2.0, 3.0, 1.0), "(none)": (3, 1, 3.0, 1.0, -2.0),
    }  # fmt: skip
    assert facts["os"] == {"Windows": (2, 7, 2.0, 4.0, 2.0), "Linux": (3, 0, 3.0, 0.0, -3.0)}
    assert set(facts["reason"]) == {"SIGSEGV", "(none)"}
    assert facts["build"]["20261110031153"] == (0, 7, 0.0, 4.0, 4.0)


def test_without_installs_there_is_no_rate(db: Connection) -> None:
    compared = betas(db)
    query(db, "DELETE FROM adi_raw WHERE build_id = '20261101031153'")
    for build_id in ("20261101031153", "20261110031153"):
        reports(db, "EMPTY: a", 1, version="141.0", release_channel="beta", build_id=build_id)
    count(db)
    query(db, "SELECT update_adi(%s)", DAY)

    [row] = null_signatures.signatures(db, compared, DAY, END)

    assert row == ("EMPTY: a", 0, 1, None, 0.5, None)
    assert null_signatures.pair([]) is None
    assert null_signatures.pair(firefox(db, "141.0b1")) == (None, firefox(db, "141.0b1")[0])


def test_a_flash_version_that_crowds_in_a_signature_stands_out(db: Connection) -> None:
    reports(db, "a", 12, flash_version="10.3")
    reports(db, "a", 4)
    reports(db, "b", 4, flash_version="10.3")
    reports(db, "b", 12, flash_version="11.2")
    count(db)
    assert one(db, "SELECT update_flash(%s)", DAY) == 3
    assert one(db, "SELECT update_flash(%s)", DAY) == 3

    shares = flash.shares(db, firefox(db), DAY, END)
    one_signature = flash.shares(db, firefox(db), DAY, END, signature="b")

    # of 32 reports 16 have 10.3 and 12 have 11.2
    assert [tuple(row) for row in shares] == [
        ("b", "11.2", 12, 75.0, 37.5, 37.5), ("a", "10.3", 12, 75.0, 50.0, 25.0)
    ]  # fmt: skip
    assert [row[1:3] for row in one_signature] == [("11.2", 12), ("10.3", 4)]
