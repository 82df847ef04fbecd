"""Hangs: pairs of signatures of browser and plugin crashes that belong together."""

from collections.abc import Mapping
from typing import Any

from socorro.postgres import Connection
from socorro.queries import hangs as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return pairs of signatures, most hangs first."""
    selection = select(db, values)
    pairs = query.counts(
        db, selection.versions, selection.start, selection.end, values["limit"], values["offset"]
    )
    nothing = Note("nothing_matches", "no hangs with both halves")
    return Answer(
        title=f"Hangs: {selection.label}, {selection.days}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in pairs],
        about=selection.metadata,
        notes=[*_alone(db, selection), *notes(db, selection)]
        if pairs or values["offset"]
        else [nothing, *explain_empty(db, selection)],
    )


def _alone(db: Connection, selection: Selection) -> list[Note]:
    days = query.days(db, selection.start, selection.end)
    alone = sum(day.browser_only + day.plugin_only for day in days)
    if not alone:
        return []
    have = "has" if alone == 1 else "have"
    text = f"{plural(alone, 'hang')} of all products {have} only one of the two crashes"
    return [Note("one_half", text)]


COLUMNS = (
    columns.count("pair_count", "Hangs with both halves"),
    columns.texts("flash_versions", "Flash versions of the plugin crashes"),
    columns.text("browser_signature", "Signature of the browser crash"),
    columns.text("plugin_signature", "Signature of the plugin crash"),
    columns.text("browser_crash_id", "Browser crash of the latest hang"),
    columns.text("plugin_crash_id", "Plugin crash of the latest hang"),
)
QUESTION = Question(
    name="Hangs",
    command="hangs",
    summary="Pairs of hang signatures, most frequent first",
    description=(
        "A hang sends two crashes that share a hang id, one of the browser and one of the plugin. "
        "It counts on the day of the plugin's crash."
    ),
    parameters=(*parameters.period(), parameters.limit(20, "pairs"), parameters.OFFSET),
    columns=COLUMNS,
    answer=answer,
)
