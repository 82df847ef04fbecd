"""Crashes of two sides (versions, or builds of a day), per 1,000 active installs and day."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)

Kind = Literal["build", "module", "os", "reason", "flash"]
NO_VALUE = "(none)"


class Side(NamedTuple):
    """Version ids, or their builds of the day *built* only."""

    versions: Sequence[int] = ()
    built: date | None = None


class Difference(NamedTuple):
    """Crashes per 1,000 ADI and day on the old and on the new side, throttle corrected.

    *name* is the signature, or the build, module, system, reason or Flash version; the counts are
    reports. A rate is None when its side has no ADI.
    """

    name: str
    old_count: int
    new_count: int
    old_rate: float | None
    new_rate: float | None
    difference: float | None


class Installs(NamedTuple):
    """The ADI behind the rates of one side: summed over the days that have it."""

    days: list[date]
    missing: list[date]
    adi: int


def installs(db: Connection, side: Side, first: date, start: date, end: date) -> Installs:
    """Return the ADI of a side on the UTC days [start, end), from its *first* day on."""
    parameters = {"versions": list(side.versions), "built": side.built, "first": first}
    [adi] = rows(db, SQL["installs"], Installs, **parameters, start=start, end=end)
    return adi


def signatures(
    db: Connection, old: Side, new: Side, start: date, end: date, *,
    only_null: bool, by_size: bool, most: int = 200, skip: int = 0,
) -> list[Difference]:  # fmt: skip
    """Return signatures on the UTC days [start, end), the one that grew most first.

    Both rates are of the days on which the side has ADI. *only_null*: empty signatures (EMPTY: …)
    only. *by_size*: the largest difference first, up or down.
    """
    return rows(
        db, SQL["signatures"], Difference,
        old=list(old.versions), old_built=old.built, new=list(new.versions), new_built=new.built,
        start=start, end=end, only_null=only_null, by_size=by_size, most=most, skip=skip,
    )  # fmt: skip


def facts(
    db: Connection, old: Side, new: Side, start: date, end: date, kind: Kind, *,
    by_size: bool, most: int = 200, skip: int = 0,
) -> list[Difference]:  # fmt: skip
    """Return what crashes have in common, by *kind*, of versions: their *built* is ignored.

    Of crashes with an empty signature, except "flash": that is the Flash version of all crashes.
    """
    return rows(
        db, SQL["facts"], Difference,
        old=list(old.versions), new=list(new.versions), start=start, end=end, kind=kind,
        none=NO_VALUE, by_size=by_size, most=most, skip=skip,
    )  # fmt: skip
