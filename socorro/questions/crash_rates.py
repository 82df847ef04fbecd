"""CrashRates: crashes per 100 installs by day, and today compared with yesterday."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from socorro.postgres import Connection
from socorro.queries import crash_rate as query
from socorro.queries.crash_rate import Change, CrashRate
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today

SYSTEMS = ("win", "mac", "lin", "android", "other")
SPLITS = ("all", "version", "channel", "os", "version and os")


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return a row for each day, or for each version, channel or system of a day."""
    selection = select(db, values)
    by, split = values["by"], values["split"]
    rates = query.crash_rate(
        db,
        selection.versions,
        selection.start,
        selection.end,
        by=by,
        split=split,
        system=values["os"],
        most=values["limit"],
        skip=values["offset"],
    )
    sentences = _sentences(db, selection, values["os"]) if by == "report" and rates else []
    more = notes(db, selection) if rates else explain_empty(db, selection, by)
    return Answer(
        title=f"Crash rate: {selection.label}, {selection.days}"
        f"{' by build' if by == 'build' else ''}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in rates],
        about={**selection.metadata, "by": by, "split": split, "os": values["os"]},
        notes=[*sentences, *_left_out(rates), *more],
    )


def _sentences(db: Connection, selection: Selection, system: str | None) -> list[Note]:
    """Compare the last day with the day before; without ADI, the latest days that have it too."""
    last = selection.end - timedelta(days=1)
    what = selection.label + (f" on {system}" if system else "")
    first = query.change(db, selection.versions, last, what, system=system)
    running = " (the day is not over)" if last == today() else ""
    sentences = [_note(first, first.sentence + running)]
    for back in range(1, (selection.end - selection.start).days) if first.missing else ():
        day = last - timedelta(days=back)
        change = query.change(db, selection.versions, day, what, system=system)
        if not change.missing:
            return [*sentences, _note(change, change.sentence)]
    return sentences


def _note(change: Change, text: str) -> Note:
    return Note("no_adi" if change.missing else "comparison", text)


def _left_out(rates: Sequence[CrashRate]) -> list[Note]:
    without = sum(row.without_adi for row in rates if row.adi)
    if not without:
        return []
    text = f"{plural(without, 'crash')} of versions without ADI left out of the rates"
    return [Note("without_adi", text)]


COLUMNS = (
    columns.day("day", "UTC day of submission, or of the build"),
    columns.text("version", "Version, when rows are split by version", nullable=True),
    columns.text("channel", "Release channel, when rows are split by channel", nullable=True),
    columns.text("os", "System, when rows are split by system", nullable=True),
    columns.number("estimated_count", "Crashes, corrected for sampling; a hang pair counts once"),
    columns.count("crash_count", "Processed crashes; a hang pair counts once"),
    columns.count("adi", "Active daily installs; null: missing", nullable=True),
    columns.number("rate", "Estimated crashes per 100 ADI; null: no ADI", nullable=True),
    columns.number("throttle", "Share of crashes that was processed", nullable=True),
    columns.count("without_adi", "Processed crashes of versions without ADI: not in the rate"),
)
QUESTION = Question(
    name="CrashRates",
    command="crash-rate",
    summary="Crashes per 100 installs, day by day",
    description=(
        "ADI are active daily installs. Rates are corrected for sampling: where 10 % of them "
        "are processed, each counts ten times. A hang pair counts once. Missing ADI is null, never "
        "0. A note compares the last day with the day before."
    ),
    parameters=(
        *parameters.period(),
        parameters.BY,
        parameters.choice("os", "Crashes on one system only", SYSTEMS),
        parameters.choice(
            "split", "One row per day, or per version, channel or system of a day", SPLITS, "all"
        ),
        parameters.limit(parameters.MOST_ROWS),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
