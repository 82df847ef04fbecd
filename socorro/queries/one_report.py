"""One report: its whole row, and the crashes of its signature before and after it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, column, load_sql

SQL = load_sql(__file__)
# Most neighbours are near: to plan a look into every week costs more than the look.
NEAR: Final = timedelta(days=5)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Neighbours(NamedTuple):
    """The crashes of the same signature that were submitted next before and after a crash."""

    earlier: CrashId | None
    later: CrashId | None


def neighbours(
    db: Connection, crash_id: CrashId, signature: str, submitted_at: datetime
) -> Neighbours:
    """Return the neighbours of a crash among the reports of its signature."""
    place = {"crash_id": crash_id, "signature": signature, "submitted_at": submitted_at}
    return Neighbours(
        _next(db, "earlier", **place, **{"from": submitted_at - NEAR})
        or _next(db, "earlier", **place, **{"from": EARLIEST}),
        _next(db, "later", **place, to=submitted_at + NEAR)
        or _next(db, "later", **place, to=LATEST),
    )


def _next(db: Connection, statement: str, **place: Any) -> CrashId | None:
    crash_ids = column(db, SQL[statement], **place)
    return CrashId(str(crash_ids[0])) if crash_ids else None


def row(db: Connection, crash_id: CrashId) -> Mapping[str, Any] | None:
    """Return the columns of a report as JSON has them; None when there is none."""
    columns = column(db, SQL["row"], crash_id=crash_id)
    return columns[0] if columns else None
