"""Top crashers: the signatures of a period by rank, against the period before it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from socorro.postgres import Connection, column, load_sql, rows, value
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

By = Literal["report", "build"]
Count = Literal["estimated", "processed", "installs"]
SYSTEMS = ("win", "mac", "lin", "android")
TYPES = ("browser", "plugin", "content", "hang", "startup")


class TopCrasher(NamedTuple):
    """One signature in a period. Ranks begin at 1; equal counts rank by name.

    *crash_count* counts reports, *estimated_count* the crashes they stand for (throttle corrected).
    *installs* are the different installs that sent these reports, once for each day and version.
    None: not counted by type of crash, or on one of the days (days_without_installs). *squares* is
    the variance of *estimated_count*: the sum of the squared estimates of each install and day.
    Ranks and shares are of estimated crashes, or of reports or installs on request. Shares are
    percent of all crashes of the period (or of all installs that crashed), not of those on the
    page; a startup crash happens within the first minute. A signature without crashes in the
    period before is new; where ranks are made ahead for a version, one beyond the last
    of them (ranked_signatures() in SQL) has no previous rank either.
    *bugs* are those, open or closed, that name it now; *versions* are those of the product in which
    it was ever counted, when they are requested.
    """

    rank: int
    signature: str
    crash_count: int
    estimated_count: float
    percent: float
    installs: int | None
    squares: float | None
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
    previous_estimated: float
    previous_percent: float | None
    first_report: datetime
    versions: list[str]
    bugs: list[int]

    @property
    def is_new(self) -> bool:
        """Whether it had no crash in the period before."""
        return not self.previous_count

    @property
    def change(self) -> int | None:
        """Ranks climbed since the period before; None: it had no rank then."""
        return None if self.previous_rank is None else self.previous_rank - self.rank

    @property
    def percent_change(self) -> float | None:
        """Points of percent gained since the period before; None: new."""
        return None if self.previous_percent is None else self.percent - self.previous_percent


_Totals = tuple[int, int, int, float, float, int | None]


class TopCrashers(NamedTuple):
    """One page of a ranking of the days [start, end); the period before: [before, start)."""

    before: date
    start: date
    end: date
    crash_count: int
    signature_count: int
    previous_count: int
    estimated_count: float
    previous_estimated: float
    installs: int | None
    rows: list[TopCrasher]

    @property
    def percent(self) -> float:
        """The share of all crashes that the page has, in percent."""
        return sum(row.percent for row in self.rows)


def top_crashers(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    by: By = "report",
    count: Count = "estimated",
    system: str | None = None,
    crash_type: str | None = None,
    most: int = 100,
    skip: int = 0,
    name_versions: bool = False,
) -> TopCrashers:
    """Return signatures of product versions, most crashes first, of the UTC days [start, end).

    Ranks and shares are of estimated or, by *count*, of processed crashes or of installs, which are
    summed up; installs are not counted by type of crash: ValueError. The days are those of
    submission or, *by* build, those of the build id (nightly, aurora and rapid betas only, counted
    for a week). *system* is one of SYSTEMS, *crash_type* one of TYPES; with both, crashes are
    counted one by one, which takes seconds on a busy site. To *name_versions* takes a tenth of a
    second for 300 signatures.
    """
    if system not in (None, *SYSTEMS) or crash_type not in (None, *TYPES):
        raise ValueError(f"system: {', '.join(SYSTEMS)}; crash_type: {', '.join(TYPES)}")
    if crash_type and count == "installs":
        raise ValueError("installs are not counted by type of crash")
    before = start - (end - start)
    one_by_one = system is not None and crash_type is not None
    parameters = {
        "versions": ids(versions, by),
        "products": sorted({version.product for version in versions}),
        "before": before,
        "start": start,
        "end": end,
        "most": most,
        "skip": skip,
        "name_versions": name_versions,
    }
    ranking = []
    if by == "report" and count == "estimated" and not (system or crash_type):
        ranking = rows(db, SQL["ranked"], _ranked, days=(end - start).days, **parameters)
    if not ranking or (len(versions) > 1 and _lacks_ranks(ranking)):
        ranking = rows(
            db,
            SQL["top_crashers"],
            _ranked,
            source=f"crashes, by {by}" if one_by_one else by,
            os=SYSTEMS.index(system) + 1 if system else None,
            measure=crash_type or system,
            count=count,
            **parameters,
        )
    page = [crasher for _, crasher in ranking if crasher is not None]
    totals = ranking[0][0]
    return TopCrashers(before, start, end, *totals, page)


def _lacks_ranks(ranking: Sequence[tuple[_Totals, TopCrasher | None]]) -> bool:
    """Say whether a signature had a rank in the period before that is beyond those made ahead."""
    return any(row and row.previous_count and row.previous_rank is None for _, row in ranking)


def _ranked(
    crash_count: int,
    signature_count: int,
    previous_count: int,
    estimated_count: float,
    previous_estimated: float,
    installs: int | None,
    *crasher: Any,
) -> tuple[_Totals, TopCrasher | None]:
    """Return a row's totals, which all rows have, and its signature, which a page may lack."""
    totals = (
        *(crash_count, signature_count, previous_count, estimated_count, previous_estimated),
        installs,
    )
    return totals, None if crasher[0] is None else TopCrasher(*crasher)


def last_day(
    db: Connection, versions: Sequence[Version], by: By = "report", before: date | None = None
) -> date | None:
    """Return the last UTC day, *before* another, that has crashes of these versions, if any."""
    parameters = {"versions": ids(versions, by), "before": before}
    day: date | None = value(db, SQL[f"last_day_by_{by}"], **parameters)
    return day


class DayCount(NamedTuple):
    """Reports of a signature on one day, and the crashes they stand for."""

    crash_count: int = 0
    estimated_count: float = 0.0


def of_day(
    db: Connection,
    versions: Sequence[Version],
    day: date,
    signatures: Sequence[str],
    measure: str | None = None,
) -> dict[str, DayCount]:
    """Return what some signatures have on one UTC day of submission; absent: no crash.

    *measure* is one of SYSTEMS or TYPES.
    """
    counts = rows(
        db,
        SQL["of_day"],
        lambda signature, *count: (signature, DayCount(*count)),
        versions=ids(versions),
        day=day,
        signatures=list(signatures),
        measure=measure,
    )
    return dict(counts)


def days_without_installs(db: Connection, start: date, end: date) -> list[date]:
    """Return the UTC days of [start, end) that were counted before installs were."""
    return column(db, SQL["days_without_installs"], start=start, end=end)


def usual_weight(db: Connection, versions: Sequence[Version], start: date, end: date) -> float:
    """Return how many crashes an install of a day stands for, seen from its crashes; 0: unknown.

    The UTC days [start, end) of submission, all signatures together.
    """
    weight = value(db, SQL["usual_weight"], versions=ids(versions), start=start, end=end)
    return float(weight or 0)
