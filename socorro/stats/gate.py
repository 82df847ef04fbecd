"""Is a new build worse than the old one? The answer may be looked at every hour.

In each cell (an hour or a day, on one system) the two builds have n events, k of them in the new
one. If the new build crashes r times as often, k is binomial with p(r) = r e' / (r e' + e), where e
and e' are the exposures of the old and the new build. What both have in common, such as a weekday
or a busy hour, cancels; so does a system that crashes more, as long as it is a cell of its own.

A classical test that is repeated hourly says "worse" of 41 % of equal builds. Here the likelihoods
of all ratios are averaged with fixed weights (normal in log r, deviation 0.7), and divided by the
likelihood of the limit:

    E = sum over r above the limit of weight(r) L(r) / L(limit)

While r is at most the limit, the mean of E never exceeds 1 whenever one looks, so it ever reaches
20 with a probability of 5 % at most (Robbins, Annals of Mathematical Statistics 41, 1970,
1397-1409; Ville's inequality). The ratios that are not ruled out this way make an interval that
holds at all times together (Johari et al., KDD 2017; Lindon et al., arXiv 2205.14762).

Events have to be independent: count installs, not crashes. What scatters more than that is divided
by its dispersion. No test sees that early adopters differ from everybody else.
"""

import math
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Outcome = Literal["worse", "not worse", "not enough data"]

LEVEL: Final = 0.05
THRESHOLD: Final = -math.log(LEVEL)
ENOUGH: Final = 5.0  # log likelihood ratio at which a verdict is likely: threshold and weights
SPREAD: Final = 0.7  # deviation of the weights, in log r
FARTHEST: Final = 12.0  # log r beyond which a ratio is called 0 or infinite
CLUMPS: Final = 3.0  # dispersion of crashes, at least: an install that crashes does so again
LEAST_CELLS: Final = 5  # fewer do not show their dispersion
STEPS: Final = 45  # halvings


def _log_ratios() -> Floats:
    """Return 241 logs of ratios, 1/64 to 64: 0.2 % apart at 1, wider where builds differ more."""
    reach = math.asinh(math.log(64) / 0.05)
    return np.asarray(0.05 * np.sinh(np.linspace(-reach, reach, 241)), dtype=float)


LOG_RATIOS: Final = _log_ratios()
_DENSITY = np.exp(-((LOG_RATIOS / SPREAD) ** 2) / 2) * np.gradient(LOG_RATIOS)
LOG_WEIGHTS: Final[Floats] = np.log(_DENSITY / _DENSITY.sum())
"""The log of the weight of each of LOG_RATIOS; the weights add up to 1."""


class Cells(NamedTuple):
    """Events and exposures of both builds, one number for each cell: arrays of one shape."""

    old: Floats
    new: Floats
    old_exposure: Floats
    new_exposure: Floats


class Verdict(NamedTuple):
    """What can be said; *low* and *high* hold at all times together.

    *ratio* and *high* are None where they are infinite, and *ratio* without any event.
    *log_worse* and *log_not_worse* are logs of E: THRESHOLD and more decide. *events* are those of
    cells in which both builds have an exposure. About so many further events of both builds lead
    to a verdict: *until_worse* when the new build crashes *rise* times as often, *until_not_worse*
    when it crashes as often; None: there is no exposure.
    """

    outcome: Outcome
    ratio: float | None
    low: float
    high: float | None
    log_worse: float
    log_not_worse: float
    dispersion: float
    events: float
    until_worse: int | None
    until_not_worse: int | None


def cells(
    old: ArrayLike, new: ArrayLike, old_exposure: ArrayLike, new_exposure: ArrayLike
) -> Cells:
    """Return the cells that can be compared: those in which both builds have an exposure."""
    table = np.array(
        np.broadcast_arrays(
            *(np.asarray(row, float) for row in (old, new, old_exposure, new_exposure))
        )
    ).reshape(4, -1)
    return Cells(*table[:, (table[2] > 0) & (table[3] > 0)])


def judge(
    compared: Cells, margin: float = 1.1, rise: float = 1.5, least_dispersion: float = 1.0
) -> Verdict:
    """Say whether the new build is worse (more than 1), or not worse (less than *margin*).

    Where events are crashes, *least_dispersion* is CLUMPS: a few days do not show how they clump.
    """
    phi = max(least_dispersion, dispersion(compared))
    likelihood = log_likelihood(compared, LOG_RATIOS) / phi
    at = dict(
        zip(
            (1.0, margin, rise),
            log_likelihood(compared, np.log([1, margin, rise])) / phi,
            strict=True,
        )
    )
    worse = log_evidence(likelihood, at[1.0], LOG_RATIOS > 0)
    not_worse = log_evidence(likelihood, at[margin], math.log(margin) > LOG_RATIOS)
    best = _best(compared)
    low, high = _interval(compared, likelihood, best, phi)
    return Verdict(
        outcome=outcome(float(worse), float(not_worse)),
        ratio=ratio_of(best) if compared.old.sum() + compared.new.sum() else None,
        low=low,
        high=high,
        log_worse=float(worse),
        log_not_worse=float(not_worse),
        dispersion=phi,
        events=float(compared.old.sum() + compared.new.sum()),
        until_worse=_until(compared, rise, 1.0, at[rise] - at[1.0], phi),
        until_not_worse=_until(compared, 1.0, margin, at[1.0] - at[margin], phi),
    )


