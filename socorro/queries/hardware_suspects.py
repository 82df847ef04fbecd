"""Machines that are suspected to have broken memory: what the job hardware-suspects left."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Scan(NamedTuple):
    """One scan of the days *first_day* to *day*, UTC.

    *crashes* name their machine, *flipped* of them are at one-bit addresses; *base_share* is held
    for the usual share of these.
    """

    day: date
    first_day: date
    crashes: int
    flipped: int
    machines: int
    base_share: float
    notes: Sequence[str]


class Suspect(NamedTuple):
    """One machine; *chance* is that of so many one-bit crashes, times the machines tested."""

    os_name: str
    os_version: str
    cpu_info: str
    cpu_microcode_version: str
    graphics: str
    memory_bytes: int
    crashes: int
    flipped: int
    signatures: int
    chance: float
    signature: str | None
    total: int  # suspects of the scan


def scan(db: Connection, day: date | None = None) -> Scan | None:
    """Return the scan of a day, or the last one; None when there is none."""
    scans = rows(db, SQL["scan"], Scan, day=day)
    return scans[0] if scans else None


def suspects(db: Connection, day: date, *, most: int = 100, skip: int = 0) -> list[Suspect]:
    """Return suspected machines of a scan, the least likely chance first."""
    return rows(db, SQL["suspects"], Suspect, day=day, most=most, skip=skip)


def of_machine(
    db: Connection,
    *,
    os_name: str,
    os_version: str,
    cpu_info: str,
    cpu_microcode_version: str,
    graphics: str,
    memory_bytes: int,
) -> Suspect | None:
    """Return the machine as the last scan suspects it; None when it does not."""
    machine = {
        "os_name": os_name,
        "os_version": os_version,
        "cpu_info": cpu_info,
        "cpu_microcode_version": cpu_microcode_version,
        "graphics": graphics,
        "memory_bytes": memory_bytes,
    }
    suspected = rows(db, SQL["of_machine"], Suspect, **machine)
    return suspected[0] if suspected else None
