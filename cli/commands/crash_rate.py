"""`socorro crash-rate`: crashes per 100 installs, and today compared with yesterday."""

from datetime import date, timedelta

import click

from cli.commands import arguments, connections, tables
from cli.commands.arguments import Selection
from cli.commands.group import Command, plural, today
from cli.commands.tables import Answer, Column, Form, decimal, number, words
from socorro.postgres import Connection
from socorro.queries import crash_rate as query
from socorro.queries.crash_rate import CrashRate

SYSTEMS = ("win", "mac", "lin", "android", "other")


def _columns(split: query.Split) -> list[Column]:
    return [
        Column("day", "Day", words),
        Column("version", "Version" if "version" in split else "", words),
        Column("os", "System" if "os" in split else "", words),
        Column("crash_count", "Crashes", number),
        Column("estimated_count", "Estimated", decimal(0)),
        Column("adi", "ADI", number),
        Column("rate", "per 100 ADI", decimal(3)),
        Column("throttle", "Processed", lambda share: "-" if share is None else f"{share:.0%}"),
        Column("without_adi"),
    ]


@click.command(
    "crash-rate",
    cls=Command,
    epilog="""
ADI are active daily installs. Rates are corrected for sampling: where 10 % of the crashes are
processed, each counts ten times. A hang pair counts once.

Examples:
  socorro crash-rate Firefox
  socorro crash-rate Firefox 140.0 --days 30 --os mac
  socorro crash-rate Firefox --split version --csv
""",
)
@arguments.arguments()
@arguments.channel_option
@arguments.by_option
@click.option("--os", "system", type=click.Choice(SYSTEMS), help="Crashes on one system only.")
@click.option(
    "--split",
    type=click.Choice(["all", "version", "os", "version and os"]),
    default="all",
    show_default=True,
    help="One row per day, or per version or system of a day.",
)
@tables.forms
def crash_rate(
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    channel: str | None,
    by: query.By,
    system: str | None,
    split: query.Split,
    form: Form,
) -> None:
    """Print crashes per 100 installs, day by day.

    Compares the last day with the day before.
    """
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end, by, channel)
        rates = query.crash_rate(
            db,
            selection.versions,
            selection.start,
            selection.end,
            by=by,
            split=split,
            system=system,
        )
        columns = _columns(split)
        sentences = _sentences(db, selection, system) if by == "report" and rates else []
        answer = Answer(
            title=f"Crash rate: {selection.label}, {selection.days}"
            f"{' by build' if by == 'build' else ''}",
            columns=columns,
            rows=[[getattr(row, column.name) for column in columns] for row in rates],
            about={**selection.metadata, "by": by, "split": split, "os": system},
            notes=[*sentences, *_left_out(rates), *arguments.notes(db, selection)],
            empty=[] if rates else arguments.explain_empty(db, selection, by),
        )
    tables.show(answer, form)


def _sentences(db: Connection, selection: Selection, system: str | None) -> list[str]:
    """Compare the last day with the day before; without ADI, the latest days that have it too."""
    last = selection.end - timedelta(days=1)
    what = selection.label + (f" on {system}" if system else "")
    first = query.change(db, selection.versions, last, what, system=system)
    sentences = [first.sentence + (" (the day is not over)" if last == today() else "")]
    for back in range(1, (selection.end - selection.start).days) if first.missing else ():
        day = last - timedelta(days=back)
        change = query.change(db, selection.versions, day, what, system=system)
        if not change.missing:
            return [*sentences, change.sentence]
    return sentences


def _left_out(rates: list[CrashRate]) -> list[str]:
    without = sum(row.without_adi for row in rates if row.adi)
    if not without:
        return []
    return [f"{plural(without, 'crash')} of versions without ADI left out of the rates"]
