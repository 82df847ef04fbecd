"""Answers in three forms: a table on the screen, CSV, and JSON.

On the screen and in CSV, control characters in text from outside become visible ones. In CSV
(RFC 4180), a text that a spreadsheet would take for a formula begins with an apostrophe. JSON has
the values unchanged.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, TypeVar

import click
from rich.table import Table
from rich.text import Text

from cli.commands.group import echo, results
from socorro.visible import visible, visible_json

Form = Literal["table", "csv", "json"]
Function = TypeVar("Function", bound=Callable[..., Any])
NOTHING = "-"
_FORMULA = re.compile(r"[=+\-@\t\r]")
_PIPED = 10_000  # columns: a pipe gets whole lines


class Column(NamedTuple):
    """One column: its name in CSV and JSON, its title and its look on the screen.

    Without a title it is only in CSV and JSON.
    """

    name: str
    title: str = ""
    look: Callable[[Any], str] | None = None  # None: a text, to the left; else to the right


class Answer(NamedTuple):
    """The rows of a command, and what to print with them.

    *about* goes into the JSON beside the rows; *notes* are printed below the table (to stderr with
    CSV); *empty* says why there are no rows, and what to do next.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    about: Mapping[str, object] = {}
    notes: Sequence[str] = ()
    empty: Sequence[str] = ()


def forms(command: Function) -> Function:
    """Give a command the options --json and --csv; it gets *form*."""
    as_csv = click.option("--csv", "form", flag_value="csv", help="Print CSV.")
    as_json = click.option("--json", "form", flag_value="json", help="Print JSON.")
    table = click.option("--table", "form", flag_value="table", default=True, hidden=True)
    return table(as_csv(as_json(command)))


def show(answer: Answer, form: Form) -> None:
    """Print an answer."""
    if form == "json":
        echo(as_json(answer))
    elif form == "csv":
        echo(as_csv(answer), nl=False)
        for note in answer.notes if answer.rows else answer.empty:
            echo(note, err=True)
    else:
        _on_screen(answer)


def as_json(answer: Answer) -> str:
    """Return the rows as objects, with *about* and the notes."""
    names = [column.name for column in answer.columns]
    document = {
        **answer.about,
        "notes": list(answer.notes if answer.rows else answer.empty),
        "rows": [dict(zip(names, row, strict=True)) for row in answer.rows],
    }
    text = json.dumps(document, indent=2, default=_for_json, ensure_ascii=False)
    return visible_json(text)


def as_csv(answer: Answer) -> str:
    """Return a header and a line for each row, each ended by CR LF."""
    text = io.StringIO()
    writer = csv.writer(text)  # its default dialect is RFC 4180
    writer.writerow([column.name for column in answer.columns])
    writer.writerows([[_for_csv(value) for value in row] for row in answer.rows])
    return text.getvalue()


def plain_table(*columns: str, counts: Sequence[str] = ()) -> Table:
    """Return a table without lines: *counts* to the right first, then *columns* of text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in counts:
        table.add_column(heading, justify="right")
    for heading in columns:
        table.add_column(heading, overflow="fold")
    return table


def number(value: Any) -> str:
    """Show a count: 1,234."""
    return NOTHING if value is None else f"{value:,}"


def decimal(digits: int, unit: str = "", sign: bool = False) -> Callable[[Any], str]:
    """Return a function that shows a number with so many digits: 0.123 %."""
    plus = "+" if sign else ""
    # adding 0 turns a -0.0, which rounding makes, into 0.0
    return lambda value: (
        NOTHING if value is None else f"{round(value, digits) + 0.0:{plus},.{digits}f}{unit}"
    )


def words(value: Any) -> str:
    """Show a text, aligned to the right."""
    return NOTHING if value is None else str(value)


def _on_screen(answer: Answer) -> None:
    console = results()
    if not console.is_terminal:
        console.width = max(console.width, _PIPED)
    if not answer.rows:
        for line in answer.empty or ("nothing to show",):
            console.print(Text(line))
        return
    if answer.title:
        console.print(Text(answer.title, style="bold"))
    table = plain_table()
    shown = [(place, column) for place, column in enumerate(answer.columns) if column.title]
    for _, column in shown:
        table.add_column(
            column.title,
            justify="left" if column.look is None else "right",
            no_wrap=column.look is not None,
            overflow="fold",
        )
    for row in answer.rows:
        table.add_row(*(_cell(row[place], column) for place, column in shown))
    console.print(table)
    for note in answer.notes:
        console.print(Text(note))


def _cell(value: object, column: Column) -> Text:
    if column.look is not None:
        return Text(visible(column.look(value)))
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    return Text("" if value is None else visible(value))


def _for_csv(value: object) -> object:
    if isinstance(value, list | tuple):
        value = " ".join(str(item) for item in value)
    if isinstance(value, str):
        text = visible(value)
        return f"'{text}" if _FORMULA.match(value) else text
    return _for_json(value) if isinstance(value, date) else value


def _for_json(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
