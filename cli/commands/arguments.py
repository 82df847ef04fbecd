"""Arguments of the commands that read counts, and the reasons when there are no rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import click

from cli.commands.group import Day
from socorro.postgres import Connection
from socorro.questions import notes as remarks
from socorro.questions import selection
from socorro.questions.interface import Unknown
from socorro.questions.parameters import MOST_ROWS
from socorro.questions.selection import By, Selection

Function = TypeVar("Function", bound=Callable[..., Any])


def arguments(days: int = 7) -> Callable[[Function], Function]:
    """Give a command PRODUCT, VERSION, --days and --end."""

    def decorate(command: Function) -> Function:
        for add in (
            click.option(
                "--end",
                type=Day(),
                help="Last day, UTC; default: today, or the last day with crashes.",
            ),
            click.option(
                "--days",
                default=days,
                show_default=True,
                type=click.IntRange(1, 400),
                help="Number of days.",
            ),
            click.argument("version", required=False),
            click.argument("product", required=False),
        ):
            command = add(command)
        return command

    return decorate


def limit_option(default: int, rows: str = "rows") -> Callable[[Function], Function]:
    """Give a command --limit, the largest number of its *rows*."""
    return click.option(
        "--limit",
        default=default,
        show_default=True,
        type=click.IntRange(1, MOST_ROWS),
        help=f"Maximum number of {rows}.",
    )


by_option = click.option(
    "--by",
    type=click.Choice(["report", "build"]),
    default="report",
    show_default=True,
    help="Count by day of submission, or of the build (nightly, aurora, rapid betas).",
)


channel_option = click.option(
    "--channel", help="Versions of this release channel only; unknown: the client names none."
)


def select(
    db: Connection,
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    by: By = "report",
    channel: str | None = None,
) -> Selection:
    """Return the versions, and the days that end with *end*; as selection.select() does."""
    values = {
        "product": product,
        "version": [version] if version else [],
        "days": days,
        "to": end and end + timedelta(days=1),
        "by": by,
        "channel": channel,
    }
    try:
        return selection.select(db, values)
    except Unknown as error:
        raise click.UsageError(str(error)) from None


def explain_empty(db: Connection, selected: Selection, by: By = "report") -> list[str]:
    """Return why there are no rows, and what to do next."""
    return [note.text for note in remarks.explain_empty(db, selected, by)]


def notes(db: Connection, selected: Selection) -> list[str]:
    """Return what is missing from a table: bad reports, and what is not counted yet."""
    return [note.text for note in remarks.notes(db, selected)]


def bad(db: Connection, selected: Selection) -> list[str]:
    """Return how many crashes of the product and days are in no count, and why."""
    return [note.text for note in remarks.bad(db, selected)]
