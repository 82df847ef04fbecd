"""Build against build: three answers, which hold however often one looks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import gate as score
from socorro.stats import gate

COUNTS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=1,
    max_size=12,
)


def judge(rows: list[tuple[int, int, float]], dispersion: float = 1.0) -> gate.Verdict:
    old, new, exposure = zip(*rows, strict=True)
    compared = gate.cells(old, new, np.ones(len(rows)), exposure)
    return gate.judge(compared, least_dispersion=dispersion)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (0, 0, "not enough data"),
        (10, 10, "not enough data"),
        (100, 190, "worse"),
        (190, 100, "not worse"),
        (5000, 5000, "not worse"),
        (60, 75, "not enough data"),
    ],
)
def test_there_are_three_answers(old: int, new: int, outcome: str) -> None:
    assert judge([(old, new, 1.0)]).outcome == outcome


def test_evidence_is_the_average_of_likelihoods_over_that_of_the_limit() -> None:
    compared = gate.cells([3, 4], [5, 9], [1.0, 2.0], [1.0, 0.5])
    expected = 0.0
    for log_ratio, log_weight in zip(gate.LOG_RATIOS, gate.LOG_WEIGHTS, strict=True):
        if log_ratio > 0:
            ratio, product = math.exp(log_ratio), 1.0
            for old, new, a, b in zip(*compared, strict=True):
                p, equal = ratio * b / (ratio * b + a), b / (b + a)
                product *= (p / equal) ** new * ((1 - p) / (1 - equal)) ** old
            expected += math.exp(log_weight) * product

    assert gate.judge(compared).log_worse == pytest.approx(math.log(expected))


@settings(max_examples=30, deadline=None)
@given(rows=COUNTS)
def test_the_interval_contains_the_estimate_and_order_does_not_matter(
    rows: list[tuple[int, int, float]],
) -> None:
    verdict, turned = judge(rows), judge(rows[::-1])

    assert verdict.outcome == turned.outcome
    assert verdict.log_worse == pytest.approx(turned.log_worse)
    if verdict.ratio is not None:
        assert verdict.low <= verdict.ratio
        assert verdict.high is None or verdict.ratio <= verdict.high
    elif verdict.events:
        assert verdict.high is None


@settings(max_examples=30, deadline=None)
@given(rows=COUNTS)
def test_splitting_a_cell_changes_nothing_but_what_is_seen_of_the_scatter(
    rows: list[tuple[int, int, float]],
) -> None:
    halves = [(old // 2, new // 2, exposure) for old, new, exposure in rows]
    rest = [(old - old // 2, new - new // 2, exposure) for old, new, exposure in rows]

    likelihoods = [
        gate.log_likelihood(
            gate.cells(*np.array(cells)[:, :2].T, np.ones(len(cells)), np.array(cells)[:, 2]),
            gate.LOG_RATIOS,
        )
        for cells in (rows, halves + rest)
    ]

    assert likelihoods[0] == pytest.approx(likelihoods[1])


@settings(max_examples=30, deadline=None)
@given(old=st.integers(5, 500), new=st.integers(5, 500))
def test_twice_the_data_never_widens(old: int, new: int) -> None:
    once, twice = judge([(old, new, 1.0)]), judge([(2 * old, 2 * new, 1.0)])

    assert once.low <= twice.low
    assert once.high is None or (twice.high is not None and twice.high <= once.high)


def test_cells_without_installs_of_both_builds_are_left_out() -> None:
    compared = gate.cells([5, 7, 9], [5, 8, 1], [10, 0, 10], [10, 10, 0])

    verdict = gate.judge(compared)

    assert (compared.old.tolist(), verdict.events) == ([5], 10)


def test_without_any_cell_there_is_no_estimate_and_nothing_to_wait_for() -> None:
    verdict = gate.judge(gate.cells([5], [5], [0], [10]))

    assert (verdict.outcome, verdict.ratio, verdict.low, verdict.high) == (
        "not enough data", None, 0.0, None,
    )  # fmt: skip
    assert verdict.until_worse is None


def test_clumps_scatter_and_make_the_interval_wider() -> None:
    calm = judge([(10, 10, 1.0)] * 10)
    clumped = judge([(0, 20, 1.0), (20, 0, 1.0)] * 5)

    assert calm.dispersion == 1.0
    assert clumped.dispersion > 10
    assert clumped.low < calm.low


def test_it_says_how_many_more_crashes_a_verdict_takes() -> None:
    verdict = judge([(20, 20, 1.0)])
    more = verdict.until_worse
    assert more is not None

    later = judge([(20 + more * 2 // 5, 20 + more * 3 // 5, 1.0)])

    assert 200 < more < 300
    assert later.log_worse > gate.THRESHOLD - 2
    assert verdict.until_not_worse is not None
    assert verdict.until_not_worse > 10 * more


def test_the_largest_counts_are_judged() -> None:
    million = [(1_000_000, 1_020_000, 1.0)] * 28

    verdict = judge(million)

    assert verdict.outcome == "worse"
    assert verdict.low > 1.01
    assert verdict.high is not None
    assert verdict.high < 1.03


def test_every_bar_is_printed() -> None:
    assert len(list(score.bars(quick=True))) == 8
    assert list(score.speeds(quick=True))
