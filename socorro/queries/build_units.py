"""Builds that can be compared (versions, or a version's builds of one day), many at once."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.by_build import BuildDay

SQL = load_sql(__file__)

MOST_UNITS = 5000


class Key(NamedTuple):
    """A version, or its builds of *built* only: what has active installs of its own."""

    product_version_id: int
    built: date | None


class Unit(NamedTuple):
    """A build that can be compared; *first* is its first day."""

    product: str
    release_channel: str
    is_by_day: bool
    product_version_id: int
    version: str
    built: date | None
    first: date

    @property
    def key(self) -> Key:
        """What the daily tables call it."""
        return Key(self.product_version_id, self.built)

    @property
    def name(self) -> str:
        """What names it in an address or command: a version, or the day of builds (20261120)."""
        return self.version if self.built is None else f"{self.built:%Y%m%d}"


class Rate(NamedTuple):
    """ADI and crashes, summed over the days of the period that have ADI."""

    unit: int
    adi: int
    crash_count: int
    estimated_count: float


class Span(NamedTuple):
    """Days [start, end) of a unit."""

    key: Key
    start: date
    end: date


class NewSignature(NamedTuple):
    """The most frequent of *signatures* that no build had before this one."""

    product_version_id: int
    build_id: str
    signature: str
    crash_count: int
    signatures: int


def units(
    db: Connection,
    products: Sequence[str],
    channels: Sequence[str],
    first: date,
    last: date,
) -> list[Unit]:
    """Return units of some products and channels, the newest first; MOST_UNITS at most.

    Builds of a day: of the days [first, last).
    """
    return rows(
        db, SQL["units"], Unit,
        products=list(products), channels=list(channels), first=first, last=last, most=MOST_UNITS,
    )  # fmt: skip


def rates(db: Connection, keys: Sequence[Key], start: date, end: date) -> dict[Key, Rate]:
    """Return ADI and crashes of the days [start, end), of the units that have ADI then."""
    listed: list[Rate] = rows(db, SQL["rates"], Rate, **_columns(keys), start=start, end=end)
    return {keys[rate.unit]: rate for rate in listed}


def days(db: Connection, spans: Sequence[Span]) -> list[list[BuildDay]]:
    """Return the days of each span."""
    listed: list[tuple[int, BuildDay]] = rows(
        db, SQL["days"], lambda unit, *day: (unit, BuildDay(*day)),
        **_columns([span.key for span in spans]),
        starts=[span.start for span in spans], ends=[span.end for span in spans],
    )  # fmt: skip
    of_spans: list[list[BuildDay]] = [[] for _ in spans]
    for unit, day in listed:
        of_spans[unit].append(day)
    return of_spans


def new_signatures(
    db: Connection, builds: Sequence[tuple[int, str]], start: date, end: date
) -> dict[tuple[int, str], NewSignature]:
    """Return the top new signature of builds (version id, build id), by the days [start, end)."""
    signatures: list[NewSignature] = rows(
        db, SQL["new_signatures"], NewSignature,
        versions=[version for version, _ in builds], build_ids=[build for _, build in builds],
        start=start, end=end,
    )  # fmt: skip
    return {(row.product_version_id, row.build_id): row for row in signatures}


def _columns(keys: Sequence[Key]) -> dict[str, list[object]]:
    return {
        "units": list(range(len(keys))),
        "versions": [key.product_version_id for key in keys],
        "built": [key.built for key in keys],
    }
