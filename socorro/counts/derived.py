"""Derive again what follows from days that were counted: late crashes and late ADI reach all.

Whoever counts a UTC day, or imports its installs, leaves a mark in days_to_derive. A mark is
taken away when all that follows was derived, unless the day was marked again meanwhile; so a run
that is killed is simply made again.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from socorro.counts.config import UrlsConfig
from socorro.postgres import Database, execute, load_sql, rows

SQL = load_sql(__file__)

LIMIT_SECONDS: Final = 600  # of one statement: of one aggregate and day


class Aggregate(NamedTuple):
    """What is derived for a day, and how many days after a change of counts or ADI follow it.

    None: it does not depend on that.
    """

    name: str
    after_counts: int | None
    after_adi: int | None


AGGREGATES: Final = (
    Aggregate("builds", 0, None),
    Aggregate("explosiveness", 9, 9),
    Aggregate("rank_changes", 1, None),
    Aggregate("null_signatures", 0, None),
    Aggregate("flash", 0, None),
    Aggregate("urls", 0, None),
)


class Derived(NamedTuple):
    """One aggregate of one UTC day, and how many rows it has now."""

    name: str
    day: date
    rows: int


class _Mark(NamedTuple):
    day: date
    what: str
    marked_at: datetime


class _Count(NamedTuple):
    rows: int


def update(database: Database, today: date, urls: UrlsConfig) -> Iterator[Derived]:
    """Derive what the marked days up to *today* ask for, in a transaction for each aggregate."""
    with database.transaction() as db:
        marks = rows(db, SQL["marks"], _Mark, today=today)
    for aggregate in AGGREGATES:
        for day in _days(aggregate, marks, today):
            yield derive(database, aggregate.name, day, urls)
    with database.transaction() as db:
        for mark in marks:
            execute(db, SQL["forget"], **mark._asdict())


def derive(database: Database, name: str, day: date, urls: UrlsConfig) -> Derived:
    """Derive one aggregate of one day anew."""
    with database.transaction() as db:
        execute(db, SQL["limit"], milliseconds=str(LIMIT_SECONDS * 1000))
        told = {"day": day, "fewest": urls.fewest_installs, "most": urls.most_a_day}
        [found] = rows(db, SQL[name], _Count, **told)
    return Derived(name, day, found.rows)


def _days(aggregate: Aggregate, marks: Iterable[_Mark], today: date) -> list[date]:
    reach = {"counts": aggregate.after_counts, "adi": aggregate.after_adi}
    found = set()
    for mark in marks:
        most = reach[mark.what]
        if most is not None:
            found |= {mark.day + timedelta(days=after) for after in range(most + 1)}
    return sorted(day for day in found if day <= today)
