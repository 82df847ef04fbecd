"""Hang pairs: the browser crash and the plugin crash of one hang."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)


class HangPair(NamedTuple):
    """Both crashes of one hang, on the UTC day of the plugin's; *duplicates*: more of the same."""

    day: date
    hang_id: str
    product: str
    version: str
    browser_crash_id: CrashId
    plugin_crash_id: CrashId
    browser_signature: str
    plugin_signature: str
    flash_version: str | None
    duplicates: list[CrashId]


class HangCount(NamedTuple):
    """How many hangs had these two signatures, and both crashes of the latest."""

    browser_signature: str
    plugin_signature: str
    pair_count: int
    flash_versions: list[str]
    browser_crash_id: str
    plugin_crash_id: str


class HangDay(NamedTuple):
    """Hangs of a UTC day: with both halves, and with one whose other half never arrived."""

    day: date
    pairs: int
    browser_only: int
    plugin_only: int


def pairs(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    most: int = 100,
    skip: int = 0,
) -> list[HangPair]:
    """Return hangs of the UTC days [start, end), newest day first."""
    parameters = {"versions": ids(versions), "start": start, "end": end, "most": most, "skip": skip}
    return rows(db, SQL["pairs"], HangPair, **parameters)


def counts(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    most: int = 100,
    skip: int = 0,
) -> list[HangCount]:
    """Return pairs of signatures of hangs on the UTC days [start, end), most hangs first."""
    parameters = {"versions": ids(versions), "start": start, "end": end, "most": most, "skip": skip}
    return rows(db, SQL["counts"], HangCount, **parameters)


def days(db: Connection, start: date, end: date) -> list[HangDay]:
    """Return hangs of all products by UTC day in [start, end), newest first."""
    return rows(db, SQL["days"], HangDay, start=start, end=end)
