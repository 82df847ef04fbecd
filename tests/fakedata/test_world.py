"""The generated history: the same for a seed, whole, and as a living browser's."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise

import pytest

from cli.fakedata import trains
from cli.fakedata.rows import REPORT_COLUMNS, USER_INFO_COLUMNS, DayRows
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World
from socorro import crash_id as ids

MONDAY = date(2026, 11, 23)
RESERVED = re.compile(r"(\.example|\bexample\.(com|net|org))$")

Row = dict[str, str]


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, MONDAY - timedelta(days=13), MONDAY, 2000)


@pytest.fixture(scope="module")
def day(world: World) -> tuple[list[Row], list[Row]]:
    """The reports of the last day, and what users told."""
    day_rows = DayRows(world, MONDAY)
    reports = [row for hour in range(24) for row in day_rows.hour(hour)]
    return _read(reports, REPORT_COLUMNS), _read(day_rows.take_user_info(), USER_INFO_COLUMNS)


def _read(lines: list[str], columns: tuple[str, ...]) -> list[Row]:
    return [dict(zip(columns, line[:-1].split("\t"), strict=True)) for line in lines]


def _bytes(world: World, day: date) -> str:
    day_rows = DayRows(world, day)
    text_lines = [
        line for hour in range(24) for line in day_rows.hour(hour)
    ] + day_rows.take_user_info()
    return sha256("".join(text_lines).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(world: World) -> None:
    again = World(7, world.first, world.last, 2000)
    other = World(8, world.first, world.last, 2000)

    assert _bytes(again, MONDAY) == _bytes(world, MONDAY)
    assert json.dumps(truth_of(again)) == json.dumps(truth_of(world))
    assert list(again.installs(MONDAY)) == list(world.installs(MONDAY))
    assert again.bugs == world.bugs
    assert _bytes(other, MONDAY) != _bytes(world, MONDAY)


def test_what_a_seed_gives_does_not_change_by_itself(world: World) -> None:
    assert _bytes(world, MONDAY)[:16] == "16e226e95fa840b2"


def test_a_day_holds_about_as_many_crashes_as_were_asked_for(world: World) -> None:
    counts = [
        sum(1 for hour in range(24) for _ in DayRows(world, day).hour(hour))
        for day in (MONDAY, MONDAY - timedelta(days=1))
    ]

    assert 1800 < counts[0] < 2500  # a Monday, with what explodes on it
    assert 1400 < counts[1] < 2000  # a Sunday


def test_crash_ids_have_the_shape_and_the_day_of_crash_ids(
    day: tuple[list[Row], list[Row]],
) -> None:
    crash_ids = [row["crash_id"] for row in day[0]]

    assert {ids.day_of(ids.parse(crash_id)) for crash_id in crash_ids} == {MONDAY}
    assert len(set(crash_ids)) == len(crash_ids)
    deferred = [row for row in day[0] if ids.is_deferred(ids.parse(row["crash_id"]))]
    assert {row["throttle_rate"] for row in deferred} <= {"0.1"}


def test_release_firefox_is_throttled_unless_a_user_wrote_something(
    day: tuple[list[Row], list[Row]],
) -> None:
    commented = {row["crash_id"] for row in day[1] if row["user_comments"] != "\\N"}

    assert commented
    for row in day[0]:
        thinned = (row["product"], row["release_channel"]) == ("Firefox", "release")
        expected = (
            "0.1" if thinned and row["crash_id"] not in commented else ("1" if thinned else "1.0")
        )
        assert float(row["throttle_rate"]) == float(expected)
    assert {row["throttle_rule"] for row in day[0]} == {"fakedata"}


def test_every_product_channel_and_system_crashes(day: tuple[list[Row], list[Row]]) -> None:
    assert {(row["product"], row["release_channel"]) for row in day[0]} == {
        (train.product, train.channel) for train in trains.TRAINS
    }
    systems = {row["os_name"] for row in day[0]}
    assert systems == {"Windows NT", "Mac OS X", "Linux", "Android"}
    assert {row["os_name"] for row in day[0] if row["product"] == "Fenix"} == {"Android"}


def test_few_signatures_make_most_crashes_and_most_make_few(
    day: tuple[list[Row], list[Row]],
) -> None:
    counts = Counter(row["signature"] for row in day[0] if row["product"] == "Firefox")

    assert sum(count for _, count in counts.most_common(20)) > counts.total() * 0.3
    assert sum(1 for count in counts.values() if count <= 2) > len(counts) * 0.5
    assert any(name.startswith("EMPTY") for name in counts)
    assert any(name.startswith("OOM | small") for name in counts)


def test_a_plugin_half_of_a_hang_finds_its_browser_half(world: World) -> None:
    halves: Counter[tuple[str, str]] = Counter()
    by_id: dict[str, set[str]] = {}
    for day in world.days[-6:]:
        day_rows = DayRows(world, day)
        lines = [line for hour in range(24) for line in day_rows.hour(hour)]
        for row in _read(lines, REPORT_COLUMNS):
            if row["hang_id"] != "\\N":
                assert row["signature"].startswith("hang | ")
                halves[row["hang_type"], row["process_type"]] += 1
                by_id.setdefault(row["hang_id"], set()).add(row["hang_type"])

    assert set(halves) == {("1", "parent"), ("-1", "plugin")}
    assert sum(1 for types in by_id.values() if types == {"1", "-1"}) > len(by_id) * 0.7


def test_duplicates_are_as_alike_as_those_of_clients_are(day: tuple[list[Row], list[Row]]) -> None:
    same = ("product", "version", "build_id", "signature", "cpu_info", "os_version", "address")
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in day[0]:
        groups.setdefault(tuple(row[name] for name in same), []).append(row)
    pairs = [
        (one, two)
        for rows in groups.values()
        for one, two in pairwise(sorted(rows, key=lambda row: row["crash_time"]))
        if one["crash_time"][:13] == two["crash_time"][:13]
        and 0 < int(two["uptime"]) - int(one["uptime"]) < 60
        and int(two["install_age"]) - int(one["install_age"])
        == int(two["uptime"]) - int(one["uptime"])
    ]

    assert len(pairs) > len(day[0]) * 0.01


def test_all_users_and_pages_are_invented(day: tuple[list[Row], list[Row]]) -> None:
    hosts = {
        match[1]
        for row in day[1]
        if (match := re.match(r"https?://(?:[^@/]*@)?([^/]+)/", row["url"]))
    }
    mails = {row["email"] for row in day[1]} - {"\\N"}

    assert {host for host in hosts if not RESERVED.search(host)} <= {"localhost", "intranet"}
    assert len(hosts) > 50
    assert mails
    assert all(RESERVED.search(mail.partition("@")[2]) for mail in mails)


def test_what_is_told_of_fields_is_json_and_declared_public(
    day: tuple[list[Row], list[Row]],
) -> None:
    from socorro.fields import redact

    for row in day[0][:300]:
        fields = json.loads(row["fields"].replace("\\\\", "\\"))
        assert redact("processed_crash", fields) == fields


def test_builds_follow_the_calendar() -> None:
    nightly = trains.builds("Firefox", "nightly", date(2026, 11, 1), date(2026, 11, 30))
    beta = trains.builds("Firefox", "beta", date(2026, 11, 1), date(2026, 11, 30))
    release = trains.builds("Firefox", "release", date(2026, 7, 1), date(2026, 11, 30))
    esr = trains.builds("Firefox", "esr", date(2026, 11, 1), date(2026, 11, 30))

    assert [build.out for build in nightly] == [date(2026, 11, n) for n in range(1, 31)]
    assert {build.out.strftime("%a") for build in beta} == {"Tue", "Fri"}
    majors = [build for build in release if build.version.count(".") == 1]
    assert {(two.out - one.out).days for one, two in pairwise(majors)} == {28}
    assert [build.version for build in esr] == ["153.5.0esr"]
    assert all(re.fullmatch(r"20\d{12}", build.build_id) for build in (*nightly, *beta, *release))


@pytest.mark.parametrize("day", [MONDAY, date(2026, 11, 10), date(2026, 11, 11), date(2027, 2, 2)])
def test_nearly_all_installs_are_on_builds_that_are_out(day: date) -> None:
    for train in trains.TRAINS:
        usage = trains.usage(train, day)

        assert 0.85 < sum(part for _, part in usage) <= 1
        assert all(build.out <= day for build, _ in usage)


def test_fewer_installs_are_used_at_weekends(world: World) -> None:
    def installs(day: date) -> int:
        return sum(int(str(row[6])) for row in world.installs(day))

    assert installs(date(2026, 11, 21)) < installs(date(2026, 11, 18)) * 0.9


def test_an_install_of_a_beta_tells_its_build_but_not_its_number(world: World) -> None:
    betas = [row for row in world.installs(MONDAY) if row[4] == "beta"]

    assert betas
    assert {str(row[2]) for row in betas} == {f"{trains.current(MONDAY) + 1}.0"} | {
        str(row[2]) for row in betas if str(row[2]) == f"{trains.current(MONDAY)}.0"
    }
    releases = {(row[0], row[1], row[2], row[3]) for row in world.releases()}
    assert all((row[1], row[2], row[3], row[4]) in releases for row in world.installs(MONDAY))
