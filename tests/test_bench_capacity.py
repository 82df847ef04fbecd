"""Capacity: the page shows what is computed, and what is computed behaves like machines."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench import capacity
from bench.capacity_day import Incident, Stages, go_through, posts
from bench.capacity_figures import Costs, Load, Machine
from bench.capacity_plan import Site, disks, fits_one_machine, fronts, plan, processors

PAGE = Path(__file__).parents[1] / "docs/capacity.md"
DAY = 24 * 60


def test_the_page_shows_what_is_computed() -> None:
    page = PAGE.read_text()
    assert page.count("<!-- python -m bench.capacity") == page.count("<!-- end -->") == 4
    assert capacity.filled(page) == page
    assert capacity.filled(page.replace("**175**", "**12**")) == page


def test_a_page_is_renewed_in_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- python -m bench.capacity --cores 4 -->\nold\n<!-- end -->\nafter\n"
    )
    capacity.main(["--write", str(page)])
    text = page.read_text()
    assert text.startswith("before\n<!-- python -m bench.capacity --cores 4 -->\n\n| crashes")
    assert text.endswith("\n<!-- end -->\nafter\n")
    assert "\nold\n" not in text


def test_a_number_of_its_own_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    capacity.main(["--crashes-per-minute", "6,000", "--processed-share", "0.2", "--json"])
    [document] = json.loads(capsys.readouterr().out)
    assert document["crashes_per_minute"] == 6_000
    assert document["processed_share"] == 0.2
    assert document["machines"] == sum(
        role["machines"] + role["spare"] for role in document["roles"]
    )
    assert set(document["incidents"]) == {"explosion", "processors away", "store away"}


@pytest.mark.parametrize(
    "options",
    [
        ["--crashes-per-minute", "0"],
        ["--crashes-per-minute", "-5"],
        ["--crashes-per-minute", "nan"],
        ["--crashes-per-minute", "1e9"],
        ["--crashes-per-minute", "many"],
        ["--processed-share", "0"],
        ["--processed-share", "1.01"],
        ["--store", "s3"],
        ["--cores", "0"],
    ],
)
def test_what_cannot_be_planned_is_refused(
    options: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        capacity.main(options)
    assert error.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_help_fits_78_columns_and_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        capacity.main(["--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 78
    assert "python -m bench.capacity --crashes-per-minute 6000" in text


def test_every_figure_says_what_it_is_and_where_from() -> None:
    printed = capacity.figures()
    for group in (Costs(), Load(), Machine()):
        for row in group.rows():
            assert row.meaning
            assert row.unit
            assert row.source
            assert f"| {row.meaning} |" in printed


def test_a_day_has_its_peak_and_its_mean() -> None:
    day = [posts(minute, 2_300, 1.33) for minute in range(DAY)]
    assert max(day) == pytest.approx(2_300)
    assert sum(day) == pytest.approx(Site(2_300).a_day)
    assert sum(day) == pytest.approx(2.49e6, rel=0.01)  # Firefox in 2012: 2.5 million


def test_a_backlog_is_what_came_while_processors_were_away() -> None:
    stages = Stages(lambda _posts: 1_000.0, lambda _posts: 150.0, 1.0)
    outcome = go_through(Incident("away", 60, processors_away=True), stages, 100, 1.0)
    assert outcome.queue == pytest.approx(60 * 100)
    assert outcome.spool == 0
    assert outcome.oldest == 60
    assert outcome.caught_up == 60 * 100 / (150 - 100) - 1  # minutes from 0


def test_a_store_that_is_away_fills_the_spool_and_then_the_queue() -> None:
    stages = Stages(lambda _posts: 500.0, lambda _posts: 150.0, 0.5)
    outcome = go_through(Incident("away", 30, store_away=True), stages, 100, 1.0)
    assert outcome.spool == pytest.approx(30 * 100)
    assert 0 < outcome.queue < 30 * 100 * 0.5
    assert outcome.oldest == 30
    assert outcome.caught_up is not None


def test_processors_that_are_too_slow_never_catch_up() -> None:
    stages = Stages(lambda _posts: 1_000.0, lambda _posts: 99.0, 1.0)
    outcome = go_through(Incident("away", 60, processors_away=True), stages, 100, 1.0)
    assert outcome.caught_up is None


@pytest.mark.parametrize("rate", [230, 2_300, 23_000])
def test_an_explosion_is_taken_without_a_spool_that_grows(rate: int) -> None:
    outcome = plan(Site(rate)).incidents["explosion"]
    assert outcome.spool == 0
    assert outcome.caught_up is not None


def test_more_crashes_never_take_fewer_machines() -> None:
    plans = [plan(Site(rate)).machines for rate in (1, 230, 1_000, 2_300, 9_000, 23_000, 90_000)]
    assert plans == sorted(plans)


def test_machines_follow_from_cores_in_an_explosion_and_at_the_peak() -> None:
    site = Site(23_000)
    weak = replace(site, machine=replace(Machine(), cores=4))
    assert fronts(weak).machines in {2 * fronts(site).machines - 1, 2 * fronts(site).machines}
    assert processors(weak).machines > processors(site).machines
    slow_disk = replace(site, machine=replace(Machine(), sync=100))
    assert fronts(slow_disk).machines == 29  # 172,500 a minute
    assert fronts(slow_disk).reason == "syncs in an explosion"


def test_a_line_leaves_one_machine_when_cores_or_disks_do_not_do() -> None:
    assert fits_one_machine(Site(230))
    assert not fits_one_machine(Site(2_300))  # 78 TB
    assert not fits_one_machine(replace(Site(230), machine=replace(Machine(), cores=0.1)))
    assert not fits_one_machine(replace(Site(230), machine=replace(Machine(), sync=10)))


def test_deferred_crashes_are_kept_for_their_own_weeks() -> None:
    costs, load = Costs(), Load()
    half = disks(Site(1_000, 0.5), 0).store
    day = Site(1_000).a_day / 2
    processed = day * load.crash_weeks * 7 * (costs.body + costs.processed)
    assert half == pytest.approx(processed + day * load.deferred_weeks * 7 * costs.body)
