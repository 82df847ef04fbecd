"""Crash rates: crashes per 100 active daily installs, throttle corrected."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

By = Literal["report", "build"]
Split = Literal["all", "version", "channel", "os", "version and os", "version and channel"]


class CrashRate(NamedTuple):
    """Crashes and installs of a UTC day: of all versions, channels and systems, or of one of them.

    *crash_count* counts reports, a hang pair once; *estimated_count* the crashes they stand for.
    *adi* is None when it is missing. *rate* is crashes per 100 ADI, None when ADI is missing or 0.
    Crashes of a version without ADI do not enter the rate: *without_adi* counts their reports,
    *rated_count* and *rated_estimated* are of the others. *throttle* is the share of crashes that
    was processed. *installs* are the different installs that sent reports (of every type), once for
    each day and version; None where they are not counted: by type, or on a day of before there were
    such counts. *without_time* of them are reports without install time, which count one by one.

    By build, the day is that of the build, its crashes and installs are those of the seven days
    from it on, and *without_adi* counts the reports of days without ADI.
    """

    day: date
    version: str | None
    channel: str | None
    os: str | None
    crash_count: int
    estimated_count: float
    adi: int | None
    without_adi: int
    rate: float | None
    throttle: float | None
    rated_count: int
    rated_estimated: float
    installs: int | None = None
    without_time: int = 0


def crash_rate(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    by: By = "report",
    split: Split = "all",
    system: str | None = None,
    crash_types: Sequence[str] = (),
    most: int | None = None,
    skip: int = 0,
) -> list[CrashRate]:
    """Return rates of UTC days [start, end), newest first: of all versions together, or split.

    Days without crashes and installs are left out. *system* is a code of operating_systems
    (win, mac, lin, android, other), *crash_types* are names of crash_types; without them, all
    types that count for rates. At most *most* rows, after *skip*; None: all.
    """
    return rows(
        db,
        SQL["crash_rate"],
        CrashRate,
        by=by,
        versions=ids(versions, by),
        start=start,
        end=end,
        each_version="version" in split,
        each_channel="channel" in split,
        each_os="os" in split,
        system=system,
        crash_types=list(crash_types),
        most=most,
        skip=skip,
    )
