"""What the questions about nightly scans share: which scan, which product, what to say."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from socorro.postgres import Connection
from socorro.queries import versions
from socorro.queries.stack_modules import Scan
from socorro.questions.interface import Note, Unknown


class Dated(Protocol):
    """A scan, of whatever."""

    @property
    def day(self) -> date:
        """The last day that it is of."""
        ...


def product_of(db: Connection, values: Mapping[str, Any]) -> str | None:
    """Return the product in its own letters; None without one. Raises Unknown."""
    if not values["product"]:
        return None
    try:
        matches = versions.find(db, values["product"])
    except versions.Unknown as error:
        raise Unknown(error.parameter, str(error)) from None
    return matches[0].product if matches else str(values["product"])


def notes_of(scan: Scan) -> list[Note]:
    """Return what was left out of a scan."""
    notes = [Note("left_out", text) for text in scan.notes]
    if scan.one_in > 1:
        text = f"1 in {scan.one_in:,} crashes was read ({scan.crashes:,}); shares refer to those"
        notes.insert(0, Note("sampled", text))
    return notes


def no_scan(last: Dated | None, job: str, day: date | None) -> Note:
    """Return why there is no scan of *day*, or at all, and what to do; *last* is the last one."""
    if last and day:
        return Note("nothing_matches", f"no scan that ends on {day}; the last one: {last.day}")
    text = f"not computed yet: the scheduled job `{job}` does it each night (`socorro cron list`)"
    return Note("not_counted_yet", text)


def about(scan: Scan, product: str | None) -> dict[str, object]:
    """Return what JSON says beside the rows."""
    return {
        "product": product,
        "first_day": scan.first_day,
        "day": scan.day,
        "crashes": scan.crashes,
        "one_in": scan.one_in,
    }
