"""Current activity: crashes by hour and by version, crashes that people wait for."""

from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Hour(NamedTuple):
    """Crashes of one product in the hour that begins at *hour*; None is all other products."""

    hour: datetime
    product: str | None
    crash_count: int


class VersionCount(NamedTuple):
    """Crashes of one product version; *sort_key* sorts as versions do."""

    product: str
    version: str
    crash_count: int
    sort_key: str


class RequestedCrash(NamedTuple):
    """A crash that somebody requested; its job waits or runs."""

    crash_id: CrashId
    state: str
    queued_at: datetime


def hours(
    db: Connection,
    start: datetime,
    end: datetime,
    *,
    product: str | None = None,
    version: str | None = None,
    series: int = 5,
) -> list[Hour]:
    """Return crashes submitted in [start, end) by UTC hour, for the *series* largest products."""
    return rows(
        db,
        SQL["hours"],
        Hour,
        start=start,
        end=end,
        product=product,
        version=version,
        series=series,
    )


def versions(db: Connection, start: datetime, end: datetime, most: int = 200) -> list[VersionCount]:
    """Return product versions with crashes submitted in [start, end), most crashes first."""
    return rows(db, SQL["versions"], VersionCount, start=start, end=end, most=most)


def requested(db: Connection, priority: int, most: int = 10) -> list[RequestedCrash]:
    """Return crashes whose jobs have at least this *priority*, the next ones first."""
    return rows(db, SQL["requested"], RequestedCrash, priority=priority, most=most)
