"""One signature in the daily tables: its versions, days, pages, bugs, and the names nearest to it.

Each statement is a short look into an index: none reads reports.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection, column, load_sql, rows, value
from socorro.queries.urls import RARE

SQL = load_sql(__file__)

MOST_BUGS: Final = 1000
LEAST_LETTERS: Final = 3  # of a word that two names have in common
MOST_WORDS: Final = 8

_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])|[0-9]+")


class Totals(NamedTuple):
    """A signature in all versions; *installs* is None when one of the days lacks them.

    *today_estimated* is of the running UTC day, whether it is one of the days or not.
    """

    crash_count: int
    estimated_count: float
    installs: int | None
    previous_count: int
    previous_estimated: float
    today_estimated: float
    versions: int


class VersionCount(NamedTuple):
    """A signature in one version; *percent* of all its estimated crashes.

    *rank* is among the signatures of the version, and *version_percent* its share of them; both
    None beyond the ranks that are made ahead (1, 3, 7, 14 and 28 days).
    """

    product: str
    version: str
    channel: str
    estimated_count: float
    crash_count: int
    percent: float
    installs: int | None
    previous_estimated: float
    previous_count: int
    rank: int | None
    version_percent: float | None


class DayCount(NamedTuple):
    """A signature on one UTC day; systems, processes, hangs and startups count reports."""

    day: date
    estimated_count: float
    crash_count: int
    installs: int | None
    win: int
    mac: int
    lin: int
    android: int
    browser: int
    plugin: int
    content: int
    hang: int
    startup: int


class PageCount(NamedTuple):
    """Reports with a signature on one page."""

    crash_count: int
    url: str
    domain: str


class First(NamedTuple):
    """When a signature was first submitted, and the earliest build id that is a date."""

    moment: datetime
    build: str | None


class Bug(NamedTuple):
    """A bug that names a signature; *duplicate*: only this duplicate of it does."""

    bug_id: int
    status: str
    resolution: str
    summary: str
    duplicate: int | None
    since: datetime


class Exploded(NamedTuple):
    """The last explosion of a signature, and since when; *ratio* None: nothing before."""

    day: date
    product: str
    channel: str
    first_day: date
    ratio: float | None
    low: float
    high: float | None


def by_version(
    db: Connection,
    signature: str,
    start: date,
    end: date,
    today: date,
    *,
    product: str | None = None,
    most: int = 100,
    skip: int = 0,
) -> tuple[Totals, list[VersionCount]]:
    """Return the versions in which a signature crashed on the UTC days [start, end).

    The period before has as many days.
    """

    def row(*values: Any) -> tuple[Totals, VersionCount | None]:
        count, of_version = len(Totals._fields), values[len(Totals._fields) :]
        version = None if of_version[0] is None else VersionCount(*of_version)
        return Totals(*values[:count]), version

    answer = rows(
        db, SQL["by_version"], row, signature=signature, product=product,
        before=start - (end - start), start=start, end=end, days=(end - start).days, today=today,
        most=most, skip=skip,
    )  # fmt: skip
    return answer[0][0], [version for _, version in answer if version]


def by_day(
    db: Connection,
    signature: str,
    start: date,
    end: date,
    *,
    product: str | None = None,
    versions: Sequence[str] = (),
    channel: str | None = None,
) -> list[DayCount]:
    """Return every UTC day of [start, end), the first one first."""
    return rows(
        db, SQL["by_day"], DayCount, signature=signature, product=product,
        versions=list(versions) or None, channel=channel, start=start, end=end,
    )  # fmt: skip


def pages(
    db: Connection,
    signature: str,
    start: date,
    end: date,
    *,
    product: str | None = None,
    most: int = 100,
    skip: int = 0,
) -> list[PageCount]:
    """Return pages on which several people had a signature, most reports first, then RARE ones."""
    return rows(
        db, SQL["pages"], PageCount, signature=signature, product=product, start=start, end=end,
        rare=RARE, most=most, skip=skip,
    )  # fmt: skip


def first(db: Connection, signature: str) -> First | None:
    """Return when a signature was first submitted; None when it was never counted."""
    firsts = rows(db, SQL["first"], First, signature=signature)
    return firsts[0] if firsts else None


def is_reported(db: Connection, signature: str) -> bool:
    """Return whether any report has this signature, counted or not."""
    return bool(value(db, SQL["is_reported"], signature=signature))


def bugs(db: Connection, signature: str) -> list[Bug]:
    """Return the bugs that name a signature, or have a duplicate that does; open ones first."""
    return rows(db, SQL["bugs"], Bug, signature=signature, most=MOST_BUGS)


def exploded(
    db: Connection, signature: str, start: date, end: date, product: str | None = None
) -> Exploded | None:
    """Return the last explosion of a signature on the UTC days [start, end)."""
    explosions = rows(
        db, SQL["exploded"], Exploded, signature=signature, product=product, start=start, end=end
    )
    return explosions[0] if explosions else None


def nearest(db: Connection, signature: str, most: int) -> list[str]:
    """Return signatures that have most words in common with a name."""
    words = [word.lower() for word in _WORD.findall(signature) if len(word) >= LEAST_LETTERS]
    if not words:
        return []
    return column(db, SQL["nearest"], words=list(dict.fromkeys(words))[:MOST_WORDS], most=most)
