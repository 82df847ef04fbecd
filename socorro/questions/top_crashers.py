"""TopCrashers: the signatures of a period by rank, and how that changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.postgres import Connection
from socorro.queries import top_crashers as query
from socorro.queries.top_crashers import TYPES, TopCrasher, TopCrashers
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.notes import explain_empty, notes, without_installs
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today

COUNTS = ("estimated", "processed", "installs")
CHANGERS = 300  # sort=change orders the first so many


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return one page of the ranking."""
    if values["type"] and values["count"] == "installs":
        raise Unknown("count", "installs are not counted by type of crash: leave out one of them")
    selection = select(db, values)
    by_change = values["sort"] == "change"
    ranking = query.top_crashers(
        db,
        selection.versions,
        selection.start,
        selection.end,
        by=values["by"],
        count=values["count"],
        system=values["os"],
        crash_type=values["type"],
        most=CHANGERS if by_change else values["limit"],
        skip=0 if by_change else values["offset"],
        name_versions=values["limit"] <= CHANGERS,
    )
    crashers: Sequence[TopCrasher] = ranking.rows
    total = ranking.signature_count
    if by_change:
        total = len(crashers)
        crashers = sorted(crashers, key=_by_change)[values["offset"] :][: values["limit"]]
    usual = query.usual_weight(db, selection.versions, selection.start, selection.end)
    more = notes(db, selection) if crashers else _nothing(db, selection, values, total)
    return Answer(
        title=f"Top crashers: {selection.label}, {selection.days}"
        f"{' by build' if values['by'] == 'build' else ''}",
        rows=_rows(crashers, usual, _today(db, selection, crashers, values)),
        about={
            **selection.metadata,
            "by": values["by"],
            "count": values["count"],
            "crash_count": ranking.crash_count,
            "estimated_count": ranking.estimated_count,
            "installs": ranking.installs,
            "signature_count": ranking.signature_count,
            "percent": sum(row.percent for row in crashers),
        },
        notes=[*_total(ranking, crashers, values), *without_installs(db, selection), *more],
        total=total,
    )


def _nothing(
    db: Connection, selection: Selection, values: Mapping[str, Any], total: int
) -> list[Note]:
    if total:
        return [Note("beyond_the_end", f"{plural(total, 'signature')}: no row {values['offset']}")]
    return explain_empty(db, selection, values["by"])


def _today(
    db: Connection,
    selection: Selection,
    crashers: Sequence[TopCrasher],
    values: Mapping[str, Any],
) -> Mapping[str, query.DayCount] | None:
    """Return what signatures have on the running day; None: it does not follow the period."""
    both = values["os"] and values["type"]  # these crashes are counted one by one
    if selection.end != today() or values["by"] == "build" or both:
        return None
    names = [crasher.signature for crasher in crashers]
    measure = values["type"] or values["os"]
    return query.of_day(db, selection.versions, selection.end, names, measure)


def _rows(
    crashers: Sequence[TopCrasher], usual: float, running: Mapping[str, query.DayCount] | None
) -> list[list[Any]]:
    """Return the rows: crashers with the interval of their estimate, and with the running day."""
    from socorro.stats.weighted import of_sums

    rows = []
    for crasher in crashers:
        low, high, now = None, None, None
        if crasher.squares is not None:
            _, low, high = of_sums(crasher.estimated_count, crasher.squares, usual)
        if running is not None:
            now = running.get(crasher.signature, query.DayCount())
        more = {
            "estimated_low": low,
            "estimated_high": high,
            "today_estimated": now and now.estimated_count,
            "today_count": now and now.crash_count,
        }
        rows.append(
            [
                more[column.name] if column.name in more else getattr(crasher, column.name)
                for column in COLUMNS
            ]
        )
    return rows


def _by_change(row: TopCrasher) -> tuple[bool, int, int]:
    """Order climbers first, then what fell, then what had no rank before."""
    return row.change is None, -(row.change or 0), row.rank


def _total(
    ranking: TopCrashers, crashers: Sequence[TopCrasher], values: Mapping[str, Any]
) -> list[Note]:
    if not crashers:
        return []
    crashes = plural(ranking.crash_count, "crash")
    estimated = f"{ranking.estimated_count:,.0f}"
    if estimated != f"{ranking.crash_count:,}":
        crashes = f"{estimated} crashes estimated from {ranking.crash_count:,} processed"
        if values["count"] == "processed":
            crashes = f"{plural(ranking.crash_count, 'processed crash')} (estimated: {estimated})"
    if values["count"] == "installs":
        crashes = (
            f"{plural(ranking.installs or 0, 'install')} crashed, counted once a day; {crashes}"
        )
    if values["count"] == "installs" or len(crashers) == ranking.signature_count:
        return [Note("total", crashes)]
    percent = sum(row.percent for row in crashers)
    signatures = f"{ranking.signature_count:,} signatures (--limit)"
    return [Note("total", f"{percent:.1f} % of {crashes}; {signatures}")]


COLUMNS = (
    columns.count("rank", "Rank, from 1; equal counts rank by name"),
    columns.text("signature", "Signature"),
    columns.number("estimated_count", "Crashes, corrected for sampling"),
    columns.count("crash_count", "Processed crashes"),
    columns.number("percent", "Share of all crashes of the period, percent"),
    columns.count(
        "installs",
        "Different installs that crashed, once a day; null: not counted (by type, or some day)",
        nullable=True,
    ),
    columns.number(
        "estimated_low", "Lower end of its 95 % interval; null: as installs", nullable=True
    ),
    columns.number("estimated_high", "Upper end of its 95 % interval", nullable=True),
    columns.number(
        "today_estimated",
        "Crashes of the running day so far, corrected for sampling; null: the period does not end "
        "the day before it, by build, or os and type together",
        nullable=True,
    ),
    columns.count(
        "today_count", "Processed crashes of the running day so far; null: as above", nullable=True
    ),
    columns.number("percent_change", "Change of the share, points; null: new", nullable=True),
    columns.count("change", "Ranks climbed; null: it had no rank before", nullable=True),
    columns.boolean("is_new", "No crash in the period before"),
    columns.count("previous_rank", "Rank in the period before", nullable=True),
    columns.number("previous_estimated", "Estimated crashes in the period before"),
    columns.count("previous_count", "Processed crashes in the period before"),
    columns.number("previous_percent", "Share in the period before, percent", nullable=True),
    *columns.SPLITS,
    columns.number("startup_percent", "Share of crashes in the first minute, percent"),
    columns.moment("first_report", "First crash with this signature"),
    columns.texts("versions", "Versions it was ever counted in; empty when limit is over 300"),
    columns.counts("bugs", "Bugs that name it"),
)
QUESTION = Question(
    name="TopCrashers",
    command="top-crashers",
    summary="The most frequent signatures and their changes",
    description=(
        "Signatures by rank, compared with the same number of days before. Ranks and shares are of "
        "estimated crashes: where 10 % of the crashes are processed, each counts ten times. "
        "count=processed ranks by processed crashes, count=installs by the installs that sent "
        "them, once for each day: a machine that crashes again and again counts once. sort=change "
        "lists the first "
        f"{CHANGERS} signatures by ranks climbed."
    ),
    parameters=(
        *parameters.period(),
        parameters.BY,
        parameters.OS,
        parameters.choice("type", "Crashes of one type only", TYPES),
        parameters.choice("count", "What ranks and shares are of", COUNTS, "estimated"),
        parameters.choice("sort", "Order of the rows", ("rank", "change"), "rank"),
        parameters.limit(20, "signatures"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
