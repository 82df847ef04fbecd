"""Answers in three forms: a table on the screen, CSV, and JSON.

On the screen, control characters in text from outside become visible ones;
socorro/questions/written.py makes the other two.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal, NamedTuple, TypeVar, cast

import click
from rich.table import Table
from rich.text import Text

from cli.commands.group import RAW, echo, results
from cli.commands.narrow import Width, fitting, width_of
from socorro.questions.written import csv_lines, plain
from socorro.visible import visible, visible_json

Form = Literal["table", "csv", "raw", "json"]
Function = TypeVar("Function", bound=Callable[..., Any])
NOTHING = "-"
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
    """Give a command the options --json, --csv and --csv=raw; it gets *form*."""

    @wraps(command)
    def with_form(*args: Any, as_json: bool, as_csv: str | None, **options: Any) -> Any:
        if as_json and as_csv:
            raise click.UsageError("give --json or --csv, not both")
        form: Any = "json" if as_json else as_csv or "table"
        return command(*args, form=form, **options)

    csv_option = click.option(
        "--csv",
        "as_csv",
        flag_value="csv",
        help="Print CSV; --csv=raw: without an apostrophe before what looks like a formula.",
    )
    raw_option = click.option(RAW, "as_csv", flag_value="raw", hidden=True)
    json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    return cast(Function, csv_option(raw_option(json_option(with_form))))


def show(answer: Answer, form: Form) -> None:
    """Print an answer."""
    if form == "json":
        echo(as_json(answer))
    elif form in ("csv", "raw"):
        echo(as_csv(answer, raw=form == "raw"), nl=False)
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
    return visible_json(json.dumps(plain(document), indent=2, ensure_ascii=False))


def as_csv(answer: Answer, *, raw: bool = False) -> str:
    """Return a header and a line for each row, each ended by CR LF; *raw*: no formula guard."""
    return csv_lines([column.name for column in answer.columns], answer.rows, raw=raw)


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
    titled = [(place, column) for place, column in enumerate(answer.columns) if column.title]
    cells = [[_cell(row[place], column) for place, column in titled] for row in answer.rows]
    columns = [column for _, column in titled]
    widths = _widths(columns, cells)
    shown = fitting(widths, console.width)
    table = plain_table()
    for place in shown:
        is_text = columns[place].look is None
        table.add_column(
            columns[place].title,
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold",
            min_width=widths[place].least,
        )
    for row_cells in cells:
        table.add_row(*(row_cells[place] for place in shown))
    console.print(table)
    left_out = [column.title for place, column in enumerate(columns) if place not in shown]
    if left_out:
        console.print(
            Text(f"Not shown at {console.width} columns: {', '.join(left_out)} (--csv has all)")
        )
    for note in answer.notes:
        console.print(Text(note))


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[Text]]) -> list[Width]:
    """Return the width of each column; the first text is what a row is about."""
    name = next((place for place, column in enumerate(columns) if column.look is None), -1)
    return [
        width_of(
            [line[place].plain for line in cells],
            column.title,
            column.look is None,
            place == name or column.name.endswith("signature"),
        )
        for place, column in enumerate(columns)
    ]


def _cell(value: object, column: Column) -> Text:
    if column.look is not None:
        return Text(visible(column.look(value)))
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    return Text("" if value is None else visible(value))
