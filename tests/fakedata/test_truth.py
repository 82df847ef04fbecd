"""The planted truth is in the truth file, and in the rows."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from cli.fakedata.rows import REPORT_COLUMNS, DayRows
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World

MONDAY = date(2026, 11, 23)
Row = dict[str, str]


@pytest.fixture(scope="module")
def world() -> World:
    return World(3, MONDAY - timedelta(days=13), MONDAY, 3000)


@pytest.fixture(scope="module")
def truth(world: World) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(truth_of(world)))
    return document


@pytest.fixture(scope="module")
def reports(world: World) -> dict[date, list[Row]]:
    """All reports of the two weeks."""
    by_day = {}
    for day in world.days:
        day_rows = DayRows(world, day)
        by_day[day] = [
            dict(zip(REPORT_COLUMNS, line[:-1].split("\t"), strict=True))
            for hour in range(24)
            for line in day_rows.hour(hour)
        ]
    return by_day


def test_every_kind_of_truth_is_told(truth: dict[str, Any]) -> None:
    assert truth["format"] == 1
    assert (truth["seed"], truth["first_day"], truth["last_day"]) == (3, "2026-11-10", "2026-11-23")
    kinds = Counter(explosion["kind"] for explosion in truth["explosive"])
    assert kinds == {"fast": 4, "slow": 2, "low": 2, "past": 1}
    for section in (
        "null_signature_shifts", "regressions", "frankeninstalls", "malware", "correlations",
        "simpsons_paradoxes", "domains", "flaky_hardware",
    ):  # fmt: skip
        assert truth[section], section


def test_an_explosion_is_in_the_reports_as_often_as_the_file_says(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    for explosion in truth["explosive"]:
        for day, rows in reports.items():
            count = sum(1 for row in rows if row["signature"] == explosion["signature"])
            assert count == explosion["crashes_by_day"].get(str(day), 0), explosion["name"]


def test_a_fast_explosion_comes_in_one_day_and_a_slow_one_in_weeks(truth: dict[str, Any]) -> None:
    for explosion in truth["explosive"]:
        by_day = explosion["crashes_by_day"]
        before = by_day.get("2026-11-22", 0)
        if explosion["kind"] == "fast":
            assert by_day["2026-11-23"] > 6 * max(before, 5)
        if explosion["kind"] == "low":
            assert 12 <= by_day["2026-11-23"] <= 48
            assert by_day.get("2026-11-20", 0) <= 4


def test_a_regression_is_in_its_builds_only(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    [regression] = truth["regressions"]
    builds = Counter(
        row["build_id"]
        for rows in reports.values()
        for row in rows
        if row["signature"] == regression["signature"]
    )

    assert len(builds) > 3
    assert min(builds) == regression["first_bad_build"]
    assert max(builds) < regression["first_good_build"]


def test_betas_lose_their_stacks_from_one_build_on(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    [shift] = truth["null_signature_shifts"]
    shares = {}
    for version in (shift["version_before"], shift["version_after"]):
        rows = [
            row for of_day in reports.values() for row in of_day
            if (row["product"], row["version"]) == ("Firefox", version)
        ]  # fmt: skip
        shares[version] = sum(row["signature"].startswith("EMPTY") for row in rows) / len(rows)

    assert shares[shift["version_after"]] > 2 * shares[shift["version_before"]]


def test_malware_has_many_names_and_one_debug_id(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    [malware] = truth["malware"]
    rows = [
        row for of_day in reports.values() for row in of_day if malware["debug_id"] in row["fields"]
    ]

    assert len(rows) > 20
    assert {row["signature"] for row in rows} == {malware["signature"]}
    named = {name for name in malware["modules"] if any(name in row["fields"] for row in rows)}
    assert len(named) > 8


def test_an_install_of_two_builds_has_modules_of_both(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    [frankeninstall] = truth["frankeninstalls"]
    rows = [
        row for of_day in reports.values() for row in of_day
        if frankeninstall["modules_in_stack"] in row["fields"]
    ]  # fmt: skip

    assert {row["signature"] for row in rows} == {frankeninstall["signature"]}
    assert frankeninstall["build"] != frankeninstall["module_of_build"]


def _share(rows: list[Row], module: str) -> float:
    return sum(f"{module}/" in row["fields"] for row in rows) / len(rows)


def test_a_module_goes_with_a_signature_and_another_only_seems_to(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    windows = [
        row for of_day in reports.values() for row in of_day
        if row["product"] == "Firefox" and row["os_name"] == "Windows NT"
    ]  # fmt: skip
    [real], [seeming] = truth["correlations"], truth["simpsons_paradoxes"]
    with_it = [row for row in windows if row["signature"] == real["signature"]]
    others = [row for row in windows if row["signature"] != real["signature"]]
    planted = [row for row in windows if row["signature"] == seeming["signature"]]

    assert _share(with_it, real["module"]) - _share(others, real["module"]) > 0.6
    assert _share(planted, seeming["module"]) - _share(windows, seeming["module"]) > 0.15
    on_it = [row for row in windows if row["os_version"] == seeming["os_version"]]
    planted_on_it = [row for row in planted if row["os_version"] == seeming["os_version"]]
    assert abs(_share(planted_on_it, seeming["module"]) - _share(on_it, seeming["module"])) < 0.15


def test_bugs_and_signatures_are_not_one_to_one(world: World, truth: dict[str, Any]) -> None:
    [one] = truth["bugs"]["one_bug_under_several_signatures"]
    [two] = truth["bugs"]["several_bugs_under_one_signature"]
    pairs = {(bug.bug_id, bug.signature) for bug in world.bugs}

    for plant in one["signatures"]:
        assert (one["bug_id"], plant["signature"]) in pairs
    assert len({plant["signature"] for plant in one["signatures"]}) == 3
    assert len({part["signature"] for part in two["parts"]}) == 1
    for bug_id in two["bug_ids"]:
        assert (bug_id, two["parts"][0]["signature"]) in pairs
    assert two["parts"][0]["os_names"] != two["parts"][1]["os_names"]


def test_flaky_hardware_crashes_everywhere_at_addresses_one_bit_off(
    truth: dict[str, Any], reports: dict[date, list[Row]]
) -> None:
    flaky = truth["flaky_hardware"][0]
    rows = [
        row for of_day in reports.values() for row in of_day
        if f'"{flaky["cpu_microcode_version"]}"' in row["fields"]
    ]  # fmt: skip

    assert len(rows) >= flaky["crashes"] > 40
    assert len({row["signature"] for row in rows}) > len(rows) / 4
    flipped = [row for row in rows if int(row["address"], 16).bit_count() == 1]
    assert len(flipped) >= flaky["crashes"]
