"""Explosions as they were judged: signatures that crashed more than their history explains."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows, value
from socorro.queries.versions import Version, ids
from socorro.stats.explosion_words import Counted

SQL = load_sql(__file__)


class Explosion(NamedTuple):
    """One signature in one product and channel on a UTC day (docs/statistics.md).

    *events* (crashes, or installs that crashed) are of the *window_days* that end with *day*, where
    *expected* were expected. The *ratio* of the rates is None without any before, *high* None
    without a limit. *tests* signatures were judged together, *chance* of them would do so by
    chance. *counts* and *expected_counts* are those of 49 days, the oldest first. *versions*
    crashed on the days of the alarm, most crashes first; *systems* are their crashes on Windows,
    macOS, Linux and Android.
    """

    day: date
    product: str
    channel: str
    signature: str
    first_day: date
    window_days: int
    events: int
    counted: Counted
    expected: float
    ratio: float | None
    low: float
    high: float | None
    scatter: float
    p: float
    tests: int
    chance: float
    history_days: int
    counts: list[int]
    expected_counts: list[float]
    follows_adi: bool
    bugs: list[int]
    versions: list[str]
    systems: list[int]


class Judged(NamedTuple):
    """What was judged of one product and channel on a day.

    *follows_adi*: expectations do; *adi_day* is the last day with any.
    """

    product: str
    channel: str
    signatures: int
    judged: int
    counted: Counted
    follows_adi: bool
    adi_day: date | None
    judged_at: datetime


def explosions(
    db: Connection,
    versions: Sequence[Version],
    first: date,
    last: date,
    *,
    least: float = 0,
    most: int = 100,
    skip: int = 0,
) -> list[Explosion]:
    """Return what exploded on the days *first* to *last*, UTC, the greatest rise first.

    *least* is the smallest rise: the ratio, or the lower end of its interval without history.
    """
    parameters = {
        "versions": ids(versions),
        "first": first,
        "last": last,
        "least": least,
        "most": most,
        "skip": skip,
    }
    return rows(db, SQL["explosions"], Explosion, **parameters)


def judged(db: Connection, versions: Sequence[Version], day: date) -> list[Judged]:
    """Return which products and channels of *versions* were judged on a day."""
    return rows(db, SQL["judged"], Judged, versions=ids(versions), day=day)


def last_day(db: Connection, versions: Sequence[Version], before: date) -> date | None:
    """Return the last judged day before *before*, or the day before that if it has more to say."""
    day: date | None = value(db, SQL["last_day"], versions=ids(versions), before=before)
    return day
