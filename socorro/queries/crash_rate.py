"""Crash rates: crashes per 100 active daily installs, throttle corrected, and their change."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids
from socorro.stats.rate_ratio import Exposed, RateRatio, compare

SQL = load_sql(__file__)

By = Literal["report", "build"]
Split = Literal["all", "version", "channel", "os", "version and os"]


class CrashRate(NamedTuple):
    """Crashes and installs of a UTC day: of all versions, channels and systems, or of one of them.

    *crash_count* counts reports, a hang pair once; *estimated_count* the crashes they stand for.
    *adi* is None when it is missing. *rate* is crashes per 100 ADI, None when ADI is missing or 0.
    Crashes of a version without ADI do not enter the rate: *without_adi* counts their reports,
    *rated_count* and *rated_estimated* are of the others. *throttle* is the share of crashes that
    was processed.

    By build, the day is that of the build, its crashes and installs are those of the seven days
    from it on, and *without_adi* counts the reports of days without ADI.
    """

    day: date
    version: str | None
    channel: str | None
    os: str | None
    crash_count: int
    estimated_count: float
    adi: int | None
    without_adi: int
    rate: float | None
    throttle: float | None
    rated_count: int
    rated_estimated: float


class Change(NamedTuple):
    """One day against the day before: rates per 100 ADI, and the interval of their ratio.

    *missing* are the days without ADI; with any, there is no ratio.
    """

    what: str
    before: CrashRate
    now: CrashRate
    missing: list[date]
    ratio: RateRatio | None

    @property
    def sentence(self) -> str:
        """Say in words whether the crash rate changed since the day before."""
        if self.missing:
            days = " and ".join(f"{day}" for day in self.missing)
            return f"no ADI for {days}: crash rates cannot be compared"
        now, before = self.now, self.before
        if self.ratio is None:
            return f"{self.what}: no crashes on {before.day} and {now.day}"
        rates = f"{_rate(now.rate)} crashes per 100 ADI, {_rate(before.rate)} on {before.day}"
        details = f"({rates}; {_ratio(self.ratio)})"
        return f"{self.what} on {now.day}: {_verdict(self.ratio)} {details}"


def crash_rate(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    by: By = "report",
    split: Split = "all",
    system: str | None = None,
    crash_types: Sequence[str] = (),
    most: int | None = None,
    skip: int = 0,
) -> list[CrashRate]:
    """Return rates of UTC days [start, end), newest first: of all versions together, or split.

    Days without crashes and installs are left out. *system* is a code of operating_systems
    (win, mac, lin, android, other), *crash_types* are names of crash_types; without them, all
    types that count for rates. At most *most* rows, after *skip*; None: all.
    """
    return rows(
        db,
        SQL["crash_rate"],
        CrashRate,
        by=by,
        versions=ids(versions, by),
        start=start,
        end=end,
        each_version="version" in split,
        each_channel=split == "channel",
        each_os="os" in split,
        system=system,
        crash_types=list(crash_types),
        most=most,
        skip=skip,
    )


def change(
    db: Connection,
    versions: Sequence[Version],
    day: date,
    what: str,
    *,
    system: str | None = None,
) -> Change:
    """Compare a UTC day with the day before; *what* names the versions in the sentence."""
    day_before = day - timedelta(days=1)
    rates = {
        rate.day: rate
        for rate in crash_rate(db, versions, day_before, day + timedelta(days=1), system=system)
    }
    before, now = (
        rates.get(of_day) or CrashRate(of_day, None, None, None, 0, 0, None, 0, None, None, 0, 0)
        for of_day in (day_before, day)
    )
    a, b = _exposed(before, now), _exposed(now, before)
    return Change(
        what=what,
        before=before,
        now=now,
        missing=[rate.day for rate, exposed in ((before, a), (now, b)) if exposed is None],
        ratio=compare(a, b) if a and b else None,
    )


def _exposed(row: CrashRate, other: CrashRate) -> Exposed | None:
    """Return the reports of a day and the installs that could have sent one; None without ADI.

    The share of crashes that is processed is not known of a day without one: then it is taken
    from the *other* day.
    """
    if not row.adi:
        return None
    processed = row if row.rated_count else other
    throttle = processed.rated_count / processed.rated_estimated if processed.rated_count else 1
    return Exposed(row.rated_count, row.adi * throttle)


def _rate(rate: float | None) -> str:
    return "0" if not rate else f"{rate:.3g}"


def _verdict(ratio: RateRatio) -> str:
    if ratio.ratio is None:
        return "crash rate up from 0"
    if not ratio.is_clear:
        return "no measurable change"
    percent = abs(ratio.ratio - 1) * 100
    change_percent = f"{percent:.1f} %" if percent < 10 else f"{percent:,.0f} %"
    return f"crash rate {'up' if ratio.low > 1 else 'down'} {change_percent}"


def _ratio(ratio: RateRatio) -> str:
    if ratio.ratio is None or ratio.high is None:
        return f"ratio at least {ratio.low:.3g}, 95 % interval"
    return f"ratio {ratio.ratio:.3g}, 95 % interval {ratio.low:.3g} to {ratio.high:.3g}"
