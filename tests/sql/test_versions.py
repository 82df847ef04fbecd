"""Product versions: from the release feed, from crashes alone, and which one a crash belongs to."""

from datetime import UTC, date, datetime, timedelta

import pytest

from socorro.postgres import Connection
from tests.sql.rows import NOON, build, count, one, query, refused, report, top

VERSIONS = (
    "SELECT version, release_channel, build_date, sunset_date, has_builds, source"
    ' FROM product_versions WHERE product = %s ORDER BY version_sort COLLATE "C", release_channel'
)


def update(db: Connection) -> int:
    return int(one(db, "SELECT update_product_versions()"))


def tell_firefox(db: Connection) -> None:
    build(db, "140.0", "20261103093000")
    build(db, "140.0", "20261101093000", platform="linux64")
    build(db, "141.0", "20261110093000", "beta", 1)
    build(db, "141.0", "20261113093000", "beta", 2)
    build(db, "141.0", "20261120093000", "beta")  # the release candidate, on the beta channel
    build(db, "142.0a1", "20261120093000", "nightly")
    build(db, "142.0a1", "20261121093000", "nightly")
    build(db, "128.5.0", "20261102093000", "esr")


def test_builds_of_the_feed_become_versions(db: Connection) -> None:
    tell_firefox(db)

    assert update(db) == 6

    weeks = timedelta(weeks=1)
    assert query(db, VERSIONS, "Firefox") == [
        ("128.5.0esr", "esr", date(2026, 11, 2), date(2026, 11, 2) + 18 * weeks, False, "builds"),
        ("140.0", "release", date(2026, 11, 1), date(2026, 11, 1) + 18 * weeks, False, "builds"),
        ("141.0b", "beta", date(2026, 11, 10), date(2026, 11, 10) + 9 * weeks, True, "builds"),
        ("141.0b1", "beta", date(2026, 11, 10), date(2026, 11, 10) + 9 * weeks, False, "builds"),
        ("141.0b2", "beta", date(2026, 11, 13), date(2026, 11, 13) + 9 * weeks, False, "builds"),
        ("141.0", "beta", date(2026, 11, 20), date(2026, 11, 20) + 9 * weeks, False, "builds"),
        ("142.0a1", "nightly", date(2026, 11, 20), date(2027, 1, 22), True, "builds"),
    ]
    assert query(
        db,
        "SELECT parent.version, child.version FROM product_versions AS child"
        " JOIN product_versions AS parent ON parent.product_version_id = child.rapid_beta_id"
        " WHERE parent.is_rapid_beta ORDER BY 2",
    ) == [("141.0b", "141.0"), ("141.0b", "141.0b1"), ("141.0b", "141.0b2")]
    assert one(db, "SELECT count(*) FROM product_version_builds") == 8


def test_updating_versions_again_changes_nothing(db: Connection) -> None:
    tell_firefox(db)
    update(db)
    before = query(db, "SELECT * FROM product_versions ORDER BY 1")

    assert update(db) == 0

    assert query(db, "SELECT * FROM product_versions ORDER BY 1") == before


def test_an_earlier_build_that_is_told_later_moves_the_build_date(db: Connection) -> None:
    build(db, "140.0", "20261103093000")
    update(db)
    build(db, "140.0", "20261101093000", platform="mac")

    assert update(db) == 1
    assert query(db, "SELECT build_date, sunset_date FROM product_versions") == [
        (date(2026, 11, 1), date(2027, 3, 7))
    ]


def test_builds_that_do_not_fit_their_channel_are_left_out(db: Connection) -> None:
    build(db, "142.0", "20261101093000", "nightly")
    build(db, "142.0a1", "20261101093000", "release")
    build(db, "142.0a1", "20261101093000", "aurora")
    build(db, "3.6", "20100101093000")  # before the rapid releases
    build(db, "140.0", "20261399093000")  # no date
    build(db, "140.0", "29991101093000")  # not yet
    build(db, "140.0", "19700101000000")  # a clock at its start
    build(db, "../../etc", "20261101093000")
    build(db, "140.0", "20261101093000", product="Netscape")  # no product of ours

    assert update(db) == 0
    assert query(db, "SELECT version FROM product_versions") == []


def test_a_product_without_rapid_betas_has_each_beta_alone(db: Connection) -> None:
    build(db, "2.60", "20261101093000", "beta", 1, product="SeaMonkey")
    build(db, "22.0", "20130401093000", "beta", 1)  # Firefox has them since 23.0
    update(db)

    assert query(db, "SELECT version, rapid_beta_id FROM product_versions ORDER BY 1") == [
        ("2.60b1", None),
        ("22.0b1", None),
    ]


