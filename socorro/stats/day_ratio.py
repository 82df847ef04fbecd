"""Does it crash more than on the day before, beyond what days always differ by?

Crashes come in series and days differ: an interval from counts alone calls every eighth quiet day a
change. So the scatter of the ratio of two days is taken from the past: from all pairs of days that
are as far apart, up to six weeks back. What they scatter beyond chance (by the method of moments,
as DerSimonian and Laird, Controlled Clinical Trials 7, 1986, 177-188) widens the exact interval of
socorro/stats/rate_ratio.py, and Student's t stands for how few pairs there were (Satterthwaite,
Biometrics Bulletin 2, 1946, 110-114). A past outbreak, or a day on which no crash arrived, counts
as four usual deviations (winsorized as by Huber, Annals of Mathematical Statistics 35, 1964, 73).
Where weekdays differ, so that each Saturday steps down, the step is estimated for each weekday and
shrunk towards none (Efron and Morris, JASA 68, 1973, 117-130); a ratio is held against that step.

The interval shown is of 95 %; a change is said when 99 % exclude the usual: with a line for each
product and channel on each day, 1 quiet comparison in 20 would be one a day.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean, median
from typing import Final, NamedTuple

from scipy.special import ndtri, stdtrit

from socorro.stats.rate_ratio import Exposed, RateRatio, compare

MOST_DAYS: Final = 42
"""Days before the one that is judged: their scatter counts."""

SHOWN, SAID = 0.95, 0.99  # the interval that is shown, and the one that must exclude the usual
MANY: Final = 50  # events from which on the interval by chance is as good as normal
PRIOR_SCATTER: Final = 0.05  # of a log ratio, as long as nothing is known: days differ by 5 %
PRIOR_PAIRS: Final = 2  # what that is worth, in pairs of days
LEAST_PAIRS: Final = 14  # before weekdays are told apart
MOST_DEVIATIONS: Final = 4  # that one pair counts for
_NORMAL: Final = 1.4826  # standard deviation of a normal distribution / its median deviation


class Scatter(NamedTuple):
    """How log ratios of two days scatter.

    *usual* is the log ratio that is usual for the weekday, *error* its standard error; *beyond* is
    the standard deviation beyond chance, *factor* the variance in units of that by chance, at least
    1; *pairs* says how many pairs of days this is from.
    """

    usual: float
    error: float
    beyond: float
    factor: float
    pairs: int


class DayRatio(NamedTuple):
    """One day against another: the ratio of their rates, and its interval; None is infinity.

    *usual* is the ratio that is usual for these weekdays, 1 where no difference shows. *scatter* is
    the standard deviation of the log ratio beyond chance, *pairs* how many pairs of past days say
    so. *is_clear*: the interval of 99 % excludes what is usual.
    """

    ratio: float | None
    low: float
    high: float | None
    usual: float
    scatter: float
    pairs: int
    is_clear: bool

    @property
    def is_borderline(self) -> bool:
        """Whether the interval that is shown excludes what is usual, and that of 99 % does not."""
        return not self.is_clear and _excludes(self.low, self.high, self.usual)


def compare_days(days: Mapping[date, Exposed], day: date, back: int = 1) -> DayRatio | None:
    """Return the rate of *day* divided by that of *back* days before it.

    *days* holds the two and those before them, of which some may be missing. None when one of the
    two is missing or without exposure, or neither has any event.
    """
    before, now = days.get(day - timedelta(days=back)), days.get(day)
    if before is None or now is None or min(before.exposure, now.exposure) <= 0:
        return None
    scatter = _scatter(_past(days, day), day.weekday(), back)
    shown = _interval(before, now, scatter, SHOWN)
    said = _interval(before, now, scatter, SAID)
    if shown is None or said is None:
        return None
    usual = math.exp(scatter.usual)
    is_clear = _excludes(said.low, said.high, usual)
    return DayRatio(*shown, usual, scatter.beyond, scatter.pairs, is_clear)


def _past(days: Mapping[date, Exposed], day: date) -> dict[date, Exposed]:
    """Return the days before a day that say how days scatter: from the first crash on."""
    past = {
        other: exposed
        for other, exposed in days.items()
        if 0 < (day - other).days <= MOST_DAYS and exposed.exposure > 0
    }
    first = min((other for other, exposed in past.items() if exposed.events), default=day)
    return {other: exposed for other, exposed in past.items() if other >= first}


def _excludes(low: float, high: float | None, value: float) -> bool:
    return low > value or (high is not None and high < value)


def _scatter(past: Mapping[date, Exposed], weekday: int, back: int) -> Scatter:
    """Return how pairs of past days, *back* days apart, scatter; what is usual on a weekday."""
    pairs = [
        (day.weekday(), *_log_ratio(past[before], past[day]))
        for day in sorted(past)
        if (before := day - timedelta(days=back)) in past
    ]
    if not pairs:
        return Scatter(0, 0, PRIOR_SCATTER, 1, 0)
    chance = fmean(by_chance for *_, by_chance in pairs)
    ratios = _tamed([(of_weekday, ratio) for of_weekday, ratio, _ in pairs], chance, back)
    usual, error, variance = _step(ratios, weekday if back % 7 else None)
    beyond = len(pairs) * max(0.0, variance - chance) + PRIOR_PAIRS * PRIOR_SCATTER**2
    return Scatter(
        usual,
        error,
        math.sqrt(beyond / (len(pairs) + PRIOR_PAIRS)),
        max(1.0, variance / chance),
        len(pairs),
    )


def _log_ratio(before: Exposed, now: Exposed) -> tuple[float, float]:
    """Return the log ratio of two rates and its variance by chance; no crash counts as a half."""
    a, b = before.events + 0.5, now.events + 0.5
    return math.log(b / now.exposure) - math.log(a / before.exposure), 1 / a + 1 / b


def _tamed(
    ratios: Sequence[tuple[int, float]], chance: float, back: int
) -> list[tuple[int, float]]:
    """Return weekdays and log ratios, none of them further off its weekday than usual ones are."""
    usual = dict.fromkeys(range(7), 0.0)
    if back % 7 and len(ratios) >= LEAST_PAIRS:
        for name in {of_weekday for of_weekday, _ in ratios}:
            usual[name] = median(ratio for of_weekday, ratio in ratios if of_weekday == name)
    off = median(abs(ratio - usual[name]) for name, ratio in ratios)
    most = MOST_DEVIATIONS * max(_NORMAL * off, math.sqrt(chance))
    return [
        (name, usual[name] + max(-most, min(most, ratio - usual[name]))) for name, ratio in ratios
    ]


def _step(ratios: Sequence[tuple[int, float]], weekday: int | None) -> tuple[float, float, float]:
    """Return the usual step of a weekday, its standard error, and the variance around steps.

    *ratios* are weekdays with log ratios. The mean of each weekday is shrunk by what it would
    scatter if weekdays did not differ; None is no weekday.
    """
    plain = fmean(ratio**2 for _, ratio in ratios)
    by_weekday = {
        name: of_weekday
        for name in range(7)
        if len(of_weekday := [ratio for other, ratio in ratios if other == name]) > 1
    }
    if weekday not in by_weekday or len(ratios) < LEAST_PAIRS:
        return 0.0, 0.0, plain
    means = {name: fmean(of_weekday) for name, of_weekday in by_weekday.items()}
    squares = sum(
        (ratio - means[name]) ** 2
        for name, of_weekday in by_weekday.items()
        for ratio in of_weekday
    )
    degrees = sum(len(of_weekday) - 1 for of_weekday in by_weekday.values())
    within = squares / degrees
    chance = {name: within / len(of_weekday) for name, of_weekday in by_weekday.items()}
    between = fmean(mean**2 for mean in means.values()) - fmean(chance.values())
    if between <= 0:
        return 0.0, 0.0, max(within, plain)
    shrunk = between / (between + chance[weekday])
    variance = within if shrunk > 0.5 else max(within, plain)
    return shrunk * means[weekday], math.sqrt(shrunk * chance[weekday]), variance


def _interval(
    before: Exposed, now: Exposed, scatter: Scatter, confidence: float
) -> RateRatio | None:
    """Return the ratio with the interval by chance, widened by the scatter of days."""
    chance = _by_chance(before, now, confidence)
    if chance is None:
        return None
    degrees = max(PRIOR_PAIRS, (scatter.pairs + PRIOR_PAIRS) / 1.5)  # pairs share days
    tail = 1 - (1 - confidence) / 2
    normal = float(ndtri(tail))

    def reach(inner: float) -> float:
        """Return how far the log interval reaches, from how far it reaches by chance."""
        chance_variance = (inner / normal) ** 2
        # Series (a factor) and days that differ (a sum) look alike until a day is much smaller.
        beyond = max(chance_variance * (scatter.factor - 1), scatter.beyond**2) + scatter.error**2
        # Only what lies beyond chance is estimated (Welch and Satterthwaite).
        t = float(stdtrit(degrees * ((chance_variance + beyond) / beyond) ** 2, tail))
        return t * math.sqrt(chance_variance + beyond)

    if chance.ratio is None or chance.high is None:
        return RateRatio(None, chance.low * math.exp(-reach(0)), None)
    if chance.ratio == 0:
        return RateRatio(0.0, 0.0, chance.high * math.exp(reach(0)))
    return RateRatio(
        chance.ratio,
        chance.ratio * math.exp(-reach(math.log(chance.ratio / chance.low))),
        chance.ratio * math.exp(reach(math.log(chance.high / chance.ratio))),
    )


def _by_chance(before: Exposed, now: Exposed, confidence: float) -> RateRatio | None:
    if min(before.events, now.events) < MANY:
        return compare(before, now, confidence)
    ratio = now.events / now.exposure / (before.events / before.exposure)
    reach = float(ndtri((1 + confidence) / 2)) * math.sqrt(1 / before.events + 1 / now.events)
    return RateRatio(ratio, ratio * math.exp(-reach), ratio * math.exp(reach))
