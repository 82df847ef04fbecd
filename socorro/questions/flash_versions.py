"""FlashVersions: which Flash versions are more frequent in a signature than elsewhere."""

from collections.abc import Mapping
from typing import Any

from socorro.postgres import Connection
from socorro.queries import flash as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import select


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return shares of Flash versions, the greatest difference first."""
    selection = select(db, values)
    shares = query.shares(
        db,
        selection.versions,
        selection.start,
        selection.end,
        signature=values["signature"],
        most=values["limit"],
        skip=values["offset"],
    )
    nothing = Note("nothing_matches", "no crashes with a Flash version")
    return Answer(
        title=f"Flash versions: {selection.label}, {selection.days}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in shares],
        about={**selection.metadata, "signature": values["signature"]},
        notes=notes(db, selection)
        if shares or values["offset"]
        else [nothing, *explain_empty(db, selection)],
    )


COLUMNS = (
    columns.number("difference", "percent minus baseline_percent, points"),
    columns.number("percent", "Share of the signature's crashes, percent"),
    columns.number("baseline_percent", "Share of all crashes with a Flash version, percent"),
    columns.count("crash_count", "Processed crashes"),
    columns.text("flash_version", "Flash version"),
    columns.text("signature", "Signature"),
)
QUESTION = Question(
    name="FlashVersions",
    command="flash-versions",
    summary="Shares of Flash versions, by signature",
    description=(
        f"Signatures with at least {query.FEWEST} crashes with a Flash version; with signature, "
        "its Flash versions, however few."
    ),
    parameters=(
        *parameters.period(),
        parameters.text("signature", "Flash versions of this signature only"),
        parameters.limit(100),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
