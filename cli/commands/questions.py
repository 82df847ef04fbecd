"""Commands that print the answer to a question: options, forms and notes come from the question."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import click

from cli.commands import connections, tables
from cli.commands.group import Command, Day, echo
from cli.commands.tables import Form
from socorro.questions.calls import ARGUMENTS
from socorro.questions.interface import Answer, Parameter, Question, Unknown
from socorro.questions.reading import BadParameters, read
from socorro.questions.written import as_csv, as_json

Cell = Callable[[Mapping[str, Any]], object]
NAMED = "named_"  # before the name of an argument: what was sent as an option instead


def command(
    question: Question,
    looks: Sequence[tables.Column],
    epilog: str,
    cells: Mapping[str, Cell] | None = None,
    hidden_when_empty: Collection[str] = (),
) -> click.Command:
    """Return the command of a question, which shows the columns *looks* on the screen.

    *cells* makes the values of further columns from a row by column name.
    """

    def run(form: Form, end: date | None = None, **options: Any) -> None:
        options = _arguments(options)
        answer = _answer(question, options, end)
        if form == "json":
            echo(as_json(question.columns, answer))
        elif form in ("csv", "raw"):
            echo(as_csv(question.columns, answer, raw=form == "raw"), nl=False)
            for text in (*_rest(answer, options), *(note.text for note in answer.notes)):
                echo(text, err=True)
        else:
            tables.show(_on_screen(question, answer, looks, cells or {}, hidden_when_empty), form)

    callback: Any = tables.forms(run)
    names = {parameter.name for parameter in question.parameters}
    if "to" in names:
        end = click.option("--end", type=Day(), help="Last day, UTC; as --to with the day after.")
        callback = end(callback)
    for parameter in reversed(question.parameters):
        callback = _option(parameter)(callback)
    summary = f"Print {question.summary[0].lower()}{question.summary[1:]}."
    help_text = f"{summary}\n\n{question.description}"
    return click.command(question.command, cls=Command, epilog=epilog, help=help_text)(callback)


def _rest(answer: Answer, options: Mapping[str, Any]) -> list[str]:
    """Return what to say of rows that a file lacks."""
    shown, limit = len(answer.rows), options.get("limit")
    end = shown + int(options.get("offset") or 0)
    if answer.total is not None and shown and end < answer.total:
        return [f"{shown:,} of {answer.total:,} rows (--limit, --offset)"]
    if answer.total is None and limit and shown == int(limit):
        return [f"the first {shown:,} rows; there may be more (--limit, --offset)"]
    return []


def _answer(question: Question, options: Mapping[str, Any], end: date | None) -> Answer:
    texts = {name: _texts(value) for name, value in options.items()}
    if end is not None:
        if texts.get("to"):
            raise click.UsageError("give --end or --to, not both")
        texts["to"] = [str(end + timedelta(days=1))]
    try:
        values = read(question.parameters, texts)
        with connections.postgres() as database, database.transaction() as db:
            return question.answer(db, values)
    except BadParameters as error:
        raise click.UsageError(str(error)) from None
    except Unknown as error:
        raise click.UsageError(f"{error}") from None


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(item) for item in value] if isinstance(value, tuple) else [str(value)]


def _option(parameter: Parameter) -> Callable[[Any], Any]:
    schema = parameter.schema
    kind: Any = str
    if "enum" in schema:
        kind = click.Choice(schema["enum"])
    elif schema.get("type") == "integer":
        kind = click.IntRange(schema.get("minimum"), schema.get("maximum"))
    if parameter.name in ARGUMENTS:
        return _argument(parameter)
    if schema.get("type") == "boolean":
        return click.option(f"--{parameter.name}", is_flag=True, help=f"{parameter.description}.")
    return click.option(
        f"--{parameter.name.replace('_', '-')}",
        parameter.name,
        type=kind,
        multiple=parameter.many,
        required=parameter.required,
        default=None if parameter.many else parameter.default,
        show_default=parameter.default is not None,
        help=f"{parameter.description}.",
    )


def _argument(parameter: Parameter) -> Callable[[Any], Any]:
    """Return an argument; pages and REST have a name for it, so it may be sent by name, too."""
    name, many = parameter.name, parameter.many
    argument = click.argument(name, required=parameter.required, nargs=-1 if many else 1)
    if parameter.required:
        return argument
    option = click.option(f"--{name}", f"{NAMED}{name}", multiple=many, hidden=True)
    return lambda callback: argument(option(callback))


def _arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with arguments that were sent by name in their places."""
    values = {name: value for name, value in options.items() if not name.startswith(NAMED)}
    named = {name.removeprefix(NAMED): options[name] for name in options if name not in values}
    if named.get("product") and values["product"] and "version" in values:
        # --product Firefox 140.0: the only words without a name are versions
        values["version"] = (values["product"], *values["version"])
        values["product"] = None
    for name, value in named.items():
        if value and values[name]:
            raise click.UsageError(f"give the {name} once, with or without --{name}")
        values[name] = value or values[name]
    return values


def _on_screen(
    question: Question,
    answer: Answer,
    looks: Sequence[tables.Column],
    cells: Mapping[str, Cell],
    hidden_when_empty: Collection[str],
) -> tables.Answer:
    names = [column.name for column in question.columns]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    for row in rows:
        row.update({name: cell(row) for name, cell in cells.items()})
    shown = [
        look
        for look in looks
        if look.name not in hidden_when_empty or any(row[look.name] is not None for row in rows)
    ]
    texts = [note.text for note in answer.notes]
    return tables.Answer(
        title=answer.title,
        columns=shown,
        rows=[[row[look.name] for look in shown] for row in rows],
        notes=texts,
        empty=texts,
    )
