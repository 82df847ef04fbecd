"""Crashes to reprocess, and how reprocessing changed their signatures."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, Database, load_sql, rows, value

SQL = load_sql(__file__)


class Selected(NamedTuple):
    """A crash that has a report."""

    crash_id: CrashId
    submitted_at: datetime


class Move(NamedTuple):
    """Crashes that were reprocessed: their signature *before* and *after*."""

    before: str
    after: str
    crash_count: int


class Moved(NamedTuple):
    """How many crashes were reprocessed, and how many got another signature."""

    crash_count: int
    moved_count: int


def selected(
    db: Connection,
    start: datetime,
    end: datetime,
    *,
    signature: str | None = None,
    product: str | None = None,
    other_than: str | None = None,
    before: Selected | None = None,
    most: int = 1000,
) -> list[Selected]:
    """Return crashes submitted in [start, end), newest first, after *before*; None: no filter.

    *other_than*: those whose signature is of another version; generated reports are left out.
    """
    return rows(
        db,
        SQL["selected"],
        Selected,
        start=start,
        end=end,
        signature=signature,
        product=product,
        other_than=other_than,
        before=before.submitted_at if before else None,
        before_id=before.crash_id if before else None,
        most=most,
    )


def batches(
    database: Database,
    start: datetime,
    end: datetime,
    *,
    signature: str | None = None,
    product: str | None = None,
    other_than: str | None = None,
    most: int = 1000,
    limit: int | None = None,
) -> Iterator[list[CrashId]]:
    """Yield what selected() has, up to *limit* crashes, *most* at a time in a short transaction."""
    place: Selected | None = None
    left = sys.maxsize if limit is None else limit
    while left > 0:
        with database.transaction() as db:
            crashes = selected(
                db, start, end, signature=signature, product=product, other_than=other_than,
                before=place, most=min(most, left),
            )  # fmt: skip
        if not crashes:
            return
        yield [crash.crash_id for crash in crashes]
        place = crashes[-1]
        left -= len(crashes)


def count(
    db: Connection,
    start: datetime,
    end: datetime,
    *,
    signature: str | None = None,
    product: str | None = None,
    other_than: str | None = None,
) -> int:
    """Return how many crashes selected() has."""
    parameters = {"signature": signature, "product": product, "other_than": other_than}
    return int(value(db, SQL["count"], start=start, end=end, **parameters))


def moves(db: Connection, first: date, last: date, most: int = 100) -> list[Move]:
    """Return how signatures changed on the days from *first* to *last*, most crashes first."""
    return rows(db, SQL["moves"], Move, first=first, last=last, most=most)


def moved(db: Connection, first: date, last: date) -> Moved:
    """Return how many crashes were reprocessed on the days from *first* to *last*."""
    return rows(db, SQL["moved"], Moved, first=first, last=last)[0]