def test_versions_sort_as_people_expect(db: Connection) -> None:
    ordered = [
        "3.6", "9.0", "10.0", "128.5.0esr", "128.10.0esr", "140.0a1", "140.0a2", "140.0b",
        "140.0b1", "140.0b2", "140.0b10", "140.0", "140.0esr", "140.0.1", "140.1", "141.0a1",
    ]  # fmt: skip

    in_order = query(
        db,
        'SELECT version FROM unnest(%s) AS version ORDER BY version_sort(version) COLLATE "C"',
        ordered[::-1],
    )

    assert [version for (version,) in in_order] == ordered


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.0.0", "1.0.0+5", "1.0.0+45", "1.0.1"],
        ["1.0.0", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.1"],
        ["1.2.3", "1.2.3 (9)", "1.2.3 (456)", "1.2.3 (1000)", "1.2.4 (1)"],
        ["2026.11.9", "2026.11.20261128", "2026.11.20261129", "2026.12.1"],
        ["1.2.3.4", "1.2.3.4.5", "1.2.3.4.10", "1.2.3.5"],
        ["v1.2.3", "1.2.4", "V 1.2.5", "version 1.3", "Release-1.4"],
        ["4.27.1", "4.27.2-18319896+++UE4+Release-4.27", "4.27.2-18319897+++UE4", "4.27.3"],
        ["1.0 alpha 1", "1.0 beta 2", "1.0 beta 10", "1.0 Release Candidate 1", "1.0"],
        ["1.0~git1", "1.0~beta1", "1.0~rc1", "1.0~rc2", "1.0", "1.0.0ubuntu1", "1.0.1"],
        ["1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0-rc.1+7", "1.0.0"],
        ["Nightly 200325 23:59", "Nightly 200326 06:01", "Nightly 200326 06:02"],
        ["2.0.0-SNAPSHOT", "2.0.0 (beta)", "2.0.0", "2.0.0.Final", "2.0.0_1", "2.0.1"],
        ["1, 2, 3, 4", "1, 2, 3, 40", "1, 2, 10, 0"],
        ["r9", "r1234"],
        ["dev", "nightly", "trunk"],
        ["99999", "100000", "20261129", "9" * 40, "1" + "0" * 40],
    ],
)
def test_versions_of_every_kind_sort_as_people_expect(db: Connection, ordered: list[str]) -> None:
    in_order = query(
        db,
        'SELECT version FROM unnest(%s) AS version ORDER BY version_sort(version) COLLATE "C"',
        ordered[::-1],
    )

    assert [version for (version,) in in_order] == ordered


def test_zeros_and_words_that_say_nothing_do_not_change_the_order(db: Connection) -> None:
    for version in ("1.2", "1.2.0", "1.2.0.0", "v1.2", "Version 1.2", "01.02"):
        assert one(db, "SELECT version_sort(%s) = version_sort('1.2')", version), version
    assert one(db, "SELECT version_sort(NULL)") is None
    sort_keys = [one(db, "SELECT version_sort(%s)", "1" * length) for length in (199, 200, 201)]
    assert sort_keys[0] < sort_keys[1] == sort_keys[2]  # 200 characters are read
    assert len(one(db, "SELECT version_sort(%s)", "1a" * 10_000)) < 1000


@pytest.mark.parametrize(
    "version",
    [
        "1.0.0+45", "1.0.0-1", "1.2.3 (456)", "2026.11.20261129", "1.2.3.4.5", "v1.2.3",
        "4.27.2-18319896+++UE4+Release-4.27", "1.0 beta 2", "1.0~rc1", "Nightly 200326 06:01",
        "1:2.3-4ubuntu1", "r1234", "1, 0, 0, 1", "20261129", "a1b2c3d", "latest", "1.0b", "[1.0]",
        "2.0/x64", "Версия 3", "バージョン 3",
        "1.0 'Sunny' & \"Rain\"", "1.0.0-beta.2+exp.sha.5114f85",
    ],
)  # fmt: skip
def test_what_people_call_versions_is_counted(db: Connection, version: str) -> None:
    report(db, NOON, product="MyGame", version=version)

    count(db)

    assert query(db, "SELECT reason FROM reports_bad") == []
    assert top(db, version) == [("malloc | main", 1)]


