"""BadReports: crashes that are in no count, and why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from socorro.postgres import Connection
from socorro.queries import bad_reports as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.selection import days_of
from socorro.questions.words import midnight, plural


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return crashes by product, version and reason, most frequent first."""
    product, limit = values["product"], values["limit"]
    start, end = days_of(values, running=True)
    after = (midnight(start), midnight(end))
    rows = query.bad_reports(db, *after, product, limit, values["offset"])
    last = end - timedelta(days=1)
    period = f"{start}" if last == start else f"{start} to {last}"
    crashes = sum(row.crash_count for row in rows)
    more = ", and others (--limit)" if len(rows) == limit or values["offset"] else ""
    label = f"{product} crashes" if product else "crashes"
    nothing = Note("nothing_matches", f"no bad reports: all {label} are counted, {period}")
    return Answer(
        title=f"Bad reports{f': {product}' if product else ''}, {period}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in rows],
        about={"product": product, "start": start, "end": end},
        notes=[Note("total", f"{plural(crashes, 'crash')} in no count{more}")]
        if rows or values["offset"]
        else [nothing],
    )


COLUMNS = (
    columns.count("crash_count", "Processed crashes"),
    columns.text("reason", "Why they cannot be counted"),
    columns.text("product", "Product"),
    columns.text("version", "Version"),
    columns.text("latest", "Crash id of the newest of them"),
    columns.moment("submitted_at", "When that was submitted"),
)
QUESTION = Question(
    name="BadReports",
    command="bad-reports",
    summary="Crashes that are in no count, and why",
    description=(
        "A bad report is shown like any other, but is in no count: docs/counts.md lists the "
        "reasons. Without product, those of all products."
    ),
    parameters=(
        parameters.text("product", "Crashes of one product only"),
        parameters.days(),
        parameters.FROM,
        parameters.TO_RUNNING,
        parameters.limit(100),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
