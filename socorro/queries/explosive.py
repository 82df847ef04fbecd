"""Explosive signatures: those that crash beyond what their last ten days explain."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

LEAST = 1.0


class Explosive(NamedTuple):
    """One signature in one version on a UTC day (docs/counts.md has the formula).

    *oneday* and *threeday* say how many times its usual rise it rose by, None when there were too
    few crashes to say; *rates* are crashes per million ADI, oldest of the ten days first.
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
    """A version for which nothing can be said, and the days without ADI that it is for."""

    product: str
    version: str
    days: list[date]


class _Day(NamedTuple):
    day: date | None


def explosive(
    db: Connection, versions: Sequence[Version], day: date, *, least: float = LEAST, most: int = 100
) -> list[Explosive]:
    """Signatures that exploded on *day*, UTC, the greatest first: *least* in one day or three."""
    told = {"versions": ids(versions), "day": day, "least": least, "most": most}
    return rows(db, SQL["explosive"], Explosive, **told)


def without_adi(
    db: Connection, versions: Sequence[Version], day: date, most: int = 100
) -> list[WithoutAdi]:
    """Versions that crashed in the three days up to *day* and lack ADI on one of the ten."""
    told = {"versions": ids(versions), "day": day, "most": most}
    return rows(db, SQL["without_adi"], WithoutAdi, **told)


def last_day(db: Connection, before: date) -> date | None:
    """The last UTC day before *before* on which anything exploded; None: there is none."""
    return rows(db, SQL["last_day"], _Day, before=before)[0].day
