"""One day against the day before, and against the same weekday: sentences with their numbers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from socorro.queries.crash_rate import CrashRate
from socorro.questions.words import percent
from socorro.stats.rate_ratio import Exposed

if TYPE_CHECKING:
    from socorro.stats.day_ratio import DayRatio

ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)
REACH = timedelta(days=50)
"""How far back before a day its comparison reads: scatter of 42 days, pairs of a week."""


ABOVE, BELOW = "above usual", "below usual"
"""Verdicts where "up" or "down" would contradict the figures: crashes rise by a fifth on Mondays,
and rose by less on this one."""


class Change(NamedTuple):
    """One day against the day before: rates per 100 ADI, and their ratio with its interval.

    *missing* are the days of the two without ADI; with any, *ratio* is of crashes, not of rates.
    *weekday* is the ratio to the same weekday of the week before.
    """

    what: str
    before: CrashRate
    now: CrashRate
    missing: Sequence[date]
    ratio: "DayRatio | None"
    weekday: "DayRatio | None"

    @property
    def sentence(self) -> str:
        """Say in words whether the crash rate changed since the day before."""
        now, before = self.now, self.before
        if self.missing:
            days = " and ".join(f"{day}" for day in self.missing)
            return f"no ADI for {days}: crash rates cannot be compared"
        if self.ratio is None:
            return f"{self.what}: no crashes on {before.day} and {now.day}"
        rates = f"{_rate(now.rate)} crashes per 100 ADI, {_rate(before.rate)} on {before.day}"
        return f"{self._verdict('crash rate')} ({rates}; {self._details()})"

    @property
    def sentence_of_crashes(self) -> str | None:
        """Say whether there were more crashes, where ADI is missing; None: none to compare."""
        if not self.missing or self.ratio is None:
            return None
        now, before = (f"{row.estimated_count:,.0f}" for row in (self.now, self.before))
        counts = f"{now} crashes, {before} on {self.before.day}, without regard to installs"
        return f"{self._verdict('crashes')} ({counts}; {self._details()})"

    @property
    def reasons(self) -> Iterator[str]:
        """Yield the numbers behind the sentence."""
        if self.ratio is None:
            return
        for row in (self.now, self.before):
            adi = "no ADI" if not row.adi else f"{row.adi:,} ADI"
            kept = "" if row.throttle is None else f", {percent(row.throttle)} of all"
            yield f"{row.day}: {row.crash_count:,} crashes processed{kept}; {adi}"
        yield (
            f"by {self.ratio.pairs} pairs of days of the 42 days before, the ratio of two days"
            f" scatters by {percent(self.ratio.scatter)} beyond chance; its usual value from"
            f" {self.before.day:%A} to {self.now.day:%A} is {_three(self.ratio.usual)}"
        )
        yield 'the interval is of 95 %; "up" or "down" is said when 99 % exclude the usual ratio'

    @property
    def numbers(self) -> dict[str, object]:
        """The comparison as JSON has it."""
        return {
            "day": self.now.day,
            "before": self.before.day,
            "of": "crashes" if self.missing else "rates",
            "verdict": _direction(self.ratio),
            **_numbers(self.ratio),
            "same_weekday": {"day": self.now.day - ONE_WEEK, **_numbers(self.weekday)},
        }

    def _verdict(self, what: str) -> str:
        return f"{self.what} on {self.now.day}: {_verdict(self.ratio, what)}"

    def _details(self) -> str:
        week_before = self.now.day - ONE_WEEK
        return "; ".join(
            [
                *_ratio_words(self.ratio, f"{self.before.day:%A} to {self.now.day:%A}"),
                *(f"to {week_before:%A}, {week_before}: {text}" for text in _short(self.weekday)),
            ]
        )


def change(rates: Mapping[date, CrashRate], day: date, what: str) -> Change:
    """Compare a UTC day with the day before; *what* names the versions in the sentence.

    *rates* holds these days and those of REACH before them; a day without crashes and without
    ADI may be missing.
    """
    from socorro.stats.day_ratio import compare_days

    before, now = (rates.get(of_day) or _empty(of_day) for of_day in (day - ONE_DAY, day))
    missing = [row.day for row in (before, now) if not row.adi]
    exposed = dict(_of_crashes(rates) if missing else _of_rates(rates))
    return Change(
        what, before, now, missing, compare_days(exposed, day), compare_days(exposed, day, back=7)
    )


def _empty(day: date) -> CrashRate:
    return CrashRate(day, None, None, None, 0, 0, None, 0, None, None, 0, 0)


def _of_rates(rates: Mapping[date, CrashRate]) -> Iterator[tuple[date, Exposed]]:
    """Yield the crashes of each day with ADI, and the installs that could have sent one.

    The share of crashes that is processed is not known of a day without any: then it is that of
    the day after, or of the next that has one.
    """
    share = next(_shares(rates), 1.0)
    for day in sorted(rates, reverse=True):
        row = rates[day]
        if row.adi:
            share = row.rated_count / row.rated_estimated if row.rated_estimated else share
            yield day, Exposed(row.rated_count, row.adi * share)


def _shares(rates: Mapping[date, CrashRate]) -> Iterator[float]:
    for day in sorted(rates, reverse=True):
        if rates[day].rated_estimated:
            yield rates[day].rated_count / rates[day].rated_estimated


def _of_crashes(rates: Mapping[date, CrashRate]) -> Iterator[tuple[date, Exposed]]:
    for day, row in rates.items():
        if row.estimated_count:
            yield day, Exposed(row.crash_count, row.crash_count / row.estimated_count)


def _numbers(ratio: "DayRatio | None") -> dict[str, object]:
    if ratio is None:
        return {"ratio": None}
    return {
        "ratio": ratio.ratio,
        "low": ratio.low,
        "high": ratio.high,
        "usual": ratio.usual,
        "scatter": ratio.scatter,
        "pairs": ratio.pairs,
    }


def _direction(ratio: "DayRatio | None") -> str | None:
    if ratio is None:
        return None
    if not ratio.is_clear:
        return "no measurable change"
    if ratio.low > ratio.usual:
        return "up" if ratio.ratio is None or ratio.ratio > 1 else ABOVE
    return "down" if ratio.ratio is not None and ratio.ratio < 1 else BELOW


def _verdict(ratio: "DayRatio | None", what: str) -> str:
    if ratio is None or not ratio.is_clear:
        return "no measurable change"
    if ratio.ratio is None:
        return f"{what} up from 0"
    change = abs(ratio.ratio / ratio.usual - 1) * 100
    change_percent = f"{change:.1f} %" if change < 10 else f"{change:,.0f} %"
    direction = _direction(ratio)
    if direction in (ABOVE, BELOW):
        return f"{what} {change_percent} {direction}"
    return f"{what} {direction} {change_percent}"


def _ratio_words(ratio: "DayRatio | None", weekdays: str) -> Iterator[str]:
    yield from _short(ratio)
    if ratio is None:
        return
    if abs(ratio.usual - 1) >= 0.0005:
        yield f"usual from {weekdays}: {_three(ratio.usual)}"
    if ratio.is_borderline:
        yield "1 quiet day in 20 differs as much"


def _short(ratio: "DayRatio | None") -> Iterator[str]:
    if ratio is None:
        return
    if ratio.ratio is None or ratio.high is None:
        yield f"ratio at least {_three(ratio.low)}, 95 % interval"
    else:
        ends = f"{_three(ratio.low)} to {_three(ratio.high)}"
        yield f"ratio {_three(ratio.ratio)}, 95 % interval {ends}"


def _three(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:,.0f}"


def _rate(rate: float | None) -> str:
    return "0" if not rate else f"{rate:.3g}"
