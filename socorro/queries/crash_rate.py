"""Crash rates: crashes per 100 active daily installs, throttle corrected, and their change."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids
from socorro.stats.rate_ratio import Exposed, RateRatio, compare

SQL = load_sql(__file__)

By = Literal["report", "build"]
Split = Literal["all", "version", "os", "version and os"]


class CrashRate(NamedTuple):
    """Crashes and installs of a day, UTC, of all that was asked for or of one part of it.

    *crash_count* counts reports, a hang pair once; *estimated_count* what they stand for.
    *adi* is None when nobody told it. *rate* is crashes per 100 ADI, None without ADI or when
    there were 0; both halves of it are from the same versions: *without_adi* counts the reports
    of those that have crashes and no ADI. *throttle* is the share of crashes that was processed.

    By build, the day is that of the build, its crashes and installs are those of the seven days
    from it on, and *without_adi* counts the reports of days without ADI.
    """

    day: date
    version: str | None
    os: str | None
    crash_count: int
    estimated_count: float
    adi: int | None
    without_adi: int
    rate: float | None
    throttle: float | None
    told_count: int
    told_estimated: float


class Change(NamedTuple):
    """One day against the day before: rates per 100 ADI, and what their ratio may be by chance.

    *missing* are the days without ADI; then there is nothing to compare.
    """

    what: str
    before: CrashRate
    now: CrashRate
    missing: list[date]
    ratio: RateRatio | None

    @property
    def sentence(self) -> str:
        """Say in words whether it crashes more than on the day before."""
        if self.missing:
            days = " and ".join(f"{day}" for day in self.missing)
            return f"no ADI for {days}: crashes per 100 installs are not known"
        now, before = self.now, self.before
        rates = f"{_rate(now.rate)} crashes per 100 ADI, {_rate(before.rate)} on {before.day}"
        head = f"{self.what} on {now.day}"
        if self.ratio is None:
            return f"{head} did not crash, nor on {before.day}"
        interval = _interval(self.ratio)
        if self.ratio.ratio is None:
            return f"{head} crashes, and did not before: {rates}{interval}"
        if not self.ratio.is_clear:
            return f"{head} is about as crashy as the day before: {rates}{interval}"
        word = "more" if self.ratio.low > 1 else "less"
        return f"{head} is {_percent(self.ratio.ratio)} {word} crashy: {rates}{interval}"


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
) -> list[CrashRate]:
    """Rates of UTC days [start, end), newest first: of all versions together, or split.

    Days without crashes and installs are not there. *system* is a code of operating_systems
    (win, mac, lin, android, other), *crash_types* are names of crash_types; without, all that
    count for rates.
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
        each_os="os" in split,
        system=system,
        crash_types=list(crash_types),
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
    found = {
        row.day: row
        for row in crash_rate(db, versions, day_before, day + timedelta(days=1), system=system)
    }
    before, now = (
        found.get(wanted) or CrashRate(wanted, None, None, 0, 0, None, 0, None, None, 0, 0)
        for wanted in (day_before, day)
    )
    a, b = _exposed(before, now), _exposed(now, before)
    return Change(
        what=what,
        before=before,
        now=now,
        missing=[row.day for row, told in ((before, a), (now, b)) if told is None],
        ratio=compare(a, b) if a and b else None,
    )


def _exposed(row: CrashRate, other: CrashRate) -> Exposed | None:
    """Return the reports of a day and the installs that could have sent one; None without ADI.

    A day without a crash does not tell which share of them would have been processed.
    """
    if not row.adi:
        return None
    told = row if row.told_count else other
    throttle = told.told_count / told.told_estimated if told.told_count else 1
    return Exposed(row.told_count, row.adi * throttle)


def _rate(rate: float | None) -> str:
    return "0" if not rate else f"{rate:.3g}"


def _percent(ratio: float) -> str:
    change_percent = abs(ratio - 1) * 100
    return f"{change_percent:.1f} %" if change_percent < 10 else f"{change_percent:,.0f} %"


def _interval(ratio: RateRatio) -> str:
    high = "any" if ratio.high is None else f"{ratio.high:.3g}"
    return f" (times {ratio.low:.3g} to {high}, 95 %)"
