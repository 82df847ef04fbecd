"""The second witness, and the cut of a signature in two."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.stats.one_bug import CLEAR, GREATEST, cut, evidence, posterior

BASE = {"Windows": 0.8, "Mac": 0.15, "Linux": 0.05}
counts = st.dictionaries(st.sampled_from([*BASE, "Other"]), st.integers(1, 100), max_size=4)


@given(counts, counts)
def test_evidence_is_the_same_in_any_order_and_under_any_names(
    first: dict[str, int], second: dict[str, int]
) -> None:
    def renamed(values: dict[str, float]) -> dict[str, float]:
        return {f"~{name}": value for name, value in reversed(values.items())}

    log = evidence(first, second, BASE)

    assert -GREATEST <= log <= GREATEST
    assert evidence(second, first, BASE) == pytest.approx(log)
    assert evidence(renamed(first), renamed(second), renamed(BASE)) == pytest.approx(log)


def test_a_rare_value_in_both_says_more_than_a_common_one() -> None:
    common = evidence({"Windows": 20}, {"Windows": 20}, BASE)
    rare = evidence({"Linux": 20}, {"Linux": 20}, BASE)

    assert 0 < common < 1 < CLEAR < rare


def test_different_values_speak_for_two_and_more_of_them_speak_louder() -> None:
    few = evidence({"Windows": 3}, {"Linux": 3}, BASE)
    many = evidence({"Windows": 30}, {"Linux": 30}, BASE)

    assert many < few < 0
    assert many < -CLEAR


def test_one_install_says_next_to_nothing_and_none_nothing() -> None:
    assert abs(evidence({"Windows": 1}, {"Mac": 1}, BASE)) < math.log(3)
    assert evidence({}, {"Mac": 5}, BASE) == 0
    assert evidence({"Mac": 5}, {"Mac": 0}, BASE) == 0


def test_small_differences_of_large_groups_are_not_taken_for_two_bugs() -> None:
    first = {"Windows": 800_000, "Mac": 150_000, "Linux": 50_000}
    second = {"Windows": 780_000, "Mac": 165_000, "Linux": 55_000}

    assert evidence(first, second, BASE) > 0


def test_shares_of_all_may_be_unknown() -> None:
    assert evidence({"a": 9}, {"a": 9}, {}) == pytest.approx(0, abs=1e-9)
    assert evidence({"a": 9}, {"b": 9}, {}) < -CLEAR


@pytest.mark.parametrize(("probability", "log", "after"), [
    (0.5, 0.0, 0.5), (0.1, math.log(9), 0.5), (0.9, -math.log(9), 0.5),
])  # fmt: skip
def test_the_witness_multiplies_odds(probability: float, log: float, after: float) -> None:
    assert posterior(probability, log) == pytest.approx(after)


def test_a_signature_is_cut_between_what_is_not_alike() -> None:
    likeness = np.array([
        [1, 0.8, -0.5, -0.9], [0.8, 1, -0.6, -0.8], [-0.5, -0.6, 1, 0.7], [-0.9, -0.8, 0.7, 1],
    ])  # fmt: skip

    split = cut(likeness, np.array([30.0, 30.0, 10.0, 30.0]))

    assert split is not None
    assert split.second == (False, False, True, True)
    assert split.share == pytest.approx(0.4)
    assert split.distance == pytest.approx((10 * (1.5 + 1.6) + 30 * (1.9 + 1.8)) / 80)


def test_one_odd_stack_does_not_make_the_cut_when_two_large_groups_differ() -> None:
    names = [0] * 5 + [1] * 4 + [2]
    likeness = np.array([[1.0 if a == b else -0.5 for b in names] for a in names])

    split = cut(likeness, np.ones(10))

    assert split is not None
    assert split.share >= 0.4


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_stacks_are_not_cut(count: int) -> None:
    assert cut(np.ones((count, count)), np.ones(count)) is None


@given(st.integers(2, 9), st.randoms(use_true_random=False))
def test_a_cut_does_not_depend_on_the_order(count: int, rng: object) -> None:
    random = np.random.default_rng(count)
    half = np.triu(random.uniform(-1, 1, (count, count)), 1)
    likeness = half + half.T + np.eye(count)
    weights = random.integers(1, 50, count).astype(float)
    order = random.permutation(count)

    one, other = cut(likeness, weights), cut(likeness[np.ix_(order, order)], weights[order])

    assert one is not None
    assert other is not None
    assert other.distance == pytest.approx(one.distance)
    assert [other.second[list(order).index(n)] for n in range(count)] == list(one.second)
