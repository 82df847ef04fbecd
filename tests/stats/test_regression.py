"""The range of builds in which a crash began, and the verdict on a fix."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import regression as score
from socorro.stats.regression import MOST_BUILDS, locate, verify

BUILDS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([0.0, 0.5, 1.0, 4.0])), min_size=3, max_size=15
)


def test_the_first_bad_build_is_in_the_range_and_the_fix_after_it() -> None:
    events = [2, 1, 3, 2, 2, 1, 22, 19, 25, 18, 20, 1, 2, 3, 2]

    result = locate(events, np.ones(15))

    assert result is not None
    assert result.is_clear
    assert (result.bad.first, result.bad.likeliest, result.bad.last) == (6, 6, 6)
    assert result.good is not None
    assert (result.good.first, result.good.last) == (11, 11)
    assert result.inside_rate == pytest.approx(20.8)
    assert result.outside_rate == pytest.approx(1.9)


def test_a_crash_that_goes_on_has_no_fix() -> None:
    result = locate([1, 0, 2, 1, 1, 0, 15, 12, 17, 14, 16], np.ones(11))

    assert result is not None
    assert result.is_clear
    assert result.good is None


def test_builds_that_nobody_uses_widen_the_range() -> None:
    events, exposures = [1, 0, 2, 1, 1, 0, 0, 0, 15, 12, 17], [1.0] * 6 + [0.01] * 2 + [1.0] * 3

    result = locate(events, exposures)

    assert result is not None
    assert (result.bad.first, result.bad.last) == (6, 8)
    unused = locate(events, [1.0] * 6 + [0.0] * 2 + [1.0] * 3)
    assert unused is not None
    assert (unused.bad.first, unused.bad.last) == (6, 8)


@pytest.mark.parametrize(
    ("events", "exposures"),
    [([], []), ([5, 9], [1, 1]), ([0, 0, 0], [1, 1, 1]), ([5, 9, 9], [1, 1, 0]),
     ([5, 0, 0], [0, 1, 1])],
)  # fmt: skip
def test_too_few_builds_or_no_crash_have_no_range(events: list[int], exposures: list[int]) -> None:
    assert locate(events, exposures) is None


def test_a_constant_rate_is_no_regression() -> None:
    result = locate([5, 4, 6, 5, 7, 5, 4, 6, 5, 5, 3, 6], np.ones(12))

    assert result is not None
    assert not result.is_clear


def test_clumps_are_no_regression() -> None:
    events = [9, 0, 0, 1, 8, 0, 9, 0, 1, 9, 10, 0, 0, 7]

    result = locate(events, np.ones(14))

    assert result is not None
    assert result.dispersion > 5
    assert not result.is_clear


@settings(max_examples=30, deadline=None)
@given(builds=BUILDS)
def test_probabilities_add_up_and_the_range_has_the_likeliest(
    builds: list[tuple[int, float]],
) -> None:
    result = locate(*zip(*builds, strict=True))

    if result is None:
        return
    assert 0 <= result.no_change <= 1
    assert math.isclose(result.first_bad.sum(), 1)
    assert result.first_good.sum() <= 1 + 1e-9
    held = result.first_bad[result.bad.first : result.bad.last + 1].sum()
    assert held >= 0.9 - 1e-9
    if result.first_bad.max() > 0.5:
        assert result.bad.first <= result.bad.likeliest <= result.bad.last
    assert result.dispersion >= 1


@settings(max_examples=30, deadline=None)
@given(builds=BUILDS, scale=st.sampled_from([0.001, 7.0, 1e6]))
def test_the_unit_of_the_exposure_does_not_matter(
    builds: list[tuple[int, float]], scale: float
) -> None:
    events, exposures = zip(*builds, strict=True)
    result, other = locate(events, exposures), locate(events, np.array(exposures) * scale)

    assert (result is None) == (other is None)
    if result is not None and other is not None:
        assert other.no_change == pytest.approx(result.no_change)
        assert other.first_bad == pytest.approx(result.first_bad, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(builds=BUILDS, at=st.integers(0, 14))
def test_an_unused_build_between_others_does_not_change_what_is_claimed(
    builds: list[tuple[int, float]], at: int
) -> None:
    events, exposures = map(list, zip(*builds, strict=True))
    result = locate(events, exposures)
    at = min(at, len(events))

    other = locate([*events[:at], 0, *events[at:]], [*exposures[:at], 0.0, *exposures[at:]])

    assert (result is None) == (other is None)
    if result is not None and other is not None:
        assert other.no_change == pytest.approx(result.no_change)
        assert np.delete(other.first_bad, at) == pytest.approx(result.first_bad)


def test_so_many_builds_and_no_more() -> None:
    assert locate(np.ones(MOST_BUILDS), np.ones(MOST_BUILDS)) is not None
    with pytest.raises(ValueError, match="more than 200 builds"):
        locate(np.ones(MOST_BUILDS + 1), np.ones(MOST_BUILDS + 1))


@pytest.mark.parametrize(
    ("after", "exposure", "outcome"),
    [
        ([0, 0], 10.0, "fixed"),
        ([0], 0.5, "cannot tell"),
        ([12, 11], 5.0, "reduced"),
        ([25, 21], 5.0, "not fixed"),
        ([], 0.0, "cannot tell"),
    ],
)
def test_a_fix_has_four_answers(after: list[int], exposure: float, outcome: str) -> None:
    verdict = verify([5, 4, 6, 5], np.ones(4), after, [exposure] * len(after))

    assert verdict.outcome == outcome


def test_it_says_how_long_to_wait_without_a_crash() -> None:
    early = verify([5, 4, 6, 5], np.ones(4), [0], [0.5])
    assert early.more_exposure is not None

    late = verify([5, 4, 6, 5], np.ones(4), [0], [0.5 + early.more_exposure * 1.001])

    assert early.outcome == "cannot tell"
    assert late.outcome == "fixed"
    assert verify([5, 4, 6, 5], np.ones(4), [], []).more_exposure == pytest.approx(3.0)


def test_without_a_crash_before_there_is_nothing_to_compare() -> None:
    verdict = verify([0, 0], [1, 1], [4], [1])

    assert (verdict.outcome, verdict.more_exposure) == ("cannot tell", None)


@settings(max_examples=30, deadline=None)
@given(
    before=st.lists(st.integers(0, 20), min_size=1, max_size=8).filter(any),
    after=st.lists(st.integers(0, 20), min_size=1, max_size=8),
)
def test_the_bounds_contain_the_ratio_and_order_does_not_matter(
    before: list[int], after: list[int]
) -> None:
    one = verify(before, np.ones(len(before)), after, np.ones(len(after)))
    other = verify(before[::-1], np.ones(len(before)), after[::-1], np.ones(len(after)))

    assert one.outcome == other.outcome
    assert one.ratio is not None
    assert one.low <= one.ratio
    assert one.high is None or one.ratio <= one.high


def test_every_bar_is_printed() -> None:
    assert len(list(score.bars(quick=True))) == 14
    assert list(score.speeds(quick=True))
