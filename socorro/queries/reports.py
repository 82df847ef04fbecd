"""Reports: newest first, by crash id, and by signature."""

from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, load_sql, rows, value

SQL = load_sql(__file__)
HEX_DIGITS = 32  # of a crash id


class Report(NamedTuple):
    """The columns of a report that a list shows; uptime in seconds."""

    crash_id: CrashId
    submitted_at: datetime
    signature: str
    product: str
    version: str
    release_channel: str | None
    os_name: str | None
    os_version: str | None
    cpu_arch: str | None
    process_type: str | None
    reason: str | None
    uptime: int | None


class Place(NamedTuple):
    """Where a page of reports ended; the next page begins after it."""

    submitted_at: datetime
    crash_id: CrashId


class ByVersion(NamedTuple):
    """Crashes of one product version."""

    product: str
    version: str
    crash_count: int


class BySystem(NamedTuple):
    """Crashes on one operating system."""

    os_name: str
    crash_count: int


class Seen(NamedTuple):
    """When a signature was first and last submitted, among the reports that are still kept."""

    first: datetime | None
    last: datetime | None


def latest(
    db: Connection,
    *,
    signature: str | None = None,
    product: str | None = None,
    version: str | None = None,
    before: Place | None = None,
    most: int = 50,
) -> list[Report]:
    """Return reports, newest first, after *before*; None: no filter."""
    return rows(
        db,
        SQL["latest"],
        Report,
        signature=signature,
        product=product,
        version=version,
        before=before.submitted_at if before else None,
        before_id=before.crash_id if before else None,
        most=most,
    )


def find(db: Connection, crash_id: CrashId) -> Report | None:
    """Return the report of one crash; None when it has none."""
    reports = rows(db, SQL["find"], Report, crash_id=crash_id)
    return reports[0] if reports else None


def by_prefix(db: Connection, prefix: str, since: datetime, most: int) -> list[Report]:
    """Return reports since a moment whose crash id begins with *prefix*, newest first.

    *prefix* has hex digits, hyphens where a crash id has them, or none.
    """
    digits = prefix.replace("-", "")[:HEX_DIGITS]
    bounds = {"first_id": digits.ljust(HEX_DIGITS, "0"), "last_id": digits.ljust(HEX_DIGITS, "f")}
    return rows(db, SQL["by_prefix"], Report, **bounds, since=since, most=most)


def by_version(
    db: Connection, signature: str, start: datetime, end: datetime, most: int = 50
) -> list[ByVersion]:
    """Return versions in which a signature was submitted in [start, end), most crashes first."""
    parameters = {"signature": signature, "start": start, "end": end, "most": most}
    return rows(db, SQL["by_version"], ByVersion, **parameters)


def by_system(
    db: Connection, signature: str, start: datetime, end: datetime, most: int = 20
) -> list[BySystem]:
    """Return systems on which a signature was submitted in [start, end), most crashes first."""
    parameters = {"signature": signature, "start": start, "end": end, "most": most}
    return rows(db, SQL["by_system"], BySystem, **parameters)


def total(db: Connection, signature: str, start: datetime, end: datetime) -> int:
    """Return how many reports have this signature and were submitted in [start, end)."""
    return int(value(db, SQL["total"], signature=signature, start=start, end=end))


def seen(db: Connection, signature: str) -> Seen:
    """Return when the signature was first and last submitted."""
    return rows(db, SQL["seen"], Seen, signature=signature)[0]
