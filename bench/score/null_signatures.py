"""Null signatures of two betas: the planted shift of the sample data, and its quiet neighbours."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import numpy as np

from bench.score import Bar
from cli.fakedata import trains
from cli.fakedata.plants import EMPTY_SHARE, EMPTY_SHARE_LATER
from socorro.stats.rate_ratio import Exposed
from socorro.stats.rate_ratios import compare_all

LAST: Final = date(2026, 11, 23)
SEEDS: Final = tuple(range(1, 101))
PER_DAY: Final = 20_000
DAYS: Final = 4  # of a beta until the next one


def bars(quick: bool) -> Iterator[Bar]:
    """Yield how often a planted shift is seen, and how often one is said of quiet neighbours."""
    seeds = SEEDS[:5] if quick else SEEDS
    shifts = compare_all([_pair(seed, EMPTY_SHARE, EMPTY_SHARE_LATER) for seed in seeds], 0.99)
    seen = sum(bool(ratio and ratio.low > 1) for ratio in shifts)
    middle = [ratio.ratio for ratio in shifts if ratio and ratio.ratio]
    reached = f"{seen}/{len(seeds)}, ratio {np.median(middle):.1f} in the middle"
    yield Bar("planted shift, 2 % to 9 %", "all seen", reached, seen == len(seeds), "1-100")
    quiet = [
        pair
        for seed in seeds
        for pair in (
            _pair(seed, EMPTY_SHARE, EMPTY_SHARE),
            _pair(seed, EMPTY_SHARE_LATER, EMPTY_SHARE_LATER),
        )
    ]
    said = sum(bool(ratio and ratio.is_clear) for ratio in compare_all(quiet, 0.99))
    reached = f"{said} of {len(quiet)}"
    yield Bar(
        "neighbouring betas", "include 1 in >= 97 %", reached, said <= 0.03 * len(quiet), "1-100"
    )


def _pair(seed: int, before: float, after: float) -> tuple[Exposed, Exposed]:
    """Draw crashes without a stack, and all, of two betas; one in 25 comes in a series of 2.5."""
    random = np.random.default_rng([seed, round(before * 1000), round(after * 1000)])
    [beta] = [t for t in trains.TRAINS if (t.product, t.channel) == ("Firefox", "beta")]
    used = trains.usage(beta, LAST - timedelta(days=2))
    crashes = PER_DAY * beta.share * DAYS * max(part for _, part in used)
    sides = []
    for share in (before, after):
        first = random.poisson([crashes * share, crashes * (1 - share)])
        again = random.binomial(first, 0.04) * 1.5 + random.binomial(first, 0.02)
        empty, rest = (first + again).round()
        sides.append(Exposed(int(empty), float(empty + rest)))
    return sides[0], sides[1]
