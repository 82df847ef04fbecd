"""Intervals of sampled crashes, and of installs that crash repeatedly.

Where 10 % of crashes are processed, one stands for ten, and an interval for plain counts around
the estimate covers less than half of what it promises. The same goes for a machine that crashes 30
times.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, ndtri


class Interval(NamedTuple):
    """An estimate, and the least and greatest that it may be."""

    estimate: float
    low: float
    high: float


def weighted(groups: Iterable[tuple[float, float]], confidence: float = 0.95) -> Interval:
    """Return the interval of a sum of weighted counts: (count, weight of each) for each group.

    The weight of a crash is 1 / its throttle rate. The interval is that of a gamma distribution
    (Fay and Feuer, Statistics in Medicine 16, 1997, 791-801). Without any group: 0 from 0 to 0.
    """
    table = np.array([group for group in groups if group[1] > 0], dtype=float).reshape(-1, 2)
    if not len(table):
        return Interval(0.0, 0.0, 0.0)
    counts, weights = table.T
    estimate, variance = float(counts @ weights), float(counts @ weights**2)
    largest = float(weights.max())
    tail = (1 - confidence) / 2
    low = _gamma(tail, estimate, variance) if estimate else 0.0
    return Interval(estimate, low, _gamma(1 - tail, estimate + largest, variance + largest**2))


def of_sums(
    estimate: float, squares: float, usual: float = 0.0, confidence: float = 0.95
) -> Interval:
    """Return the interval of a sum of weights, from the sum and that of their squares.

    The weight of an install is the number of crashes that its reports stand for, so it holds for
    sampled crashes and for machines that crash again and again. The gamma interval, with a usual
    weight for the largest (Tiwari, Clegg, Zou, Statistical Methods in Medical Research 15, 2006,
    547-569), which the sums do not say: *usual* is that of many alike, and the own one counts
    when it is larger. Raises ValueError when a sum is below 0.
    """
    if min(estimate, squares) < 0:
        raise ValueError("sums of weights and of squares are not negative")
    if not estimate or not squares:
        return Interval(estimate, estimate, estimate)
    weight, tail = max(usual, squares / estimate), (1 - confidence) / 2
    low = _gamma(tail, estimate, squares)
    high = _gamma(1 - tail, estimate + weight, squares + weight**2)
    return Interval(estimate, min(low, estimate), max(high, estimate))


def _gamma(probability: float, mean: float, variance: float) -> float:
    return float(variance / mean * gammaincinv(mean**2 / variance, probability))


def repeating(crashes: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the interval of all crashes, from the number of crashes of each install.

    The variance of a sum over independent installs with Poisson arrivals is the sum of their
    squares; the interval is normal and does not go below 0.
    """
    counts = np.asarray(crashes, dtype=float)
    total = float(counts.sum())
    reach = -float(ndtri((1 - confidence) / 2)) * float(np.sqrt((counts**2).sum()))
    return Interval(total, max(0.0, total - reach), total + reach)
