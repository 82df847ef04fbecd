"""One bug or two? The second witness: do two groups of crashes come from the same places?

Stacks alone are weak evidence here. On reports whose bugs are known, merging signatures by how
alike their stacks are gained nothing at any threshold, the most similar other signature had the
same bug in six cases of ten, and where a signature was cut in two, the distance of the halves told
two bugs from one with an AUC of .625. So advice is given only when something else agrees: systems
with reasons, and builds. Nothing is ever merged or split by itself.

The witness is a Bayes factor of two multinomials (Good, The Estimation of Probabilities, 1965;
Gunel and Dickey, Biometrika 61, 1974, 545-557): both groups have the same shares, against each its
own, where shares are Dirichlet around those of all crashes. A reason that is common everywhere says
little, one that is rare and in both groups says much.

Installs are counted, since one machine that crashes thirty times is one witness, and each group
counts as 50 at most: real shares differ a little between any two groups, and in large ones that
would be certain, and mean nothing.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST: Final = 50  # that a group counts
STRENGTH: Final = 2.0  # of the Dirichlet, in installs
GREATEST: Final = math.log(100.0)  # of what a facet may say either way
CLEAR: Final = math.log(20.0)

Counts = Mapping[str, int]


class Split(NamedTuple):
    """The better of all cuts in two: which stacks are in the second part, and how far apart.

    *distance* is 0 when the parts are alike, 2 when they have nothing in common; *share* is what
    the second, smaller part has of the crashes.
    """

    second: tuple[bool, ...]
    distance: float
    share: float


def evidence(first: Counts, second: Counts, base: Mapping[str, float]) -> float:
    """Return the log of P(counts | one distribution) / P(counts | two), within ±log 100.

    *base* has the shares of all crashes; a value that it lacks is as rare as its rarest. 0 when
    either group is empty.
    """
    if not sum(first.values()) or not sum(second.values()):
        return 0.0
    names = sorted({*first, *second})
    rarest = min([share for share in base.values() if share > 0], default=1.0)
    shares = {name: base.get(name) or rarest for name in names}
    rest = max(0.0, 1.0 - math.fsum(shares.values()))
    scale = STRENGTH / (math.fsum(shares.values()) + rest)
    prior = [scale * shares[name] for name in names]
    a, b = _capped(first, names), _capped(second, names)
    both = [x + y for x, y in zip(a, b, strict=True)]
    log = _marginal(both, prior) - _marginal(a, prior) - _marginal(b, prior)
    return min(GREATEST, max(-GREATEST, log))


def _capped(counts: Counts, names: list[str]) -> list[float]:
    scale = min(1.0, MOST / sum(counts.values()))
    return [scale * counts.get(name, 0) for name in names]


def _marginal(counts: list[float], prior: list[float]) -> float:
    """Return log P(counts) of a Dirichlet-multinomial, without what both hypotheses share."""
    return (
        math.lgamma(STRENGTH)
        - math.lgamma(STRENGTH + math.fsum(counts))
        + math.fsum(
            math.lgamma(weight + count) - math.lgamma(weight)
            for count, weight in zip(counts, prior, strict=True)
        )
    )


def posterior(probability: float, log_evidence: float) -> float:
    """Return the probability after the second witness was heard."""
    odds = math.log(probability) - math.log1p(-probability) + log_evidence
    return 1 / (1 + math.exp(-odds))


def cut(likeness: NDArray[np.float64], weights: NDArray[np.float64]) -> Split | None:
    """Cut stacks in two: around the two of them that all are closest to, weighed by crashes.

    *likeness* of each pair is from -1 to 1. None for fewer than two stacks.
    """
    count = len(weights)
    if count < 2:
        return None
    far = 1.0 - likeness
    best, centres = math.inf, (0, 1)
    for one in range(count - 1):
        costs = np.minimum(far[one], far[one + 1 :]) @ weights
        other = int(np.argmin(costs))
        if costs[other] < best - 1e-12:
            best, centres = float(costs[other]), (one, one + 1 + other)
    second = far[centres[1]] < far[centres[0]]
    if weights[second].sum() > weights[~second].sum():
        second = ~second
    apart = far[np.ix_(~second, second)]
    mass = np.outer(weights[~second], weights[second])
    return Split(
        tuple(second.tolist()),
        float((apart * mass).sum() / mass.sum()),
        float(weights[second].sum() / weights.sum()),
    )
