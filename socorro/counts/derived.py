"""Derives aggregates of days again whose counts or installs changed, however late.

Counting a UTC day, or importing its installs, leaves a mark in days_to_derive. A mark is removed
when all aggregates that depend on it were derived, unless the day was marked again meanwhile; so
a run that is killed is repeated.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from socorro.counts.config import UrlsConfig
from socorro.postgres import Database, execute, load_sql, rows, value

SQL = load_sql(__file__)

LIMIT_SECONDS: Final = 600  # of one statement: of one aggregate and day


class Aggregate(NamedTuple):
    """Something that is derived for a day, and on how many later days a change has an effect.

    None: it does not depend on counts, or on ADI.
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


def update(database: Database, today: date, urls: UrlsConfig) -> Iterator[Derived]:
    """Derive the aggregates of marked days up to *today*, each of a day in its own transaction."""
    with database.transaction() as db:
        marks = rows(db, SQL["marks"], _Mark, today=today)
    for aggregate in AGGREGATES:
        for day in _days(aggregate, marks, today):
            yield derive(database, aggregate.name, day, urls)
    with database.transaction() as db:
        for mark in marks:
            execute(db, SQL["forget"], **mark._asdict())


def derive(database: Database, name: str, day: date, urls: UrlsConfig) -> Derived:
    """Derive one aggregate of one day again."""
    with database.transaction() as db:
        execute(db, SQL["limit"], milliseconds=str(LIMIT_SECONDS * 1000))
        number: int = value(
            db, SQL[name], day=day, fewest=urls.fewest_installs, most=urls.most_a_day
        )
    return Derived(name, day, number)


def _days(aggregate: Aggregate, marks: Iterable[_Mark], today: date) -> list[date]:
    reach = {"counts": aggregate.after_counts, "adi": aggregate.after_adi}
    days = set()
    for mark in marks:
        most = reach[mark.what]
        if most is not None:
            days |= {mark.day + timedelta(days=after) for after in range(most + 1)}
    return sorted(day for day in days if day <= today)
