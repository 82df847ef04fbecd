"""Builds and CrashTrends: recent builds, and how builds crash from the day they came out."""

from collections.abc import Mapping
from typing import Any

from socorro.postgres import Connection
from socorro.queries import builds as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural


def builds(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return builds, newest first."""
    selection = select(db, values)
    rows = query.builds(
        db, selection.versions, selection.start, selection.end, values["limit"], values["offset"]
    )
    return Answer(
        title=f"Builds: {selection.label}, {selection.days}",
        rows=[_build(row) for row in rows],
        about=selection.metadata,
        notes=[*_undated(db, selection), *notes(db, selection)]
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


def _build(build: query.Build) -> list[Any]:
    source = "feed" if build.is_told else "crashes"
    return [source if column.name == "source" else getattr(build, column.name) for column in BUILDS]


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
    parameters=(*parameters.period(), parameters.limit(50, "builds"), parameters.OFFSET),
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
