"""`socorro explosive`: signatures with more crashes than their history explains."""

from collections.abc import Sequence
from datetime import date, timedelta

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command, Day, plural, today
from cli.commands.tables import Answer, Column, Form, decimal, number
from socorro.postgres import Connection
from socorro.queries import crash_rate
from socorro.queries import explosive as query
from socorro.questions.selection import Selection

BARS = "▁▂▃▄▅▆▇█"
SHOWN = 5  # versions without ADI that are named


def _bars(rates: Sequence[float]) -> str:
    highest = max(rates) or 1
    return "".join(BARS[min(int(rate / highest * 8), 7)] for rate in rates)


COLUMNS = (
    Column("oneday", "1 day", decimal(2)),
    Column("threeday", "3 days", decimal(2)),
    Column("crash_count", "Crashes", number),
    Column("rates", "Ten days", _bars),
    Column("version", "Version", str),
    Column("signature", "Signature"),
    Column("day"),
    Column("product"),
)


@click.command(
    "explosive",
    cls=Command,
    epilog="""
Explosiveness 1 is a rise as large as the largest of the nine days before, or of 30 crashes (the
formula: docs/counts.md). Ten days are crashes per million ADI (active daily installs), today last.
Without ADI nothing is explosive: more crashes may only mean more users.

Examples:
  socorro explosive Firefox
  socorro explosive Firefox 140.0 --day 2026-11-23 --least 0.5
  socorro explosive --csv > explosive.csv
""",
)
@click.argument("product", required=False)
@click.argument("version", required=False)
@click.option(
    "--day", type=Day(), help="Day, UTC; default: the last day with explosive signatures."
)
@click.option(
    "--least", default=query.LEAST, show_default=True, type=float, help="Minimum explosiveness."
)
@arguments.limit_option(50, "signatures")
@tables.forms
def explosive(
    product: str | None,
    version: str | None,
    day: date | None,
    least: float,
    limit: int,
    form: Form,
) -> None:
    """Print signatures with an unexplained rise in crashes."""
    with connections.postgres() as database, database.transaction() as db:
        shown_day = day or query.last_day(db, today() + timedelta(days=1)) or today()
        selection = arguments.select(db, product, version, 1, shown_day)
        signatures = query.explosive(db, selection.versions, shown_day, least=least, most=limit)
        without_adi = _without_adi(query.without_adi(db, selection.versions, shown_day))
        answer = Answer(
            title=f"Explosive: {selection.label}, {shown_day}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in signatures],
            about={**selection.metadata, "day": shown_day, "least": least},
            notes=[*without_adi, *arguments.bad(db, selection)],
            empty=[] if signatures else _why_empty(db, selection, least, without_adi),
        )
    tables.show(answer, form)


def _without_adi(versions: Sequence[query.WithoutAdi]) -> list[str]:
    notes = [
        f"no ADI for {row.product} {row.version} on {_days(row.days)}: explosiveness unknown"
        for row in versions[:SHOWN]
    ]
    if len(versions) > SHOWN:
        notes.append(f"and for {plural(len(versions) - SHOWN, 'more version')}")
    return notes


def _days(days: Sequence[date]) -> str:
    if len(days) <= 2:
        return " and ".join(map(str, days))
    return f"{days[0]} and {plural(len(days) - 1, 'more day')}"


def _why_empty(
    db: Connection, selection: Selection, least: float, without_adi: list[str]
) -> list[str]:
    if without_adi:
        return [*without_adi, "the scheduled job `adi` reads installs (`socorro cron list`)"]
    if crash_rate.crash_rate(db, selection.versions, selection.start, selection.end):
        nothing = f"nothing explosive: {selection.label}, {selection.start}, from {least} up"
        return [nothing, *arguments.bad(db, selection)]
    return arguments.explain_empty(db, selection)
