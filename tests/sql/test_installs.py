"""Active daily installs: from an import to versions, and what is missing."""

from datetime import date

from socorro.postgres import Connection
from tests.sql.rows import DAY, NOON, ONE_DAY, build, count, installs, one, query, refused, report

ADI = (
    "SELECT version, code, adi FROM adi JOIN product_versions USING (product_version_id)"
    " JOIN operating_systems USING (os) WHERE day = %s ORDER BY 1, 2"
)


def test_installs_are_summed_by_version_and_system(db: Connection) -> None:
    installs(db, DAY, 1000, build_id="20261101093000")
    installs(db, DAY, 200, build_id="20261102093000")
    installs(db, DAY, 30, os_name="Darwin")
    installs(db, DAY, 4, os_name="")
    installs(db, DAY, 500, version="128.5.0", channel="esr")
    installs(db, DAY + ONE_DAY, 7)

    assert one(db, "SELECT update_adi(%s)", DAY) is True

    assert query(db, ADI, DAY) == [
        ("128.5.0esr", "win", 500),
        ("140.0", "mac", 30),
        ("140.0", "other", 4),
        ("140.0", "win", 1200),
    ]
    assert query(db, ADI, DAY + ONE_DAY) == []


def test_a_day_that_nobody_told_of_is_an_error_or_false_never_zero(db: Connection) -> None:
    assert refused(db, "SELECT update_adi(%s)", DAY) == "no ADI for 2026-11-23"
    assert one(db, "SELECT update_adi(%s, false)", DAY) is False
    assert query(db, ADI, DAY) == []


def test_zero_installs_stay_zero(db: Connection) -> None:
    installs(db, DAY, 0)
    query(db, "SELECT update_adi(%s)", DAY)

    assert query(db, ADI, DAY) == [("140.0", "win", 0)]


def test_a_corrected_import_replaces_what_was_told(db: Connection) -> None:
    installs(db, DAY, 1000)
    installs(db, DAY, 10, os_name="Linux")
    query(db, "SELECT update_adi(%s)", DAY)
    query(db, "DELETE FROM adi_raw WHERE os_name = 'Linux'")
    query(db, "UPDATE adi_raw SET adi = 900")

    query(db, "SELECT backfill_adi(%s), backfill_adi(%s)", DAY, DAY)
    assert query(db, ADI, DAY) == [("140.0", "win", 900)]

    query(db, "DELETE FROM adi_raw")
    query(db, "SELECT backfill_adi(%s)", DAY)
    assert query(db, ADI, DAY) == []


def test_a_beta_needs_its_build(db: Connection) -> None:
    build(db, "141.0", "20261117093000", "beta", 1)
    build(db, "141.0", "20261120093000", "beta", 2)
    query(db, "SELECT update_product_versions()")
    beta = {"version": "141.0", "channel": "beta"}
    installs(db, DAY, 100, build_id="20261117093000", **beta)
    installs(db, DAY, 20, build_id="20261120093000", **beta)
    installs(db, DAY, 3, version="141.0b2", channel="beta")
    installs(db, DAY, 4444, build_id="20261121093000", **beta)
    installs(db, DAY, 55555, version="<bad>")
    query(db, "SELECT update_adi(%s)", DAY)

    assert query(db, ADI, DAY) == [
        ("141.0b", "win", 123),
        ("141.0b1", "win", 100),
        ("141.0b2", "win", 23),
    ]
    assert query(db, "SELECT version, build_id, adi, reason FROM missing_adi(%s)", DAY) == [
        ("<bad>", "", 55555, "implausible version"),
        ("141.0", "20261121093000", 4444, "unknown build"),
    ]
    assert query(
        db,
        "SELECT version, build_day, adi FROM adi_build"
        " JOIN product_versions USING (product_version_id) ORDER BY 2",
    ) == [
        ("141.0b", date(2026, 11, 17), 100),  # 6 days before
        ("141.0b", date(2026, 11, 20), 20),
    ]


def test_installs_without_a_channel_are_those_of_the_version_that_crashes(db: Connection) -> None:
    for channel, version in (("release", "1.0"), ("playtest", "1.0"), ("playtest", "1.1")):
        report(db, NOON, product="MyGame", version=version, release_channel=channel)
    report(db, NOON, product="MyGame", version="1.2", release_channel=None)
    count(db)
    for version in ("1.0", "1.1", "1.2", "1.3"):
        installs(db, DAY, 7, product="MyGame", version=version, channel="")
    installs(db, DAY, 7, channel="")

    query(db, "SELECT update_adi(%s)", DAY)

    assert query(
        db,
        "SELECT version, release_channel FROM adi JOIN product_versions USING (product_version_id)"
        " ORDER BY 1",
    ) == [
        ("1.0", "release"),
        ("1.1", "playtest"),
        ("1.2", "unknown"),
        ("1.3", "unknown"),
        ("140.0", "release"),
    ]


def test_installs_of_a_build_are_told_for_a_week(db: Connection) -> None:
    nightly = {"version": "142.0a1", "channel": "nightly"}
    for build_id in ("20261116000000", "20261117000000", "20261123000000", "20261124000000"):
        installs(db, DAY, 5, build_id=build_id, **nightly)
    installs(db, DAY, 5, build_id="unknown", **nightly)
    query(db, "SELECT update_adi(%s)", DAY)

    assert query(db, "SELECT build_day, adi FROM adi_build ORDER BY 1") == [
        (date(2026, 11, 17), 5),
        (date(2026, 11, 23), 5),
    ]
    assert query(db, ADI, DAY) == [("142.0a1", "win", 25)]


def test_the_crash_rate_of_ten_percent_of_the_crashes(db: Connection) -> None:
    for _ in range(3):
        report(db, NOON, throttle_rate=0.1)
    report(db, NOON, hang_id="h1")  # the browser's half: not in rates
    count(db)
    installs(db, DAY, 1500)
    query(db, "SELECT update_adi(%s)", DAY)

    assert query(
        db,
        "SELECT round((sum(estimated) * 100 / (SELECT sum(adi) FROM adi))::numeric, 3)"
        " FROM crash_counts JOIN crash_types USING (crash_type) WHERE in_rates",
    ) == [(2,)]
