"""Bad reports: crashes that are in no count, by product, and the reasons."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.no_product import stored
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Reason(NamedTuple):
    """Why crashes cannot be counted, and how many."""

    reason: str
    crash_count: int


class BadReports(NamedTuple):
    """Crashes of one product and version that cannot be counted for one reason.

    *latest* is the newest of them, submitted at *submitted_at*.
    """

    product: str
    version: str
    reason: str
    crash_count: int
    submitted_at: datetime
    latest: CrashId


def reasons(
    db: Connection,
    start: datetime,
    end: datetime,
    product: str | None = None,
    version: str | None = None,
) -> list[Reason]:
    """Return why crashes submitted in [start, end) cannot be counted, most frequent first.

    None: no filter.
    """
    parameters = {"product": stored(product), "version": version, "start": start, "end": end}
    return rows(db, SQL["reasons"], Reason, **parameters)


def bad_reports(
    db: Connection,
    start: datetime,
    end: datetime,
    product: str | None = None,
    most: int = 100,
    skip: int = 0,
) -> list[BadReports]:
    """Return crashes submitted in [start, end) that cannot be counted, most frequent first.

    A product in other case counts when none has exactly that name.
    """
    parameters = {
        "product": stored(product),
        "start": start,
        "end": end,
        "most": most,
        "skip": skip,
    }
    return rows(db, SQL["bad_reports"], BadReports, **parameters)


def named(reasons: Sequence[Reason], most: int = 3) -> str:
    """Return reasons in words: "unknown build (2), no version (1)"."""
    more = f" and {len(reasons) - most} more" if len(reasons) > most else ""
    return ", ".join(f"{reason} ({count:,})" for reason, count in reasons[:most]) + more


def total(reasons: Sequence[Reason]) -> int:
    """Return how many crashes have these reasons."""
    return sum(reason.crash_count for reason in reasons)
