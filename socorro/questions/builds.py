"""Builds and CrashTrends: recent builds, and how builds crash from the day they came out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import build_units
from socorro.queries import builds as query
from socorro.queries.build_units import Key, NewSignature
from socorro.questions import build_verdicts, columns, parameters
from socorro.questions.build_verdicts import NOT_ENOUGH
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, three_digits

JUDGED: Final = 200  # builds of an answer that are compared; the newest


def builds(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return builds, newest first, the newest JUDGED of them against the build before."""
    selection = select(db, values, running=True)  # it lists a build of an hour ago
    rows = query.builds(
        db, selection.versions, selection.start, selection.end, values["limit"], values["offset"]
    )
    judged = _judge(db, selection, rows[:JUDGED])
    return Answer(
        title=f"Builds: {selection.label}, {selection.days}",
        rows=[_row(row, judged) for row in rows],
        about=selection.metadata,
        notes=[
            *_sentences(rows, judged, selection.start),
            *_undated(db, selection),
            *notes(db, selection),
        ]
        if rows or values["offset"]
        else explain_empty(db, selection),
    )


def trends(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return a row for each day on which builds of a day crashed, newest build first."""
    selection = select(db, {**values, "by": "build"})
    rows = query.trends(
        db, selection.versions, selection.start, selection.end, values["limit"], values["offset"]
    )
    return Answer(
        title=f"Crashes by age of build: {selection.label}, {selection.days}",
        rows=[[getattr(row, column.name) for column in TRENDS] for row in rows],
        about=selection.metadata,
        notes=notes(db, selection)
        if rows or values["offset"]
        else explain_empty(db, selection, "build"),
    )


class _Judged(NamedTuple):
    """What is known of some builds."""

    builds: build_verdicts.Builds
    new: Mapping[tuple[int, str], NewSignature]


def _judge(db: Connection, selection: Selection, rows: Sequence[query.Build]) -> _Judged:
    keys = [key for row in rows if (key := _key(row))]
    channels = [row.release_channel for row in rows]
    names = [(row.product_version_id, row.build_id) for row in rows]
    return _Judged(
        build_verdicts.read(db, selection, keys, channels),
        build_units.new_signatures(db, names, selection.start, selection.end),
    )


def _key(build: query.Build) -> Key | None:
    if not build.has_builds:
        return Key(build.product_version_id, None)
    return Key(build.product_version_id, build.build_date) if build.build_date else None


def _row(build: query.Build, judged: _Judged) -> list[Any]:
    key = _key(build)
    rate = judged.builds.rates.get(key) if key else None
    compared = judged.builds.compared.get(key) if key else None
    numbers = compared.judged if compared else None
    new = judged.new.get((build.product_version_id, build.build_id))
    values = {
        **build._asdict(),
        "source": "feed" if build.is_told else "crashes",
        "built_at": _moment(build.build_id),
        "adi": rate and rate.adi,
        "rate": rate and rate.estimated_count * 100 / rate.adi,
        "before": compared and compared.old.name,
        "verdict": compared and compared.verdict,
        "ratio": numbers and numbers.ratio,
        "low": numbers and numbers.low,
        "high": numbers and numbers.high,
        "new_signature": new and new.signature,
        "new_signatures": new.signatures if new else 0,
    }
    return [values[column.name] for column in BUILDS]


def _moment(build_id: str) -> datetime | None:
    try:
        return datetime.strptime(build_id, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _sentences(rows: Sequence[query.Build], judged: _Judged, start: date) -> list[Note]:
    """Say which of the builds made since *start* is worst, or that none is worse."""
    shown = {key: row for row in reversed(rows) if (key := _key(row)) in judged.builds.compared}
    compared = [judged.builds.compared[key] for key in shown if key]
    worse = [one for one in compared if one.verdict == "worse"]
    cut = plural(len(rows) - JUDGED, "older build") if len(rows) > JUDGED else ""
    notes = [Note("not_compared", f"{cut} not compared: narrow the days")] if cut else []
    if not any(one.judged for one in compared):
        text = "no build can be compared with the one before it: no day with ADI of both"
        return [Note("no_adi", text), *notes] if rows else notes
    if not worse:
        unclear = sum(one.verdict == NOT_ENOUGH for one in compared)
        more = f"; {plural(unclear, 'build')} without enough data yet" if unclear else ""
        text = f"no build is worse than the build before it, of {len(compared)} compared{more}"
        return [Note("verdict", text), *notes]
    recent = [one for one in worse if one.new.first >= start] or worse
    worst = max(recent, key=lambda one: one.judged.low if one.judged else 0)
    others = plural(len(worse) - 1, "other build")
    verb = "is" if len(worse) == 2 else "are"
    more = f"; {others} {verb} worse, too" if len(worse) > 1 else ""
    text = f"{_worse(worst, shown[worst.new.key].build_id)}{more}"
    return [Note("verdict", text), *notes]


def _worse(worst: build_verdicts.Compared, build_id: str) -> str:
    judged, new, old = worst.judged, worst.new, worst.old
    name = f"{new.version}: build {build_id}" if new.is_by_day else new.version
    if judged is None or judged.ratio is None:
        return f"{name} is worse than the build before, {old.name}, which did not crash"
    high = "no upper end" if judged.high is None else three_digits(judged.high)
    counted = "installs that crash" if worst.has_installs else "crashes"
    times = f"{three_digits(judged.ratio)} times as often per ADI"
    return (
        f"{name} crashes {times} as the build before, {old.name}"
        f" ({counted}, 95 % interval {three_digits(judged.low)} to {high})"
    )


def _undated(db: Connection, selection: Selection) -> list[Note]:
    undated = query.undated(db, selection.versions, selection.start, selection.end)
    if not undated.crash_count:
        return []
    more = undated.build_count - len(undated.build_ids)
    names = ", ".join(undated.build_ids) + (f" and {more:,} more" if more else "")
    have = "has" if undated.crash_count == 1 else "have"
    text = (
        f"build ids here are dates (YYYYMMDD…);"
        f" {plural(undated.crash_count, 'crash')} {have} another kind: {names}"
    )
    return [Note("undated_builds", text)]


BUILDS = (
    columns.text("build_id", "Build id"),
    columns.text("version", "Version"),
    columns.text("release_channel", "Release channel"),
    columns.number("estimated_count", "Crashes, corrected for sampling"),
    columns.count("crash_count", "Processed crashes"),
    columns.count(
        "adi",
        "Active daily installs, summed over days, of the version; where it is counted by build "
        "(nightly, aurora), of its builds of that day; null: missing",
        nullable=True,
    ),
    columns.number("rate", "Crashes per 100 ADI, on days with ADI", nullable=True),
    columns.text(
        "verdict",
        "worse, not worse (less than 1.1 times), or not enough data yet, against the build before "
        "on its channel; null: they have no ADI in common",
        nullable=True,
    ),
    columns.number("ratio", "Installs that crash per ADI, over those before", nullable=True),
    columns.number("low", "Lower end of its 95 % interval, which holds at all times", True),
    columns.number("high", "Upper end; null: no upper end", nullable=True),
    columns.text("before", "The build before: version, or day of builds", nullable=True),
    columns.text("new_signature", "Most frequent signature that no older build had", True),
    columns.count("new_signatures", "Number of such signatures"),
    columns.moment("built_at", "Moment in the build id; null: it is none", nullable=True),
    columns.texts("platforms", "Platforms that the release feed lists"),
    columns.text("source", "feed, or crashes: the release feed does not list it"),
    columns.text("product", "Product"),
    columns.day("build_date", "Date in the build id; null: it is no date", nullable=True),
)
TRENDS = (
    columns.day("build_date", "Date in the build ids"),
    columns.day("day", "UTC day of submission"),
    columns.count("days_out", "Days since the build, from 0 to 14"),
    columns.number("estimated_count", "Crashes, corrected for sampling"),
    columns.count("crash_count", "Processed crashes"),
    columns.text("version", "Version"),
    columns.text("product", "Product"),
    columns.count("adi", "Active daily installs of these builds; null: missing", nullable=True),
    columns.number("rate", "Crashes per 100 ADI", nullable=True),
)
BUILDS_QUESTION = Question(
    name="Builds",
    command="builds",
    summary="Recent builds and their crash counts",
    description=(
        "Builds come from the release feed; a build that the feed does not list appears once it "
        "crashes. Crashes count on the day of their submission. Builds whose id is no date come "
        "last."
    ),
    parameters=(
        *parameters.period(running=True),
        parameters.limit(50, "builds"),
        parameters.OFFSET,
    ),
    columns=BUILDS,
    answer=builds,
)
TRENDS_QUESTION = Question(
    name="CrashTrends",
    command="crash-trends",
    summary="How builds crash from the day they came out",
    description=(
        "Crashes of the builds of a day (nightly, aurora and rapid betas), by day of submission, "
        "up to 14 days after the build."
    ),
    parameters=(*parameters.period(), parameters.limit(1_000), parameters.OFFSET),
    columns=TRENDS,
    answer=trends,
)
