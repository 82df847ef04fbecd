"""Which versions and days a question is about, from the common parameters."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from socorro.postgres import Connection
from socorro.queries import bad_reports, top_crashers, versions
from socorro.queries.versions import Version
from socorro.questions.interface import Unknown
from socorro.questions.parameters import LAST_DAY, MOST_DAYS
from socorro.questions.words import midnight, today

By = Literal["report", "build"]
ONE_DAY = timedelta(days=1)


class Selection(NamedTuple):
    """The selected versions, their label, and UTC days [start, end)."""

    product: str
    versions: Sequence[Version]
    label: str
    start: date
    end: date

    @property
    def days(self) -> str:
        """The days in words."""
        last = self.end - ONE_DAY
        return f"{last}" if last == self.start else f"{self.start} to {last}"

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


def select(db: Connection, values: Mapping[str, Any], days: int = 7) -> Selection:
    """Return the versions and days of the common parameters; *days* is the default of `days`.

    Without a product, the first one with crashes. Without `from` and `to`, the days that end with
    today, or with the last day with crashes when none of them has any. Raises Unknown.
    """
    by: By = values.get("by") or "report"
    length = values.get("days") or days
    start, end = days_of(values, days)
    product = values.get("product") or _first(db, by)
    try:
        matches = _versions(db, product, values.get("version") or (), values.get("channel"))
    except versions.Unknown as error:
        bad = _uncounted(db, values.get("product") or "", start, end)
        raise Unknown(error.parameter, f"{error}{bad}") from None
    name = matches[0].product if matches else product
    if values.get("from") is None and values.get("to") is None:
        last = top_crashers.last_day(db, matches, by)
        if last is not None and last < start:
            start, end = last - timedelta(days=length - 1), last + ONE_DAY
    label = " ".join(
        filter(None, (name, ", ".join(values.get("version") or ()), values.get("channel")))
    )
    return Selection(name, matches, label, start, end)


def days_of(values: Mapping[str, Any], days: int = 7) -> tuple[date, date]:
    """Return the days [start, end); without any, those that end with today. Raises Unknown.

    *days* is the default of `days`.
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
    end = end or today() + ONE_DAY
    return end - timedelta(days=days), end


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
