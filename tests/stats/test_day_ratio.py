"""A day against the day before: quiet days are quiet, changes are seen, weekdays are no change."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import days as score
from socorro.stats.day_ratio import MOST_DAYS, PRIOR_SCATTER, DayRatio, compare_days
from socorro.stats.rate_ratio import Exposed, compare

DAY = date(2026, 11, 23)  # a Monday
ONE_DAY = timedelta(days=1)
COUNTS = st.lists(st.integers(0, 300), min_size=2, max_size=60)


def history(counts: list[int], installs: float = 1e6) -> dict[date, Exposed]:
    """Crashes of the days that end with DAY."""
    return {DAY - back * ONE_DAY: Exposed(n, installs) for back, n in enumerate(reversed(counts))}


def judged(days: dict[date, Exposed], back: int = 1) -> DayRatio:
    ratio = compare_days(days, DAY, back)
    assert ratio is not None
    return ratio


@settings(max_examples=25, deadline=None)
@given(COUNTS, st.randoms(use_true_random=False))
def test_the_interval_contains_the_ratio_and_order_is_no_matter(counts, random) -> None:
    days = history(counts)
    ratio = compare_days(days, DAY)
    entries = list(days.items())
    random.shuffle(entries)

    assert compare_days(dict(entries), DAY) == ratio
    if counts[-1] + counts[-2] == 0:
        assert ratio is None
        return
    assert ratio is not None
    if ratio.ratio is None:
        assert (counts[-2], ratio.high) == (0, None)
    else:
        assert ratio.high is not None
        assert ratio.low <= ratio.ratio <= ratio.high
    chance = compare(days[DAY - ONE_DAY], days[DAY])
    assert chance is not None
    assert ratio.low <= chance.low * 1.01  # never narrower than chance alone


@pytest.mark.parametrize(
    ("before", "now"), [((0, 10.0), (0, 10.0)), ((5, 0.0), (5, 10.0)), ((5, 10.0), (5, 0.0))]
)
def test_days_without_crashes_or_without_installs_are_not_compared(
    before: tuple[int, float], now: tuple[int, float]
) -> None:
    assert compare_days({DAY - ONE_DAY: Exposed(*before), DAY: Exposed(*now)}, DAY) is None
    assert compare_days({DAY: Exposed(*now)}, DAY) is None
    assert compare_days({}, DAY) is None


def test_without_a_past_days_are_held_to_differ_by_five_percent() -> None:
    ratio = judged(history([1_000_000, 1_100_000]))

    assert (ratio.pairs, ratio.scatter, ratio.usual) == (0, PRIOR_SCATTER, 1)
    assert ratio.low == pytest.approx(1.1 * math.exp(-4.303 * 0.05), rel=1e-3)  # t of 2 degrees
    assert not ratio.is_clear
    assert judged(history([1_000_000, 2_000_000])).is_clear


def test_a_longer_quiet_past_narrows_the_interval() -> None:
    widths = [
        math.log((ratio.high or 0) / ratio.low)
        for length in (2, 5, 10, 20, 44)
        if (ratio := judged(history([10_000] * length)))
    ]

    assert widths == sorted(widths, reverse=True)


def test_days_that_always_differ_by_ten_percent_are_no_news() -> None:
    random = np.random.default_rng(1)
    counts = [int(n) for n in 10_000 * np.exp(random.normal(0, 0.1, 42))]
    calm = [int(n) for n in 10_000 * np.exp(random.normal(0, 0.005, 42))]

    wild = judged(history([*counts, 10_000, 11_000]))
    quiet = judged(history([*calm, 10_000, 11_000]))

    assert not wild.is_clear
    assert wild.scatter == pytest.approx(0.14, abs=0.04)  # of a difference of two days
    assert quiet.is_clear
    assert not judged(history([*calm, 10_000, 10_150])).is_clear


def test_a_step_that_each_monday_takes_is_usual() -> None:
    week = [8000, 10_000, 10_000, 10_000, 10_000, 10_000, 8000]  # Sunday to Saturday
    random = np.random.default_rng(2)
    counts = [
        int(n * random.normal(1, 0.01))
        for back in range(43, -1, -1)
        for n in [week[(DAY - back * ONE_DAY).isoweekday() % 7]]
    ]

    monday = judged(history(counts))
    same_weekday = judged(history(counts), back=7)
    level = judged(history([*counts[:-1], 8000]))

    assert monday.usual == pytest.approx(1.25, abs=0.02)
    assert monday.ratio == pytest.approx(1.25, abs=0.05)
    assert not monday.is_clear
    assert (same_weekday.usual, same_weekday.is_clear) == (1, False)
    assert same_weekday.ratio == pytest.approx(1, abs=0.05)
    assert level.is_clear  # as many as on Sunday is few for a Monday
    assert (level.high or 0) < level.usual


def test_a_past_outbreak_or_a_day_without_any_crash_blinds_nobody() -> None:
    quiet = history([1000] * 43 + [1500])
    outbreak = {**quiet, DAY - 9 * ONE_DAY: Exposed(5000, 1e6)}
    outage = {**quiet, DAY - 9 * ONE_DAY: Exposed(0, 1e6)}

    assert judged(quiet).is_clear
    assert judged(outbreak).is_clear
    assert judged(outage).is_clear


def test_only_six_weeks_count_and_missing_days_are_left_out() -> None:
    days = history([10_000] * 44)
    older = {DAY - (MOST_DAYS + n) * ONE_DAY: Exposed(n * 1000, 1e6) for n in (1, 2, 3)}
    with_gap = {day: days[day] for day in days if day != DAY - 5 * ONE_DAY}

    assert judged({**days, **older}) == judged(days)
    assert (judged(days).pairs, judged(with_gap).pairs) == (41, 39)
    assert judged({**days, DAY - 5 * ONE_DAY: Exposed(0, 0)}) == judged(with_gap)


def test_a_tenth_of_the_crashes_processed_is_no_change() -> None:
    days = history([10_000] * 43)
    tenth = {**days, DAY: Exposed(1000, 1e5)}

    assert judged(tenth).ratio == pytest.approx(1)
    assert not judged(tenth).is_clear


def test_the_scores_run() -> None:
    bars = list(score.bars(quick=True))

    assert len(bars) == 3
    assert all(0 <= float(bar.reached.split("%")[0]) <= 100 for bar in bars)
