"""The interval of a rate ratio, against the definition in exact fractions."""

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.stats.rate_ratio import Exposed, compare


def mid_p(count: int, total: int, p: Fraction) -> Fraction:
    """By the definition: P(X < count) + P(X = count) / 2."""
    terms = [comb(total, k) * p**k * (1 - p) ** (total - k) for k in range(count + 1)]
    return sum(terms[:-1], Fraction(0)) + terms[-1] / 2


def p_of(ratio: float, before: Exposed, now: Exposed) -> Fraction:
    share = Fraction(ratio) * Fraction(now.exposure)
    return share / (share + Fraction(before.exposure))


@given(
    before=st.builds(Exposed, st.integers(0, 60), st.sampled_from([1.0, 3.5, 1e6])),
    now=st.builds(Exposed, st.integers(0, 60), st.sampled_from([1.0, 2.0, 1e5])),
)
def test_both_ends_leave_two_and_a_half_percent_outside(before: Exposed, now: Exposed) -> None:
    change = compare(before, now)

    if before.events + now.events == 0:
        assert change is None
        return
    assert change is not None
    total = before.events + now.events
    if now.events:
        assert isclose(
            1 - mid_p(now.events, total, p_of(change.low, before, now)), 0.025, rel_tol=1e-6
        )
    else:
        assert (change.ratio, change.low) == (0, 0)
    if before.events:
        assert change.high is not None
        assert change.ratio is not None
        assert isclose(
            mid_p(now.events, total, p_of(change.high, before, now)), 0.025, rel_tol=1e-6
        )
        assert change.low <= change.ratio <= change.high
    else:
        assert (change.ratio, change.high) == (None, None)


def test_the_interval_of_an_equal_pair_is_the_textbooks() -> None:
    # p of 5 in 10: mid-P Clopper-Pearson 95 % is (0.2120, 0.7880)
    change = compare(Exposed(5, 1000), Exposed(5, 1000))

    assert change is not None
    assert change.low == pytest.approx(0.2120 / 0.7880, rel=1e-3)
    assert change.high == pytest.approx(0.7880 / 0.2120, rel=1e-3)
    assert not change.is_clear


def test_the_counts_of_a_large_day_are_no_trouble() -> None:
    change = compare(Exposed(1_250_000, 4e7), Exposed(1_260_000, 4e7))

    assert change is not None
    assert change.high is not None
    assert change.ratio == pytest.approx(1.008)
    # the normal approximation: exp(±1.96 * sqrt(1/a + 1/b))
    assert change.low == pytest.approx(1.008 * 0.997529, rel=1e-5)
    assert change.high == pytest.approx(1.008 * 1.002477, rel=1e-5)
    assert change.is_clear


@pytest.mark.parametrize(
    ("before", "now"), [((0, 10), (0, 10)), ((5, 0), (5, 10)), ((5, 10), (5, 0))]
)
def test_nothing_to_compare_is_none(before: tuple[int, float], now: tuple[int, float]) -> None:
    assert compare(Exposed(*before), Exposed(*now)) is None


def test_a_tenth_of_the_exposure_with_a_tenth_of_the_crashes_is_no_change() -> None:
    change = compare(Exposed(1000, 1e6), Exposed(100, 1e5))

    assert change is not None
    assert change.ratio == pytest.approx(1)
    assert not change.is_clear
