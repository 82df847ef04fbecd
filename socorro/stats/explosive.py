"""Which signatures crash more on a day than their own history explains?

For each signature of a line (a product on a channel) the count of the last day, of the last three
and of the last seven is compared with what its 42 days before them let expect.

Exposure: ADI times the share of crashes that is processed, summed over the versions in which the
signature occurs, times how crashy the weekday is for the line and for the signature. New versions,
roll-outs, another throttle and weekends change it, and so need no alarm (Noufaily et al.,
Statistics in Medicine 32, 2013, 1206-1222; Farrington et al., JRSS A 159, 1996, 547-563).
Days that had an alarm are no history: the caller remembers them. To give outliers less weight
instead raised false alarms at small counts.

Scatter: a machine that crashes 30 times makes counts scatter more than Poisson. Each signature has
one of eight classes of variance / mean; its own days say how likely each is, and all signatures
together say how common each class is (gamma-Poisson over all: DuMouchel, The American Statistician
53, 1999, 177-190). p is the chance of so large a count (negative binomial, mid-P) if the rate had
risen to no more than *ratio* times the old one, with what is not known of the old rate.
Tests of all lines together are held to a false discovery rate (Benjamini and Hochberg, JRSS B 57,
1995, 289-300); signatures that are too rare to be judged count as tests as well.

An alarm says that a rate rose; it does not say that there is a bug.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, gammaln

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

WINDOWS: Final = (1, 3, 7)  # days that are judged together
HISTORY: Final = 42  # days before a window
DAYS: Final = HISTORY + max(WINDOWS)
LEAST: Final = 3  # in a window; fewer are not judged
INSTALLS: Final = 1.25  # times the usual rate and less is no explosion where installs are counted
CRASHES: Final = 1.5  # likewise for crashes, which one machine may have many of
RATE: Final = 0.05  # false discoveries among alarms
CLASSES: Final = np.array([1.05, 1.3, 1.7, 2.5, 4.0, 7.0, 12.0, 20.0])  # variance / mean
STEPS: Final = 12  # to learn how common each class is
OWN: Final = 20.0  # events that a signature's own weekday must outweigh
DRIFT: Final = 0.02  # variance of the logarithm of a rate from window to window
_WEEK = 7
_FEW = 3  # events of a cell for which a product is faster than a gamma function


class Line(NamedTuple):
    """The last days of one product on one channel, oldest first; the last one is judged.

    S signatures, V versions, D days (DAYS, or fewer); all of one shape in D.

    counts     (S, D) events, of signatures with LEAST or more in the last seven days at least
    exposure   (V, D) ADI times the share that is processed; 0: not in use
    seen       (S, V) whether the signature occurs in the version
    alarmed    (S, D) days that belong to an earlier alarm of the signature
    totals     (D,) events of the whole line
    others     signatures of the line that are not in counts, and are tests all the same
    """

    counts: Floats
    exposure: Floats
    seen: Booleans
    alarmed: Booleans
    totals: Floats
    others: int = 0


class Judged(NamedTuple):
    """What was seen of one signature, in the window that is least likely by chance.

    *window* days had so many *events*, *expected* were expected. The ratio is None without history;
    *low* and *high* are its interval of 95 %, *high* None where there is none. *p* is the chance
    of that, *chance* how many of all signatures would show it by chance. *history* is the number
    of days that it was compared with, *daily* what each day of the line let expect. *alarm*: it
    exploded.
    """

    line: int
    row: int
    window: int
    events: float
    expected: float
    ratio: float | None
    low: float
    high: float | None
    scatter: float
    p: float
    chance: float
    history: int
    daily: tuple[float, ...]
    alarm: bool


class _Window(NamedTuple):
    """One window of all signatures of a line: arrays with a value for each."""

    days: int
    events: Floats
    rate: Floats  # events per exposure of its history
    expected: Floats
    before: Floats  # events of its history
    history: Floats  # days of it


def judge(
    lines: Sequence[Line],
    ratio: float | Sequence[float] = CRASHES,
    rate: float = RATE,
    p_shown: float = 0.05,
) -> list[Judged]:
    """Return the signatures with a p below *p_shown*, least likely ones first.

    *ratio*: up to so many times the old rate is no explosion, in all lines or in each. *rate*: the
    share of alarms that may be false.
    """
    ratios = [ratio] * len(lines) if isinstance(ratio, float) else ratio
    prepared = [_Prepared(line, most) for line, most in zip(lines, ratios, strict=True)]
    prior = _prior([line.likelihood for line in prepared])
    tests = sum(len(line.counts) + line.others for line in lines)
    signs = [
        item
        for number, line in enumerate(prepared)
        for item in line.judged(number, prior, tests, p_shown)
    ]
    signs.sort(key=lambda item: (item.p, item.line, item.row))
    last = max((k for k, item in enumerate(signs, 1) if item.p * tests <= rate * k), default=0)
    return [item._replace(alarm=place < last) for place, item in enumerate(signs)]


class _Prepared:
    """One line with its exposures and windows."""

    def __init__(self, line: Line, ratio: float) -> None:
        self.counts = np.asarray(line.counts, dtype=float)
        self.ratio = ratio
        self.usable = ~line.alarmed
        days = self.counts.shape[1]
        self.weekday = (np.arange(days) - (days - 1)) % _WEEK
        exposed = line.seen.astype(float) @ (line.exposure * self._weekdays(line))
        self.exposure = exposed * self._own_weekdays(exposed)
        self.windows = [self._window(length) for length in WINDOWS if length < days]
        self.likelihood = self._likelihood()

    def _weekdays(self, line: Line) -> Floats:
        """Return how crashy each day is as its weekday: median of its rates, 1 on average."""
        exposure = line.exposure.sum(axis=0)
        factors = np.ones(_WEEK)
        before = np.zeros(len(exposure), dtype=bool)
        before[-1 - HISTORY : -1] = True
        valid = before & (exposure > 0) & (line.totals > 0)
        for weekday in range(_WEEK):
            days = valid & (self.weekday == weekday)
            factors[weekday] = np.median(line.totals[days] / exposure[days]) if days.any() else 0
        mean = factors[factors > 0].mean() if (factors > 0).any() else 1.0
        factors = np.where(factors > 0, factors / mean, 1.0)
        spread: Floats = factors[self.weekday]
        return spread

    def _base(self, window: int) -> Booleans:
        """Return which days are the history of a window, for each signature."""
        base = np.zeros_like(self.usable)
        end = self.counts.shape[1] - window
        base[:, max(0, end - HISTORY) : end] = True
        usable: Booleans = base & self.usable
        return usable

    def _own_weekdays(self, exposed: Floats) -> Floats:
        base = self._base(1)
        counts, exposed = self.counts * base, exposed * base
        rate = _share(counts.sum(axis=1) + 0.5, exposed.sum(axis=1))
        factors = np.empty((len(counts), _WEEK))
        for weekday in range(_WEEK):
            days = self.weekday == weekday
            expected = exposed[:, days].sum(axis=1) * rate
            factors[:, weekday] = (counts[:, days].sum(axis=1) + OWN) / (expected + OWN)
        return factors[:, self.weekday]

    def _window(self, length: int) -> _Window:
        base = self._base(length)
        before = (self.counts * base).sum(axis=1)
        rate = _share(before + 0.5, (self.exposure * base).sum(axis=1))
        return _Window(
            length,
            self.counts[:, -length:].sum(axis=1),
            rate,
            rate * self.exposure[:, -length:].sum(axis=1),
            before,
            (base & (self.exposure > 0)).sum(axis=1).astype(float),
        )

    def _likelihood(self) -> Floats:
        """Return (S, classes): the logarithm of the likelihood of the history in each class."""
        base = self._base(max(WINDOWS))
        exposure = self.exposure * base
        rate = _share((self.counts * base).sum(axis=1) + 0.5, exposure.sum(axis=1))
        means = exposure * rate[:, None]
        return _log_likelihood(self.counts, means, base & (means > 0))

    def judged(self, number: int, prior: Floats, tests: int, p_shown: float) -> list[Judged]:
        """Return the signatures with a p below *p_shown*, in no order, none as an alarm yet."""
        if not self.windows:
            return []
        weights = _posterior(self.likelihood, prior)
        best = np.ones(len(self.counts))
        chosen = np.zeros(len(self.counts), dtype=int)
        for place, window in enumerate(self.windows):
            p = self._chances(window, weights)
            better = p < best
            best[better], chosen[better] = p[better], place
        best = np.minimum(1.0, best * len(self.windows))
        rows = np.flatnonzero(best < p_shown)
        scatter = weights @ CLASSES
        return [
            self._describe(number, int(row), self.windows[chosen[row]], float(scatter[row]),
                           float(best[row]), tests)
            for row in rows
        ]  # fmt: skip

    def _chances(self, window: _Window, weights: Floats) -> Floats:
        """Return p of each signature; 1 for those that are not above what is allowed, or rare."""
        chances = np.ones(len(window.events))
        allowed = window.expected * self.ratio
        rows = np.flatnonzero(
            (window.events >= LEAST) & (allowed > 0) & (window.events > allowed + allowed**0.5)
        )  # nearer than a deviation, p is far above any that counts
        if not len(rows):
            return chances
        mean, count = allowed[rows, None], window.events[rows, None]
        unknown = CLASSES / (window.before[rows, None] + 0.5) + DRIFT
        share = mean / (CLASSES * mean + mean**2 * unknown)  # mean / variance, below 1
        size = mean * share / (1 - share)
        tail = (betainc(count, size, 1 - share) + betainc(count + 1, size, 1 - share)) / 2
        chances[rows] = (weights[rows] * tail).sum(axis=1)
        return chances

    def _describe(
        self, number: int, row: int, window: _Window, scatter: float, p: float, tests: int
    ) -> Judged:
        count, expected = float(window.events[row]), float(window.expected[row])
        before = float(window.before[row])
        low, high = _interval(count, before, expected / (before + 0.5), scatter)
        return Judged(
            number, row, window.days, count, expected,
            count / (expected * before / (before + 0.5)) if before else None,
            low, high, scatter, p, p * tests, int(window.history[row]),
            tuple((self.exposure[row] * window.rate[row]).tolist()), False,
        )  # fmt: skip


def _interval(
    count: float, before: float, scale: float, scatter: float
) -> tuple[float, float | None]:
    """Return 95 % of the ratio of two counts, *scale* exposures of the first in the second.

    Clopper and Pearson's interval of counts divided by their scatter, widened by the drift.
    """
    now, then = count / scatter, before / scatter
    drift = 1.96 * DRIFT**0.5
    low = _odds(float(betaincinv(now, then + 1, 0.025))) / scale
    high = _odds(float(betaincinv(now + 1, then, 0.975))) / scale if before else math.inf
    if not before:
        return low * math.exp(-drift), None
    ratio = count / before / scale
    if low > 0:
        low = ratio * math.exp(-math.hypot(math.log(ratio / low), drift))
    if math.isinf(high):
        return low, None
    return low, ratio * math.exp(math.hypot(math.log(high / ratio), drift))


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else math.inf


def _share(numbers: Floats, exposures: Floats) -> Floats:
    """Return numbers / exposures, 0 where there is no exposure: nothing is expected there."""
    shares: Floats = np.divide(
        numbers, exposures, out=np.zeros_like(exposures), where=exposures > 0
    )
    return shares


def _log_likelihood(counts: Floats, means: Floats, used: Booleans) -> Floats:
    """Return (S, classes) of negative binomial counts with variance = class * mean.

    Without the terms that are the same in each class. Most cells are 0, and their likelihood is a
    sum of means.
    """
    sums = np.where(used, means, 0).sum(axis=1)
    logs: Floats = -sums[:, None] * np.log(CLASSES) / (CLASSES - 1)
    present = used & (counts > 0)
    for cells in (present & (counts <= _FEW), present & (counts > _FEW)):
        rows, days = np.nonzero(cells)
        count, mean = counts[rows, days], means[rows, days]
        for place, scatter in enumerate(CLASSES):
            terms = _rising(count, mean / (scatter - 1)) + count * np.log1p(-1 / scatter)
            logs[:, place] += np.bincount(rows, terms, len(counts))
    return logs


def _rising(count: Floats, size: Floats) -> Floats:
    """Return log(gamma(size + count) / gamma(size)); counts are all up to _FEW, or all above."""
    if not len(count) or count[0] > _FEW:
        return np.asarray(gammaln(count + size) - gammaln(size))
    product = np.where(count > 1, size * (size + 1), size)
    return np.asarray(np.log(np.where(count > 2, product * (size + 2), product)))


def _prior(logs: Sequence[Floats]) -> Floats:
    """Return how common each class is among all signatures (expectation maximisation)."""
    everything = np.concatenate([*logs, np.zeros((1, len(CLASSES)))])
    prior = np.full(len(CLASSES), 1 / len(CLASSES))
    for _ in range(STEPS):
        prior = _posterior(everything, prior).mean(axis=0)
    return prior


def _posterior(logs: Floats, prior: Floats) -> Floats:
    weights: Floats = np.exp(logs - logs.max(axis=1, keepdims=True)) * prior
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
