"""Answers as JSON and as CSV, alike for commands and for REST.

In CSV (RFC 4180), numbers have at most three decimals, control characters in text from outside
become visible ones, and a text that a spreadsheet would take for a formula begins with an
apostrophe, unless raw text was asked for. JSON has the values unchanged.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from socorro.questions.interface import Answer, Column
from socorro.visible import visible, visible_json

DECIMALS = 3  # in CSV
OWN = {"enum", "format"}  # in the schema of columns that hold words of ours: dates, choices
_FORMULA = re.compile(r"[=+\-@\t\r]")


def document(columns: Sequence[Column], answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON has it: *about*, the notes, and the rows as objects."""
    names = [column.name for column in columns]
    return {
        **{name: plain(value) for name, value in answer.about.items()},
        "total": answer.total,
        "notes": [note._asdict() for note in answer.notes],
        "rows": [dict(zip(names, map(plain, row), strict=True)) for row in answer.rows],
    }


def as_json(columns: Sequence[Column], answer: Answer) -> str:
    """Return the document as indented text that commands no terminal."""
    return visible_json(json.dumps(document(columns, answer), indent=2, ensure_ascii=False))


def as_csv(columns: Sequence[Column], answer: Answer, *, raw: bool = False) -> str:
    """Return a header and a line for each row, each ended by CR LF.

    *raw*: no apostrophe in front of what looks like a formula. Columns of our own words have none.
    """
    names = [column.name for column in columns]
    own = {place for place, column in enumerate(columns) if OWN & column.schema.keys()}
    return csv_lines(names, answer.rows, raw=raw, own=own)


def csv_lines(
    names: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    raw: bool = False,
    own: Collection[int] = (),
) -> str:
    """Return a line of *names* and one for each row; columns at *own* hold no text from outside."""
    text = io.StringIO()
    writer = csv.writer(text)  # its default dialect is RFC 4180
    writer.writerow(names)
    writer.writerows(
        [[_cell(value, raw or place in own) for place, value in enumerate(row)] for row in rows]
    )
    return text.getvalue()


def plain(value: Any) -> Any:
    """Return a value as JSON has it: days and moments as ISO 8601."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return str(value)


def _cell(value: object, plainly: bool) -> object:
    if isinstance(value, list | tuple):
        value = " ".join(str(item) for item in value)
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0  # a -0.0, which rounding makes, becomes 0.0
    if isinstance(value, str):
        text = visible(value)
        return text if plainly or not _FORMULA.match(value) else f"'{text}"
    return value.isoformat() if isinstance(value, date) else value
