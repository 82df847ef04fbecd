"""Explosive signatures: those that crash beyond what their last ten days explain."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows, value
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

LEAST = 1.0


class Explosive(NamedTuple):
    """One signature in one version on a UTC day (docs/counts.md has the formula).

    *oneday* and *threeday* are its rise as a multiple of its usual rise, None when there were too
    few crashes for that; *rates* are crashes per million ADI, oldest of the ten days first.
    """

    day: date
    product: str
    version: str
    signature: str
    oneday: float | None
    threeday: float | None
    crash_count: int
    rates: list[float]


class WithoutAdi(NamedTuple):
    """A version whose explosions are not known, and the days without ADI that are the reason."""

    product: str
    version: str
    days: list[date]


def explosive(
    db: Connection,
    versions: Sequence[Version],
    day: date,
    *,
    least: float = LEAST,
    most: int = 100,
    skip: int = 0,
) -> list[Explosive]:
    """Return explosive signatures of *day*, UTC, the greatest first: *least* or more."""
    parameters = {
        "versions": ids(versions),
        "day": day,
        "least": least,
        "most": most,
        "skip": skip,
    }
    return rows(db, SQL["explosive"], Explosive, **parameters)


def without_adi(
    db: Connection, versions: Sequence[Version], day: date, most: int = 100
) -> list[WithoutAdi]:
    """Return versions that crashed in the three days up to *day* and lack ADI on one of the ten."""
    parameters = {"versions": ids(versions), "day": day, "most": most}
    return rows(db, SQL["without_adi"], WithoutAdi, **parameters)


def last_day(db: Connection, before: date) -> date | None:
    """Return the last UTC day before *before* on which anything exploded; None if there is none."""
    day: date | None = value(db, SQL["last_day"], before=before)
    return day
