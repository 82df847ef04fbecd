"""Machines with broken memory: the binomial test, its correction, and what is not enough."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.score import hardware as score
from socorro.stats.hardware_suspects import LEAST_SHARE, Machine, base_share, suspects

MACHINES = st.lists(
    st.builds(Machine, st.integers(1, 500), st.integers(0, 20), st.integers(0, 20)), max_size=20
)


def test_a_machine_that_flips_in_many_signatures_is_suspected() -> None:
    sound, broken = Machine(40, 1, 1), Machine(42, 40, 30)

    [suspect] = suspects([sound, broken, sound], LEAST_SHARE)

    assert suspect.place == 1
    assert suspect.chance < 1e-90


@pytest.mark.parametrize(("signatures", "named"), [(1, 0), (2, 0), (3, 1)])
def test_one_or_two_signatures_may_be_a_bug(signatures: int, named: int) -> None:
    assert len(suspects([Machine(42, 40, signatures)], LEAST_SHARE)) == named


def test_chance_is_the_binomial_tail_times_the_machines_tested() -> None:
    # P(X >= 3), n = 10, p = 0.002: 120 * 0.002^3 * 0.998^7 + … = 9.49e-7
    [suspect] = suspects([Machine(10, 3, 3)], 0.002, tested=1000)

    assert suspect.chance == pytest.approx(9.49e-4, rel=0.01)
    assert suspects([Machine(10, 3, 3)], 0.002, tested=20_000) == []


def test_machines_without_a_flip_and_none_at_all_are_no_suspects() -> None:
    assert suspects([Machine(1000, 0, 0)], 0.002) == []
    assert suspects([], 0.002) == []


def test_the_usual_share_is_never_below_two_in_a_thousand() -> None:
    assert base_share(0, 0) == base_share(100_000, 1) == LEAST_SHARE
    assert base_share(1000, 10) == 0.01


@settings(max_examples=40, deadline=None)
@given(MACHINES, st.randoms(use_true_random=False))
def test_order_changes_nobody_and_more_tests_name_nobody_new(machines, random) -> None:
    def named(some, **more):
        return sorted(some[suspect.place] for suspect in suspects(some, LEAST_SHARE, **more))

    shuffled = random.sample(machines, len(machines))

    assert named(shuffled) == named(machines)
    assert set(named(machines, tested=10**6)) <= set(named(machines))


def test_the_scores_run() -> None:
    bars = list(score.bars(quick=True))

    assert [bar.met for bar in bars] == [True, True]
