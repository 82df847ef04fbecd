"""Builds: which there are, and how they crash from the day they were made."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)


class Build(NamedTuple):
    """One build; *is_told*: the release feed lists it, else it is known from crashes only.

    *crash_count* counts its reports of the requested days, *estimated_count* the crashes that these
    stand for. *has_builds*: the version is counted by date of the build, too.
    """

    build_id: str
    build_date: date | None
    product: str
    version: str
    release_channel: str
    platforms: list[str]
    is_told: bool
    crash_count: int
    estimated_count: float
    product_version_id: int
    has_builds: bool


class Undated(NamedTuple):
    """Build ids that are no dates: the most frequent ones, their number, their crashes."""

    build_ids: list[str]
    build_count: int
    crash_count: int


class Trend(NamedTuple):
    """Reports on one UTC day of the builds of one day; *days_out* from 0 to 14.

    *rate* is crashes per 100 ADI; None, as *adi*, where that is missing.
    """

    product: str
    version: str
    build_date: date
    day: date
    days_out: int
    crash_count: int
    estimated_count: float
    adi: int | None
    rate: float | None


class RankChange(NamedTuple):
    """A signature of one version on a UTC day and on the day before it.

    Ranks begin at 1 and equal counts share one; a share is of all reports of the version, 0 to 1.
    None: it had no crash that day.
    """

    version: str
    signature: str
    crash_count: int
    rank: int
    share: float
    previous_count: int | None
    previous_rank: int | None
    previous_share: float | None


def builds(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    most: int = 200,
    skip: int = 0,
) -> list[Build]:
    """Return builds made on the days [start, end), or with crashes then, newest first.

    Those whose id is no date come last.
    """
    parameters = {"versions": ids(versions), "start": start, "end": end, "most": most, "skip": skip}
    return rows(db, SQL["builds"], Build, **parameters)


def undated(
    db: Connection, versions: Sequence[Version], start: date, end: date, most: int = 3
) -> Undated:
    """Return what crashed on the days [start, end) in builds whose id is no date."""
    parameters = {"versions": ids(versions), "start": start, "end": end, "most": most}
    return rows(db, SQL["undated"], Undated, **parameters)[0]


def trends(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    most: int = 10_000,
    skip: int = 0,
) -> list[Trend]:
    """Return reports of builds by UTC day in [start, end), newest build first."""
    parameters = {
        "versions": ids(versions, "build"),
        "start": start,
        "end": end,
        "most": most,
        "skip": skip,
    }
    return rows(db, SQL["trends"], Trend, **parameters)


def rank_changes(
    db: Connection, versions: Sequence[Version], day: date, most: int = 300
) -> list[RankChange]:
    """Return the top signatures of each version on *day*, UTC, against the day before."""
    parameters = {"versions": ids(versions), "day": day, "most": most}
    return rows(db, SQL["rank_changes"], RankChange, **parameters)
