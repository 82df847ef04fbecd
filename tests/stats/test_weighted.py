"""Intervals of sampled crashes and of installs that crash repeatedly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.stats.weighted import of_sums, repeating, weighted

GROUPS = st.lists(st.tuples(st.integers(0, 10**6), st.floats(1, 1000, allow_nan=False)), max_size=8)


@given(GROUPS)
def test_the_interval_contains_the_estimate_and_no_order_matters(groups) -> None:
    interval = weighted(groups)
    assert interval.low <= interval.estimate <= interval.high
    assert weighted(reversed(groups)) == pytest.approx(interval)


def test_a_group_split_in_two_changes_nothing() -> None:
    assert weighted([(30, 10.0), (12, 1.0)]) == pytest.approx(
        weighted([(20, 10.0), (10, 10.0), (12, 1.0)])
    )


def test_plain_counts_have_the_exact_poisson_interval() -> None:
    # Garwood's interval of 10 events.
    assert weighted([(10, 1.0)]) == pytest.approx((10, 4.795, 18.39), abs=0.01)


def test_no_crash_is_0_and_may_be_as_many_as_one_weight_allows() -> None:
    assert weighted([]) == (0, 0, 0)
    assert weighted([(0, 10.0)]) == pytest.approx((0, 0, 36.89), abs=0.01)


def test_sampled_crashes_are_covered_as_promised() -> None:
    random = np.random.default_rng(1)
    truth = 60 + 60 * 10
    covered = 0
    for whole, tenth in random.poisson([60, 60], (2000, 2)):
        interval = weighted([(int(whole), 1.0), (int(tenth), 10.0)])
        covered += interval.low <= truth <= interval.high
    assert 0.94 <= covered / 2000 <= 0.99


def test_installs_that_crash_thirty_times_widen_the_interval() -> None:
    assert repeating([1] * 100) == pytest.approx((100, 80.4, 119.6), abs=0.1)
    assert repeating([30] * 100) == pytest.approx((3000, 2412, 3588), abs=1)
    assert repeating([]) == (0, 0, 0)


@given(GROUPS)
def test_sums_alone_say_nearly_the_same(groups) -> None:
    sums = [sum(count * weight**power for count, weight in groups) for power in (1, 2)]
    interval = of_sums(*sums)

    assert interval.low <= interval.estimate <= interval.high
    if len({weight for count, weight in groups if count}) == 1 and len(groups) == 1:
        assert interval == pytest.approx(weighted(groups))


def test_sums_of_nothing_are_nothing_and_below_0_refused() -> None:
    assert of_sums(0, 0) == (0, 0, 0)
    with pytest.raises(ValueError, match="not negative"):
        of_sums(-1, 1)


def test_sums_of_installs_that_crash_thirty_times_widen_the_interval() -> None:
    once, again = of_sums(3000, 3000), of_sums(3000, 100 * 30**2)

    assert (once.low, once.high) == pytest.approx((2894, 3109), abs=2)
    assert (again.low, again.high) == pytest.approx((2441, 3649), abs=5)