@pytest.mark.parametrize(
    "product",
    [
        "AT&T Player", "My App (x64)", "Foo/Bar", "C#Builder", "@scope/app", "it's", "C++",
        "Игра 2", "プレーヤー", "app:name", "50% Off!", "a|b", '"Quoted"', "org.example.App", "_x",
        "Café™", "$app", "a\\b", "p" * 100,
    ],
)  # fmt: skip
def test_what_people_call_products_is_counted(db: Connection, product: str) -> None:
    report(db, NOON, product=product, version="1.0")

    count(db)

    assert query(db, "SELECT reason FROM reports_bad") == []
    assert query(db, "SELECT product FROM product_versions") == [(product,)]


def test_channels_that_clients_make_up_are_counted_as_their_own(db: Connection) -> None:
    for channel in ("playtest", "Early Access", "release", None, "", "unknown", "BETA"):
        report(db, NOON, product="MyGame", version="1.0b2", release_channel=channel)

    count(db)

    assert query(
        db,
        "SELECT release_channel, reports FROM top_crashers"
        " JOIN product_versions USING (product_version_id) ORDER BY 1",
    ) == [("beta", 1), ("early access", 1), ("playtest", 1), ("release", 1), ("unknown", 3)]


def test_made_up_channels_are_bounded(db: Connection) -> None:
    query(db, "UPDATE count_settings SET most_channels = 7")  # 6 are there from the start
    for channel in ("one", "two"):
        report(db, NOON, release_channel=channel)

    count(db)

    assert query(db, "SELECT reason FROM reports_bad") == [("too many channels",)]
    assert top(db, "140.0", ("release_channel", "reports")) == [("one", 1)]


@pytest.mark.parametrize("build_id", ["19700101000000", "20051231000000", "build-77", None])
def test_a_build_that_is_no_plausible_date_does_not_date_a_version(
    db: Connection, build_id: str | None
) -> None:
    report(db, NOON, product="MyGame", version="159.0", build_id=build_id)

    count(db)

    assert query(db, VERSIONS, "MyGame") == [
        ("159.0", "release", NOON.date(), NOON.date() + timedelta(weeks=18), False, "reports")
    ]


def test_channels_are_matched_by_the_longest_pattern(db: Connection) -> None:
    query(db, "INSERT INTO release_channel_matches VALUES ('esr', 'release-cck-esr%%')")
    channels = {
        ("nightly", "142.0a1"): "nightly",
        ("nightly-oak", "142.0"): "nightly",
        ("default", "142.0"): "nightly",
        ("BETA", "141.0"): "beta",
        ("release-cck-partner", "140.0"): "release",
        ("release-cck-esr-partner", "140.0"): "esr",
        ("playtest", "140.0"): "playtest",
        (" Early Access ", "140.0"): "early access",
        ("стабильный", "140.0"): "стабильный",
        ("<b>", "140.0"): "unknown",
        ("-", "140.0"): "unknown",
        ("c" * 100, "140.0"): "c" * 100,
        ("d" * 101, "140.0"): "d" * 100,
        ("unknown", "140.0"): "unknown",
        ("", "140.0"): "unknown",
        ("unknown", "142.0a1"): "nightly",
        ("release", "142.0a2"): "aurora",
        ("unknown", "141.0b3"): "beta",
        ("aurora", "141.0b3"): "aurora",
        ("default", "128.5.0esr"): "esr",
    }

    channels_by_sql = {sent: one(db, "SELECT match_channel(%s, %s)", *sent) for sent in channels}

    assert channels_by_sql == channels


def test_a_beta_is_found_by_its_build_and_counted_with_the_others_too(db: Connection) -> None:
    tell_firefox(db)
    update(db)
    beta = {"version": "141.0", "release_channel": "beta"}
    report(db, NOON, build_id="20261110093000", **beta)
    report(db, NOON, build_id="20261113093000", **beta)
    report(db, NOON, build_id="20261113093000", version="141.0b2", release_channel="beta")
    report(db, NOON, build_id="20261120093000", **beta)
    report(db, NOON, build_id="20261120093000", version="141.0")  # a release that no feed told

    count(db)

    assert query(
        db,
        "SELECT version, release_channel, reports FROM top_crashers"
        " JOIN product_versions USING (product_version_id) ORDER BY 1, 2",
    ) == [
        ("141.0", "beta", 1),
        ("141.0", "release", 1),
        ("141.0b", "beta", 4),
        ("141.0b1", "beta", 1),
        ("141.0b2", "beta", 2),
    ]
    assert query(
        db,
        "SELECT version, build_day FROM top_crashers_build"
        " JOIN product_versions USING (product_version_id)",
    ) == [("141.0b", date(2026, 11, 20))]


