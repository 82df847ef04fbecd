"""Explosive signatures: what rises, what must not alarm, and what changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import explosive as score
from socorro.stats.explosive import DAYS, Judged, Line, judge

SIGNATURES, VERSIONS = 40, 3


def line(seed: int = 1, **changes) -> Line:
    """A calm line: version 2 comes out ten days before the end, all signatures are in all."""
    random = np.random.default_rng(seed)
    adi = np.array([[900.0] * 39 + [300.0] * 10, [100.0] * DAYS, [0.0] * 39 + [600.0] * 10])
    rates = random.uniform(4, 40, SIGNATURES)[:, None]
    counts = random.poisson(rates * adi.sum(axis=0) / 1000).astype(float)
    seen = np.ones((SIGNATURES, VERSIONS), dtype=bool)
    calm = Line(counts, adi, seen, np.zeros(counts.shape, dtype=bool), counts.sum(axis=0))
    return calm._replace(**changes)


def with_count(number: float, row: int = 0, days: int = 1) -> Line:
    counts = line().counts.copy()
    counts[row, -days:] = number
    return line(counts=counts)


def alarms(*lines: Line) -> list[Judged]:
    return [item for item in judge(lines) if item.alarm]


def by_row(lines: list[Line]) -> dict[tuple[int, int], tuple[float, ...]]:
    return {
        (item.line, item.row): (item.p, item.expected, item.low, item.window)
        for item in judge(lines, p_shown=1)
    }


def test_a_calm_line_has_no_alarm() -> None:
    assert alarms(line()) == []


def test_a_rise_is_an_alarm_with_its_numbers() -> None:
    (alarm,) = alarms(with_count(200))

    usual = line().counts[0, : DAYS - 1][-42:].mean()
    assert (alarm.row, alarm.window, alarm.events) == (0, 1, 200)
    assert alarm.expected == pytest.approx(usual, rel=0.2)
    assert alarm.ratio == pytest.approx(200 / usual, rel=0.2)
    assert 2 < alarm.low < alarm.ratio < (alarm.high or 0)
    assert alarm.chance == pytest.approx(alarm.p * SIGNATURES)
    assert alarm.chance < 0.001
    assert alarm.history == 42


def test_a_slow_rise_is_judged_over_the_week() -> None:
    usual = line().counts[4].mean()
    (alarm,) = alarms(with_count(round(usual * 3), row=4, days=7))
    assert alarm.window == 7
    assert alarm.events == 7 * round(usual * 3)


@pytest.mark.parametrize("scale", [3.0, 0.1])
def test_more_users_are_no_explosion(scale: float) -> None:
    counts, adi = line().counts.copy(), line().exposure.copy()
    counts[:, -1] *= scale
    adi[:, -1] *= scale

    assert alarms(line(counts=counts, exposure=adi, totals=counts.sum(axis=0))) == []


def test_a_version_that_comes_out_is_no_explosion_of_what_only_it_has() -> None:
    counts, seen = line().counts.copy(), line().seen.copy()
    counts[0], counts[0, -10:] = 0, 12
    seen[0] = [False, False, True]
    assert alarms(line(counts=counts, seen=seen)) == []
    counts[0, -10:-5] = 0
    assert [item.row for item in alarms(line(counts=counts))] == [0]  # seen in old ones as well


def test_weekends_of_the_line_and_of_a_signature_are_no_explosion() -> None:
    counts = np.full((SIGNATURES, DAYS), 20.0)
    counts[:, DAYS - 1 :: -7] *= 2  # each seventh day, up to the last one
    counts[0, DAYS - 1 :: -7] *= 3

    assert (
        alarms(line(counts=counts, totals=counts.sum(axis=0), exposure=np.full((3, DAYS), 9.0)))
        == []
    )


def test_clumps_are_no_explosion_where_they_are_usual() -> None:
    counts = np.ones((SIGNATURES, DAYS))
    counts[0] = 0
    counts[0, 3::6] = 18  # one machine that crashes all day, each week

    assert alarms(line(counts=counts, totals=counts.sum(axis=0))) == []


def test_days_of_an_alarm_are_no_history() -> None:
    counts = line().counts.copy()
    counts[0, -15:] = 200
    alarmed = np.zeros(counts.shape, dtype=bool)
    before = judge([line(counts=counts)], p_shown=1)
    alarmed[0, -15:-1] = True

    (alarm,) = alarms(line(counts=counts, alarmed=alarmed))
    assert alarm.history == 34  # of a week that 42 days are before, 8 of them in the alarm
    assert alarm.expected < next(item.expected for item in before if item.row == 0) / 2


def test_a_level_that_has_lasted_is_the_new_usual() -> None:
    counts = line().counts.copy()
    counts[0] = 40
    alarmed = np.zeros(counts.shape, dtype=bool)
    alarmed[0, :-1] = True

    assert alarms(line(counts=counts, alarmed=alarmed)) == []  # no history is left: not judged


def test_fewer_than_three_are_not_judged() -> None:
    counts = np.zeros((1, DAYS))
    counts[0, -1] = 2
    rare = line(counts=counts, seen=np.ones((1, 3), dtype=bool), alarmed=counts > 9)
    assert judge([rare], p_shown=1) == []
    counts[0, -1] = 30
    assert [item.alarm for item in judge([rare], p_shown=1)] == [True]


def test_rare_signatures_count_as_tests() -> None:
    few, many = with_count(99), with_count(99)._replace(others=10**12)
    assert len(alarms(few)) == 1
    assert alarms(many) == []


@pytest.mark.parametrize(
    "broken",
    [
        line(exposure=np.zeros((VERSIONS, DAYS))),
        line(seen=np.zeros((SIGNATURES, VERSIONS), dtype=bool)),
        line(counts=np.full((SIGNATURES, DAYS), 2_500_000.0), totals=np.full(DAYS, 1e8)),
        Line(*(part[..., -1:] if part.shape[-1] == DAYS else part for part in line()[:5])),
        Line(*(part[:0] if len(part) == SIGNATURES else part for part in line()[:5])),
    ],
    ids=["no exposure", "seen nowhere", "2.5 million a day", "no history", "no signature"],
)
def test_input_without_an_answer_has_no_alarm(broken: Line) -> None:
    assert alarms(broken) == []


def test_neither_order_nor_names_matter() -> None:
    plain, order = with_count(60), np.random.default_rng(2).permutation(SIGNATURES)
    mixed = Line(
        plain.counts[order], plain.exposure[::-1], plain.seen[order, ::-1],
        plain.alarmed[order], plain.totals,
    )  # fmt: skip

    moved = {int(np.flatnonzero(order == row)[0]): p for (_, row), p in by_row([plain]).items()}
    assert {row: pytest.approx(p) for row, p in moved.items()} == {
        row: p for (_, row), p in by_row([mixed]).items()
    }


def test_a_version_split_in_two_and_lines_in_another_order_change_nothing() -> None:
    plain = with_count(60)
    split = plain._replace(
        exposure=np.vstack([plain.exposure, plain.exposure[:1] / 2]),
        seen=np.hstack([plain.seen, plain.seen[:, :1]]),
    )
    split.exposure[0] /= 2

    assert by_row([split]) == {
        place: pytest.approx(values) for place, values in by_row([plain]).items()
    }
    swapped = by_row([line(2), plain])
    assert {row: p for (at, row), p in swapped.items() if at == 1} == {
        row: pytest.approx(p) for (at, row), p in by_row([plain, line(2)]).items() if at == 0
    }


@settings(max_examples=8, deadline=None)
@given(st.integers(3, 10**6), st.integers(0, 39), st.sampled_from([1, 3, 7]))
def test_intervals_contain_the_ratio(number: int, row: int, days: int) -> None:
    for item in judge([with_count(number, row, days)], p_shown=1):
        assert 0 <= item.low <= (item.ratio or item.low)
        assert (item.ratio or 0) <= (item.high or np.inf)
        assert 0 <= item.p <= 1
        assert len(item.daily) == DAYS


@settings(max_examples=8, deadline=None)
@given(st.integers(10, 10**4))
def test_more_crashes_are_never_more_likely(number: int) -> None:
    fewer, more = by_row([with_count(number)]), by_row([with_count(number * 2)])
    assert more.get((0, 0), (1.0,))[0] <= fewer.get((0, 0), (1.0,))[0]


def test_the_same_shares_of_more_crashes_have_a_narrower_interval() -> None:
    widths = []
    for scale in (1, 4, 16):
        counts = np.full((SIGNATURES, DAYS), 5.0 * scale)
        counts[0, -1] *= 10
        (alarm,) = alarms(
            line(counts=counts, totals=counts.sum(axis=0), exposure=np.ones((3, DAYS)))
        )
        widths.append((alarm.high or np.inf) / alarm.low)
    assert widths == sorted(widths, reverse=True)


def test_the_bars_of_the_score_can_be_computed() -> None:
    bars = list(score.bars(quick=True))
    assert len(bars) == 11
    assert bars[0].met
