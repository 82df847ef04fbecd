"""Many ratios at once are the ratios one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import null_signatures as score
from socorro.stats.rate_ratio import Exposed, compare
from socorro.stats.rate_ratios import compare_all

SIDES = st.builds(Exposed, st.integers(0, 40), st.sampled_from([0.0, 1.0, 3.5, 1e6]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(SIDES, SIDES), max_size=4))
def test_all_are_what_each_is(pairs) -> None:
    for many, pair in zip(compare_all(pairs, 0.99), pairs, strict=True):
        one = compare(*pair, 0.99)
        if one is None:
            assert many is None
        else:
            assert many is not None
            assert [value is None for value in many] == [value is None for value in one]
            assert [value for value in many if value is not None] == pytest.approx(
                [value for value in one if value is not None], rel=1e-6
            )


def test_large_counts_are_no_trouble() -> None:
    [ratio] = compare_all([(Exposed(2_500_000, 4e7), Exposed(2_520_000, 4e7))])

    assert ratio is not None
    assert ratio.low == pytest.approx(1.008 * 0.99825, rel=1e-4)


def test_the_scores_run() -> None:
    assert len(list(score.bars(quick=True))) == 2
