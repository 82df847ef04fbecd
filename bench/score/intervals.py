"""Intervals of sampled crashes and of installs that crash repeatedly: what they cover of 95 %."""

from collections.abc import Iterator

import numpy as np

from bench.score import Bar
from socorro.stats.weighted import of_sums, repeating, weighted

SEED = 1
ROUNDS = 4000


def bars(quick: bool) -> Iterator[Bar]:
    """Yield the share of rounds in which the interval had the truth."""
    rounds = ROUNDS // (20 if quick else 1)
    for crashes in (20, 100, 1000, 20_000):
        yield _bar(f"sampled, {crashes:,} crashes", 0.945, _sampled(crashes, rounds))
        yield _bar(f"the same from sums, {crashes:,}", 0.93, _sampled(crashes, rounds, sums=True))
    for per_install, least in ((1.3, 0.93), (4.0, 0.93), (31.0, 0.9)):
        yield _bar(
            f"60 installs, {per_install} crashes each", least, _repeating(60, per_install, rounds)
        )


def _bar(what: str, least: float, covered: float) -> Bar:
    return Bar(
        what, f"95 % interval covers >= {least:.1%}", f"{covered:.1%}", covered >= least, str(SEED)
    )


def _sampled(crashes: int, rounds: int, sums: bool = False) -> float:
    """12 % of crashes are processed whole, of the rest 1 in 10; *sums*: only sums say so."""
    random = np.random.default_rng(SEED)
    covered = 0
    for whole, tenth in random.poisson([0.12 * crashes, 0.088 * crashes], (rounds, 2)):
        interval = (
            of_sums(whole + 10 * tenth, whole + 100 * tenth, usual=0.12 + 0.88 * 10)
            if sums
            else weighted([(int(whole), 1.0), (int(tenth), 10.0)])
        )
        covered += interval.low <= crashes <= interval.high
    return covered / rounds


def _repeating(installs: int, per_install: float, rounds: int) -> float:
    """A Poisson number of installs, each with a geometric number of crashes."""
    random = np.random.default_rng(SEED)
    covered = 0
    for count in random.poisson(installs, rounds):
        interval = repeating(random.geometric(1 / per_install, count))
        covered += interval.low <= installs * per_install <= interval.high
    return covered / rounds
