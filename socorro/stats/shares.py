"""Two shares compared: the difference with its interval, its chance, and what is left in strata."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, ndtri

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

RATE: Final = 0.01  # of false discoveries
EXPECTED: Final = 5  # in a cell; with fewer, Fisher's test
COMPARABLE: Final = 0.1  # of the weight: less is not judged


class Check(NamedTuple):
    """What is left of a difference within the values of another attribute, with its interval.

    *comparable* is the share of the weight that has both, crashes of the signature and others.
    """

    within: str
    left: float
    low: float
    high: float
    comparable: float


def difference(
    count: int, installs: int, other_count: int, other_installs: int, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return a difference of two shares and its interval (Newcombe's hybrid score)."""
    share, low, high = _wilson(count, installs, confidence)
    other, other_low, other_high = _wilson(other_count, other_installs, confidence)
    value = share - other
    return (
        value,
        value - float(np.hypot(share - low, other_high - other)),
        value + float(np.hypot(high - share, other - other_low)),
    )


def _wilson(count: int, total: int, confidence: float) -> tuple[float, float, float]:
    z = -float(ndtri((1 - confidence) / 2))
    share, square = count / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    reach = z * float(np.sqrt(share * (1 - share) / total + square / total / 4)) / (1 + square)
    return share, max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))


def p_values(count: Integers, installs: int, other: Integers, others: int) -> Floats:
    """Return how probable such differences are by chance: chi-square, or Fisher's test."""
    a, c = count.astype(np.float64), other.astype(np.float64)
    having, total = a + c, float(installs + others)
    varied = having * (total - having)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = total * (a * others - c * installs) ** 2 / (varied * installs * others)
    p = np.where(varied > 0, chdtrc(1, square), 1.0)
    rare = np.minimum(having, total - having) * min(installs, others) < EXPECTED * total
    for index in np.flatnonzero(rare & (varied > 0)):
        p[index] = _fisher(int(count[index]), installs, int(other[index]), others)
    return np.asarray(p, dtype=np.float64)


def _fisher(count: int, installs: int, other: int, others: int) -> float:
    """Return twice the smaller tail of the hypergeometric distribution."""
    having = count + other
    first, last = max(0, having - others), min(having, installs)
    inside = np.arange(first, last + 1, dtype=np.float64)
    chance = np.exp(
        _choose(installs, inside) + _choose(others, having - inside)
        - _choose(installs + others, np.array(float(having)))
    )  # fmt: skip
    below, above = chance[: count - first + 1].sum(), chance[count - first :].sum()
    return float(min(1.0, 2 * min(below, above)))


def _choose(total: int, some: Floats) -> Floats:
    return np.asarray(
        gammaln(total + 1.0) - gammaln(some + 1) - gammaln(total - some + 1), dtype=np.float64
    )


def discoveries(p: Floats, tested: int, rate: float = RATE) -> NDArray[np.bool_]:
    """Say which of *p* are discoveries at a false discovery rate, of *tested* in all.

    Those of the tested that are not in *p* count as certain to be chance.
    """
    if not p.size:
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(p, kind="stable")
    good = np.flatnonzero(p[order] <= rate * np.arange(1, p.size + 1) / max(tested, p.size))
    limit = p[order[good[-1]]] if good.size else -1.0
    return p <= limit


def standardised(
    within: str, count: Integers, installs: Integers, other: Integers, others: Integers
) -> Check | None:
    """Return the difference within strata, each given by its counts; None when not comparable."""
    both = (installs > 0) & (others > 0)
    n1, n0 = installs[both].astype(np.float64), others[both].astype(np.float64)
    weight = n1 * n0 / (n1 + n0)
    most = float(installs.sum()) * float(others.sum()) / float(installs.sum() + others.sum())
    if weight.sum() < COMPARABLE * most:
        return None
    p1, p0 = count[both] / n1, other[both] / n0
    left = float((weight * (p1 - p0)).sum() / weight.sum())
    # One more on each side, of which half have it: no stratum is certain.
    q1, q0 = (count[both] + 0.5) / (n1 + 1), (other[both] + 0.5) / (n0 + 1)
    variance = weight**2 * (q1 * (1 - q1) / n1 + q0 * (1 - q0) / n0)
    reach = -float(ndtri(0.025)) * float(np.sqrt(variance.sum())) / float(weight.sum())
    return Check(
        within, left, max(-1.0, left - reach), min(1.0, left + reach), float(weight.sum()) / most
    )
