"""Crashes and installs of builds, day by day: of all signatures, or of one of them."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)

MOST_CHANNELS = 50
MOST_ROWS = 20_000  # days of builds
MOST_BUILD_IDS = 20_000


class BuildOf(NamedTuple):
    """What a build id names: a version, or its builds of one day, *first* its first day."""

    product_version_id: int
    version: str
    release_channel: str
    build_day: date | None
    first: date


class BuildDay(NamedTuple):
    """A UTC day of one side on one system (win, mac, …).

    *installs* are those that crashed, None: not counted on that day. *adi* is None when it is
    missing.
    """

    day: date
    os: str
    crash_count: int
    estimated_count: float
    installs: int | None
    adi: int | None


class Place(NamedTuple):
    """A product and channel in which a signature crashed, and its reports."""

    product: str
    channel: str
    crash_count: int


class SignatureDay(NamedTuple):
    """A UTC day of a build: what crashed with the signature, and in all.

    *is_by_day*: the build is the builds of one day of the version. Installs are None where they
    were not counted, *adi* where it is missing.
    """

    version: str
    build_date: date
    is_by_day: bool
    day: date
    crash_count: int
    installs: int | None
    all_crashes: int
    all_estimated: float
    all_installs: int | None
    adi: int | None


def resolve(
    db: Connection, product: str, text: str, channel: str | None, most: int = 20
) -> list[BuildOf]:
    """Return what a build id, or the day that it begins with (20261120), names."""
    return rows(
        db, SQL["resolve"], BuildOf, product=product, first=text, last=text.ljust(14, "9"),
        channel=channel, most=most,
    )  # fmt: skip


def days(
    db: Connection, versions: Sequence[int], build_day: date | None, start: date, end: date
) -> list[BuildDay]:
    """Return days [start, end) of some versions, or of their builds of *build_day* only."""
    return rows(
        db, SQL["days"], BuildDay,
        versions=list(versions), build_day=build_day, start=start, end=end,
    )  # fmt: skip


def channels(
    db: Connection, signature: str, product: str | None, channel: str | None, start: date, end: date
) -> list[Place]:
    """Return where a signature crashed on the days [start, end), most crashes first."""
    return rows(
        db, SQL["channels"], Place,
        signature=signature, product=product, channel=channel, start=start, end=end,
        most=MOST_CHANNELS,
    )  # fmt: skip


def builds_with_signature(
    db: Connection, signature: str, product: str, channel: str, start: date, end: date
) -> list[SignatureDay]:
    """Return the days of the builds of a channel, the newest build first; MOST_ROWS at most.

    Versions that are counted by build: builds made on the days [start, end), and the six days
    after; others: versions used on these days.
    """
    return rows(
        db, SQL["builds_with_signature"], SignatureDay,
        signature=signature, product=product, channel=channel, start=start, end=end,
        most=MOST_ROWS,
    )  # fmt: skip


def build_ids(db: Connection, product: str, channel: str) -> dict[tuple[str, date], str]:
    """Return the first build id of each version and day, as the release feed lists them."""
    listed: list[tuple[str, date, str]] = rows(
        db, SQL["build_ids"], lambda *row: row,
        product=product, channel=channel, most=MOST_BUILD_IDS,
    )  # fmt: skip
    return {(version, day): build_id for version, day, build_id in listed}