def log_terms(old_exposure: ArrayLike, new_exposure: ArrayLike, log_ratios: ArrayLike) -> Any:
    """Return log p and log (1 - p) of each cell and ratio: two arrays, ratios in the last axis."""
    odds = np.log(np.asarray(new_exposure, float)) - np.log(np.asarray(old_exposure, float))
    logits = odds[..., None] + np.asarray(log_ratios, float)
    return -np.logaddexp(0, -logits), -np.logaddexp(0, logits)


def log_likelihood(compared: Cells, log_ratios: ArrayLike) -> Floats:
    """Return the log likelihood of each ratio, over all cells."""
    log_p, log_q = log_terms(compared.old_exposure, compared.new_exposure, log_ratios)
    return np.asarray(compared.new @ log_p + compared.old @ log_q, dtype=float)


def log_evidence(likelihood: Floats, at_limit: ArrayLike, beyond: NDArray[np.bool_]) -> Floats:
    """Return log E: *likelihood* is of LOG_RATIOS (last axis), *beyond* says which are averaged."""
    terms = LOG_WEIGHTS[beyond] + likelihood[..., beyond] - np.asarray(at_limit, float)[..., None]
    return np.asarray(np.logaddexp.reduce(terms, axis=-1), dtype=float)


def dispersion(compared: Cells) -> float:
    """Return how many times more than binomial the cells scatter around one ratio; at least 1."""
    log_p, log_q = log_terms(compared.old_exposure, compared.new_exposure, [_best(compared)])
    events = compared.old + compared.new
    variance = events * np.exp(log_p + log_q)[:, 0]
    used = variance > 0
    if used.sum() <= LEAST_CELLS:
        return 1.0
    squares = (compared.new - events * np.exp(log_p)[:, 0])[used] ** 2
    return max(1.0, float(squares.sum() / variance[used].sum() * used.sum() / (used.sum() - 1)))


def outcome(worse: float, not_worse: float) -> Outcome:
    """Return what the logs of the evidence for "worse" and for "not worse" decide."""
    if worse >= THRESHOLD:
        return "worse"
    return "not worse" if not_worse >= THRESHOLD else "not enough data"


def _best(compared: Cells) -> float:
    """Return the log of the likeliest ratio, at most FARTHEST from 0."""
    events, new = compared.old + compared.new, compared.new.sum()
    low, high = -FARTHEST, FARTHEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        log_p, _ = log_terms(compared.old_exposure, compared.new_exposure, [middle])
        low, high = (middle, high) if events @ np.exp(log_p)[:, 0] < new else (low, middle)
    return (low + high) / 2


def ratio_of(log_ratio: float) -> float | None:
    """Return a ratio; None where it is infinite."""
    if log_ratio > FARTHEST - 0.01:
        return None
    return 0.0 if log_ratio < 0.01 - FARTHEST else math.exp(log_ratio)


def _interval(
    compared: Cells, likelihood: Floats, best: float, phi: float
) -> tuple[float, float | None]:
    """Return the ends of the ratios whose likelihood is above a twentieth of the average."""
    least = float(np.logaddexp.reduce(LOG_WEIGHTS + likelihood)) - THRESHOLD
    ends: list[float | None] = []
    for outside in (-FARTHEST, FARTHEST):
        near, far = best, outside
        for _ in range(STEPS):
            middle = (near + far) / 2
            is_inside = float(log_likelihood(compared, [middle])[0]) / phi > least
            near, far = (middle, far) if is_inside else (near, middle)
        ends.append(ratio_of(near))
    low, high = ends
    return low or 0.0, high


def _until(compared: Cells, truth: float, limit: float, already: float, phi: float) -> int | None:
    """Return about how many more events rule out *limit*, when *truth* is the ratio."""
    if not compared.old.size:
        return None
    log_p, log_q = log_terms(compared.old_exposure, compared.new_exposure, np.log([truth, limit]))
    gain = (np.exp(log_p[:, 0]) * (log_p[:, 0] - log_p[:, 1])
            + np.exp(log_q[:, 0]) * (log_q[:, 0] - log_q[:, 1]))  # fmt: skip
    weights = compared.old_exposure + truth * compared.new_exposure
    per_event = float(gain @ weights / weights.sum()) / phi
    missing = max(0.0, ENOUGH - max(0.0, already))
    return math.ceil(missing / per_event) if per_event > 0 else None
