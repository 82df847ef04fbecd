"""The interval of a share: so many of so many.

Wilson's score interval (JASA 22, 1927, 209-212): it contains the estimate, stays within [0, 1],
and covers about what it promises from ten observations on (Brown, Cai, DasGupta, Statistical
Science 16, 2001, 101-133).
"""

from statistics import NormalDist
from typing import NamedTuple


class Share(NamedTuple):
    """A share, and the least and greatest that it may be."""

    share: float
    low: float
    high: float


def share_of(events: int, total: int, confidence: float = 0.95) -> Share:
    """Return the interval of *events* of *total*; without any, 0 from 0 to 1."""
    if total <= 0:
        return Share(0.0, 0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = events / total
    spread = z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    middle, scale = share + z * z / (2 * total), 1 + z * z / total
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return Share(share, max(0.0, min(low, share)), min(1.0, max(high, share)))
