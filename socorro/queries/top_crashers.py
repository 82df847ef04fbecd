"""Top crashers: the signatures of a period by rank, against the period before it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

By = Literal["report", "build"]
SYSTEMS = ("win", "mac", "lin", "android")
TYPES = ("browser", "plugin", "content", "hang", "startup")


class TopCrasher(NamedTuple):
    """One signature in a period. Ranks begin at 1; equal counts rank by name.

    *crash_count* counts reports, *estimated_count* what they stand for (throttle corrected).
    Shares are percent of all crashes that were asked for, not of those on the page; a startup
    crash happens within the first minute. What was not there in the period before is new; where
    ranks are made ahead, what was beyond the last of them (ranked_signatures() in SQL) has no
    previous rank either.
    *bugs* are those, open or closed, that name it now; *versions* those of the product that it was
    ever counted in, when they are asked for.
    """

    rank: int
    signature: str
    crash_count: int
    estimated_count: float
    percent: float
    win: int
    mac: int
    lin: int
    android: int
    browser: int
    plugin: int
    content: int
    hang: int
    startup: int
    startup_percent: float
    previous_rank: int | None
    previous_count: int
    previous_percent: float | None
    first_report: datetime
    versions: list[str]
    bugs: list[int]

    @property
    def is_new(self) -> bool:
        """Say whether it was not there in the period before."""
        return not self.previous_count

    @property
    def change(self) -> int | None:
        """Ranks climbed since the period before; None: it had none."""
        return None if self.previous_rank is None else self.previous_rank - self.rank

    @property
    def percent_change(self) -> float | None:
        """Points of percent gained since the period before; None: new."""
        return None if self.previous_percent is None else self.percent - self.previous_percent


class TopCrashers(NamedTuple):
    """The page that was asked for, of the days [start, end); the period before: [before, start)."""

    before: date
    start: date
    end: date
    crash_count: int
    signature_count: int
    previous_count: int
    rows: list[TopCrasher]

    @property
    def percent(self) -> float:
        """The share of all crashes that the page has, in percent."""
        shown = sum(row.crash_count for row in self.rows)
        return 100 * shown / self.crash_count if self.crash_count else 0.0


class _Day(NamedTuple):
    day: date | None


def top_crashers(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    by: By = "report",
    system: str | None = None,
    crash_type: str | None = None,
    most: int = 100,
    skip: int = 0,
    name_versions: bool = False,
) -> TopCrashers:
    """Signatures of some product versions, most crashes first, UTC days [start, end).

    The days are those of submission or, *by* build, those of the build id (nightly, aurora and
    rapid betas only, counted for a week). *system* is one of SYSTEMS, *crash_type* one of TYPES;
    with both, crashes are counted one by one, which takes seconds on a busy site. To
    *name_versions* takes a tenth of a second for 300 signatures.
    """
    if system not in (None, *SYSTEMS) or crash_type not in (None, *TYPES):
        raise ValueError(f"system: {', '.join(SYSTEMS)}; crash_type: {', '.join(TYPES)}")
    before = start - (end - start)
    one_by_one = system is not None and crash_type is not None
    told = {
        "versions": ids(versions, by),
        "products": sorted({version.product for version in versions}),
        "before": before,
        "start": start,
        "end": end,
        "most": most,
        "skip": skip,
        "name_versions": name_versions,
    }
    found = []
    if by == "report" and not (system or crash_type):
        found = rows(db, SQL["ranked"], _line, days=(end - start).days, **told)
    if not found:
        found = rows(
            db,
            SQL["top_crashers"],
            _line,
            source=f"crashes, by {by}" if one_by_one else by,
            os=SYSTEMS.index(system) + 1 if system else None,
            measure=crash_type or system,
            **told,
        )
    page = [row for _, row in found if row is not None]
    return TopCrashers(before, start, end, *found[0][0], page)


def _line(*found: Any) -> tuple[tuple[int, int, int], TopCrasher | None]:
    totals, row = found[:3], found[3:]
    return (totals[0], totals[1], totals[2]), None if row[0] is None else TopCrasher(*row)


def last_day(db: Connection, versions: Sequence[Version], by: By = "report") -> date | None:
    """The last UTC day that has crashes of these versions; None: there is none."""
    [found] = rows(db, SQL[f"last_day_by_{by}"], _Day, versions=ids(versions, by))
    return found.day
