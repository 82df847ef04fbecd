"""Which versions and days a question is about, from the common parameters."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from socorro.postgres import Connection
from socorro.queries import bad_reports, top_crashers, versions
from socorro.queries.versions import Version
from socorro.questions.interface import Unknown
from socorro.questions.parameters import LAST_DAY, MOST_DAYS
from socorro.questions.words import midnight, period, today

By = Literal["report", "build"]
ONE_DAY = timedelta(days=1)


class Selection(NamedTuple):
    """The selected versions, their label, and UTC days [start, end).

    *only_running*: none of the days that are over has a crash, so the running day was added.
    """

    product: str
    versions: Sequence[Version]
    label: str
    start: date
    end: date
    only_running: bool = False

    @property
    def days(self) -> str:
        """The days in words."""
        return period(self.start, self.end)

    @property
    def metadata(self) -> dict[str, object]:
        """What JSON says beside the rows; *end* is the day after the last."""
        names = {version.version for version in self.versions}
        return {
            "product": self.product,
            "version": min(names) if len(names) == 1 and self.label != self.product else None,
            "start": self.start,
            "end": self.end,
        }


def select(
    db: Connection, values: Mapping[str, Any], days: int = 7, *, running: bool = False
) -> Selection:
    """Return the versions and days of the common parameters; *days* is the default of `days`.

    Without a product, the first one with crashes. Without `from` and `to`, the days that end with
    yesterday, or, *running*, with today. When none of them has a crash, those that end with the
    last day with crashes, which may be today, or with today if no day has any. Raises Unknown.
    """
    by: By = values.get("by") or "report"
    start, end = days_of(values, days, running=running)
    product = values.get("product") or _first(db, by)
    try:
        matches = _versions(db, product, values.get("version") or (), values.get("channel"))
    except versions.Unknown as error:
        now = days_of(values, days, running=True)
        bad = _uncounted(db, values.get("product") or "", *now)
        raise Unknown(error.parameter, f"{error}{bad}") from None
    name = matches[0].product if matches else product
    only_running = False
    if values.get("from") is None and values.get("to") is None:
        length, default = end - start, end
        end = _last_end(db, matches, by, start, end)
        start, only_running = end - length, end > default
    label = " ".join(
        filter(None, (name, ", ".join(values.get("version") or ()), values.get("channel")))
    )
    return Selection(name, matches, label, start, end, only_running)


def days_of(
    values: Mapping[str, Any], days: int = 7, *, running: bool = False
) -> tuple[date, date]:
    """Return the days [start, end); without any, those that end with yesterday. Raises Unknown.

    *days* is the default of `days`; with *running*, days end with today, which is not over.
    """
    days = values.get("days") or days
    start, end = values.get("from"), values.get("to")
    if start and end:
        if values.get("days"):
            raise Unknown("days", "not together with both from and to")
        if start >= end:
            raise Unknown("to", f"{end} is not after {start}: `to` is the day after the last one")
        if (end - start).days > MOST_DAYS:
            raise Unknown("from", f"more than {MOST_DAYS} days before {end}")
        return start, end
    if start:
        if (LAST_DAY - start).days < days:
            raise Unknown("from", f"fewer than {days} days before {LAST_DAY}")
        return start, start + timedelta(days=days)
    end = end or (today() + ONE_DAY if running else today())
    return end - timedelta(days=days), end


def _last_end(db: Connection, matches: Sequence[Version], by: By, start: date, end: date) -> date:
    """Return *end*, or another one if no day of [start, end) has a crash."""
    last = top_crashers.last_day(db, matches, by, before=end)
    if last is not None and last >= start:
        return end
    tomorrow = today() + ONE_DAY
    if end < tomorrow:
        running = top_crashers.last_day(db, matches, by, before=tomorrow)
        if running is None or running == today():  # with none, bad reports of today are named
            return tomorrow
    return end if last is None else last + ONE_DAY


def _versions(
    db: Connection, product: str, names: Sequence[str], channel: str | None
) -> list[Version]:
    matches = [
        version
        for name in dict.fromkeys(names or (None,))
        for version in versions.find(db, product, name)
    ]
    return matches if channel is None else versions.of_channel(matches, channel)


def _first(db: Connection, by: By) -> str:
    names = versions.products(db)
    for name in names:
        if top_crashers.last_day(db, versions.versions(db, name), by):
            return name
    return names[0] if names else ""


def _uncounted(db: Connection, product: str, start: date, end: date) -> str:
    """Return what a product that is unknown, or lacks a version, has of bad reports."""
    reasons = bad_reports.reasons(db, midnight(start), midnight(end), product)
    if not reasons:
        return ""
    crashes = bad_reports.total(reasons)
    return f"; {crashes:,} of its crashes cannot be counted: {bad_reports.named(reasons)}"
