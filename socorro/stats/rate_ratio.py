"""Did the crash rate change, by which ratio, and could it be chance?

Two Poisson counts with their exposures. Given their sum, the second is binomial with
p = ratio * b / (ratio * b + a), where a and b are the exposures, so an interval for p gives one for
the ratio. The interval is Clopper and Pearson's with mid-P tails: half of the probability of the
observed count goes to either side, which removes most of the exact interval's excess width
(Lancaster, JASA 56, 1961, 223-234; Berry and Armitage, The Statistician 44, 1995, 417-423).

Crashes of one install come in series, and days differ: real counts scatter more than Poisson. So
"could be chance" is a safe statement, and "is not chance" is about the count, not about its cause.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

_STEPS = 100  # halvings: beyond the precision of a float
_TERMS = 100_000  # of the continued fraction; it takes about the root of the larger count
_TINY = 1e-300


class Exposed(NamedTuple):
    """A count of events and its exposure: crashes, and installs times throttle."""

    events: int
    exposure: float


class RateRatio(NamedTuple):
    """The rate now divided by the rate before, and its interval; None is infinity."""

    ratio: float | None
    low: float
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Say whether the interval excludes "no change"."""
        return self.low > 1 or (self.high is not None and self.high < 1)


def compare(before: Exposed, now: Exposed, confidence: float = 0.95) -> RateRatio | None:
    """Return how the rate changed; None without any event, or when an exposure is 0."""
    total = before.events + now.events
    if total == 0 or before.exposure <= 0 or now.exposure <= 0:
        return None
    tail = (1 - confidence) / 2
    low = 0.0 if now.events == 0 else _solve(lambda p: 1 - _mid_p(now.events, total, p), tail)
    high = 1.0 if before.events == 0 else _solve(lambda p: -_mid_p(now.events, total, p), -tail)
    scale = before.exposure / now.exposure
    return RateRatio(
        ratio=None if before.events == 0 else now.events / before.events * scale,
        low=low / (1 - low) * scale,
        high=None if before.events == 0 else high / (1 - high) * scale,
    )


def _solve(rising: Callable[[float], float], target: float) -> float:
    """Return the p in (0, 1) at which a rising function reaches *target*."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return low


def _mid_p(count: int, total: int, p: float) -> float:
    """Return P(X < count) + P(X = count) / 2 for a binomial X; it falls with p."""
    return (_at_most(count - 1, total, p) + _at_most(count, total, p)) / 2


def _at_most(count: int, total: int, p: float) -> float:
    if count < 0:
        return 0.0
    if count >= total:
        return 1.0
    return _incomplete_beta(total - count, count + 1, 1 - p)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, 0 < x < 1 (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on one side only
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Return 1 / (1 + d1 / (1 + d2 / …)) by Lentz's method."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