def test_a_beta_of_an_unknown_build_is_bad_until_the_feed_has_it(db: Connection) -> None:
    now = datetime.now(UTC)
    today, before = f"{now:%Y%m%d}000000", f"{now - timedelta(days=3):%Y%m%d}000000"
    build(db, "141.0", before, "beta", 1)
    update(db)
    for version in ("141.0", "141.0b2"):
        report(db, now, version=version, release_channel="beta", build_id=today)
    report(db, now, version="141.0", release_channel="beta", build_id=None)
    count(db)
    bad = "SELECT reason, count(*) FROM reports_bad GROUP BY 1 ORDER BY 1"
    assert query(db, bad) == [("unknown build", 2)]
    assert top(db, "141.0b2") == [("malloc | main", 1)]  # says itself which beta it is

    build(db, "141.0", today, "beta", 2)
    update(db)
    count(db)

    assert query(db, bad) == [("unknown build", 1)]
    assert top(db, "141.0b2") == top(db, "141.0b") == [("malloc | main", 2)]


def test_an_esr_has_its_suffix_whether_the_client_says_so_or_not(db: Connection) -> None:
    tell_firefox(db)
    update(db)
    report(db, NOON, version="128.5.0", release_channel="esr")
    report(db, NOON, version="128.5.0esr", release_channel="esr")
    report(db, NOON, version="128.5.0esr", release_channel="default")

    count(db)

    assert top(db, "128.5.0esr") == [("malloc | main", 3)]
    assert one(db, "SELECT count(*) FROM product_versions") == 7


def test_without_a_feed_versions_come_from_crashes(db: Connection) -> None:
    report(db, NOON, version="141.0b3", release_channel="beta", build_id="20261113093000")
    report(db, NOON, version="141.0b3", release_channel="beta", build_id="20261112093000")
    report(db, NOON, version="140.0", release_channel="nightly", build_id="bad")
    report(db, NOON, product="Otter Browser", version="1.0.3-rc2", release_channel=None)

    count(db)

    assert query(db, VERSIONS, "Firefox") == [
        ("140.0", "nightly", date(2026, 11, 23), date(2027, 1, 25), True, "reports"),
        ("141.0b", "beta", date(2026, 11, 12), date(2027, 1, 14), True, "reports"),
        ("141.0b3", "beta", date(2026, 11, 12), date(2027, 1, 14), False, "reports"),
    ]
    assert query(db, VERSIONS, "Otter Browser") == [
        ("1.0.3-rc2", "unknown", date(2026, 11, 20), date(2027, 3, 26), False, "reports")
    ]
    assert top(db, "141.0b") == [("malloc | main", 2)]


def test_a_version_known_from_crashes_is_the_feeds_when_the_feed_tells_it(db: Connection) -> None:
    report(db, NOON, build_id="20200101000000")
    count(db)
    tell_firefox(db)
    update(db)

    assert query(db, "SELECT build_date, source FROM product_versions WHERE version = '140.0'") == [
        (date(2026, 11, 1), "builds")
    ]
    assert top(db, "140.0") == [("malloc | main", 1)]


def test_versions_and_products_are_not_made_when_that_is_switched_off(db: Connection) -> None:
    query(db, "UPDATE count_settings SET products_from_reports = false")
    report(db, NOON, product="Otter Browser")
    report(db, NOON)
    count(db)
    bad = "SELECT reason FROM reports_bad ORDER BY 1"
    assert query(db, bad) == [("unknown product",)]

    query(db, "UPDATE count_settings SET versions_from_reports = false")
    report(db, NOON, version="141.0")
    count(db)
    assert query(db, bad) == [("unknown version",), ("unknown version",)]

    build(db, "141.0", "20261120031153")
    update(db)
    report(db, NOON, version="141.0")
    count(db)
    assert query(db, bad) == [("unknown version",)]


def test_made_up_products_and_versions_are_bounded(db: Connection) -> None:
    query(db, "UPDATE count_settings SET most_products = 5, most_versions = 2")
    for number in range(3):
        report(db, NOON, product=f"Product {number}")
        report(db, NOON, version=f"{140 + number}.0")
    count(db)

    assert query(db, "SELECT reason FROM reports_bad ORDER BY 1") == [
        ("too many products",),
        ("too many products",),
        ("too many versions",),
    ]
    assert one(db, "SELECT count(*) FROM products") == 5
    assert top(db, "140.0") != []
    assert top(db, "142.0") == []


def test_settings_are_one_row(db: Connection) -> None:
    assert "duplicate key" in refused(db, "INSERT INTO count_settings DEFAULT VALUES")
