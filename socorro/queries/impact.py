"""How much one signature crashes: its counts, its rank in a version, its first build, its bugs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from socorro.crash_id import CrashId, is_deferred
from socorro.postgres import Connection, load_sql, rows, value
from socorro.queries import signatures, versions

SQL = load_sql(__file__)
DAYS = 7
MOST_BUGS = 20


class Bug(NamedTuple):
    """A bug that names the signature, or the original of a duplicate that does."""

    bug_id: int
    status: str
    resolution: str
    summary: str

    @property
    def is_open(self) -> bool:
        """Whether it has no resolution."""
        return not self.resolution


class Counts(NamedTuple):
    """Processed and estimated crashes of a period, of the one before it, and of the running day."""

    crash_count: int
    estimated_count: float
    previous_count: int
    previous_estimated: float
    today_estimated: float


class Impact(NamedTuple):
    """The days [start, end) UTC, all over; *counts* are of the product, *rank* is of the version.

    *rank* is None for a version that is not counted, and for a signature that is beyond the last
    rank or has no crash in it. *first_build* is the earliest build id that is a date, in any
    product. *first_report* is None for a signature that was never counted.
    """

    start: date
    end: date
    counts: Counts
    rank: int | None
    first_build: str | None
    first_report: datetime | None
    bugs: Sequence[Bug]


class _Ahead(NamedTuple):
    signatures: int
    rank: int | None


def impact(db: Connection, signature: str, product: str, version: str, today: date) -> Impact:
    """Return the impact of a signature in the seven days before *today*."""
    start = today - timedelta(days=DAYS)
    period = {"signature": signature, "start": start, "end": today}
    counts = rows(
        db, SQL["counts"], Counts, product=product, before=start - timedelta(days=DAYS), **period
    )[0]
    first = signatures.first_dates(db, [signature])
    return Impact(
        start,
        today,
        counts,
        _rank(db, signature, product, version, start, today) if counts.crash_count else None,
        first[0].build if first else None,
        first[0].date if first else None,
        rows(db, SQL["bugs"], Bug, signature=signature, most=MOST_BUGS),
    )


def waits(db: Connection, crash_id: CrashId, submitted: datetime) -> bool:
    """Whether a report is not counted yet; a deferred one never is, and waits for nothing."""
    if is_deferred(crash_id):
        return False
    return bool(value(db, SQL["waits"], crash_id=crash_id, submitted=submitted))


def _rank(
    db: Connection, signature: str, product: str, version: str, start: date, end: date
) -> int | None:
    """Return the rank that the top crashers of the version have for the same days."""
    numbers = versions.ids(versions.versions(db, product, version))
    if not numbers:
        return None
    if len(numbers) == 1:
        ahead = rows(
            db, SQL["rank_ahead"], _Ahead,
            signature=signature, version=numbers[0], end=end, days=(end - start).days,
        )  # fmt: skip
        if ahead:
            return ahead[0].rank
    summed = rows(
        db, SQL["rank_summed"], int, signature=signature, versions=numbers, start=start, end=end
    )
    return summed[0] if summed else None
