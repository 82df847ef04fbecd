"""Ratios of many pairs of rates at once: as socorro/stats/rate_ratio.py, vectorized."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from socorro.stats.rate_ratio import Exposed, RateRatio

_STEPS = 60  # halvings: beyond the precision of a float
Floats = NDArray[np.float64]


def compare_all(
    pairs: Sequence[tuple[Exposed, Exposed]], confidence: float = 0.95
) -> list[RateRatio | None]:
    """Return how each rate changed, from the first of its pair to the second.

    None without any event, or when an exposure is 0.
    """
    if not pairs:
        return []
    before, now = (np.array([pair[side] for pair in pairs], dtype=float) for side in (0, 1))
    a, b = before[:, 0], now[:, 0]
    total = a + b
    tail = (1 - confidence) / 2
    low = np.where(b > 0, _solve(lambda p: 1 - _mid_p(b, total, p), tail, len(pairs)), 0.0)
    high = _solve(lambda p: -_mid_p(b, total, p), -tail, len(pairs))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = before[:, 1] / now[:, 1]
        ratios = np.stack([b / a, low / (1 - low), high / (1 - high)]) * scale
    usable = (total > 0) & (before[:, 1] > 0) & (now[:, 1] > 0)
    return [
        _ratio(ratios[:, place], bool(a[place] > 0)) if usable[place] else None
        for place in range(len(pairs))
    ]


def _ratio(values: Floats, has_before: bool) -> RateRatio:
    ratio, low, high = map(float, values)
    return RateRatio(ratio, low, high) if has_before else RateRatio(None, low, None)


def _solve(rising: Callable[[Floats], Floats], target: float, count: int) -> Floats:
    """Return the p in (0, 1) at which each rising function reaches *target*."""
    low, high = np.zeros(count), np.ones(count)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below = rising(middle) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low


def _mid_p(count: Floats, total: Floats, p: Floats) -> Floats:
    """Return P(X < count) + P(X = count) / 2 for binomial X; it falls with p."""
    below = np.where(count > 0, betainc(total - count + 1, np.maximum(count, 1), 1 - p), 0.0)
    at_most = np.where(count < total, betainc(np.maximum(total - count, 1), count + 1, 1 - p), 1.0)
    return np.asarray((below + at_most) / 2, dtype=float)
