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

from cli.commands.group import echo, results
from socorro.questions.written import csv_lines, plain
from socorro.visible import visible, visible_json

Form = Literal["table", "csv", "json"]
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
    """Give a command the options --json and --csv; it gets *form*."""

    @wraps(command)
    def with_form(*args: Any, as_json: bool, as_csv: bool, **options: Any) -> Any:
        if as_json and as_csv:
            raise click.UsageError("give --json or --csv, not both")
        form: Form = "json" if as_json else "csv" if as_csv else "table"
        return command(*args, form=form, **options)

    csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
    json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    return cast(Function, csv_option(json_option(with_form)))


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
    return visible_json(json.dumps(plain(document), indent=2, ensure_ascii=False))


def as_csv(answer: Answer) -> str:
    """Return a header and a line for each row, each ended by CR LF."""
    return csv_lines([column.name for column in answer.columns], answer.rows)


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
