"""`socorro explosive`: signatures that crash beyond what their history explains."""

from collections.abc import Sequence
from datetime import date, timedelta

import click

from cli.commands import arguments, connections, tables
from cli.commands.arguments import Selection
from cli.commands.group import Command, Day, today
from cli.commands.tables import Answer, Column, Form, decimal, number
from socorro.postgres import Connection
from socorro.queries import crash_rate
from socorro.queries import explosive as query

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
1 is a rise as large as the largest of nine days, or as 30 crashes; docs/counts.md has the formula.
Ten days are crashes per million ADI, today last. Without ADI (active daily installs) nothing
explodes: more crashes may be more users.

Examples:
  socorro explosive Firefox
  socorro explosive Firefox 140.0 --day 2026-11-23 --least 0.5
  socorro explosive --csv > explosive.csv
""",
)
@click.argument("product", required=False)
@click.argument("version", required=False)
@click.option("--day", type=Day(), help="UTC; default: the last day on which anything exploded.")
@click.option(
    "--least", default=query.LEAST, show_default=True, type=float, help="Least explosiveness."
)
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Signatures."
)
@tables.forms
def explosive(
    product: str | None,
    version: str | None,
    day: date | None,
    least: float,
    limit: int,
    form: Form,
) -> None:
    """Print signatures that explode: beyond what their last ten days explain."""
    with connections.postgres() as database, database.transaction() as db:
        shown_day = day or query.last_day(db, today() + timedelta(days=1)) or today()
        selection = arguments.select(db, product, version, 1, shown_day)
        signatures = query.explosive(db, selection.versions, shown_day, least=least, most=limit)
        lacking = _without_adi(query.without_adi(db, selection.versions, shown_day))
        answer = Answer(
            title=f"Explosive in {selection.label}, {shown_day}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in signatures],
            about={**selection.metadata, "day": shown_day, "least": least},
            notes=lacking,
            empty=[] if signatures else _why_empty(db, selection, least, lacking),
        )
    tables.show(answer, form)


def _without_adi(versions: Sequence[query.WithoutAdi]) -> list[str]:
    notes = [
        f"no ADI for {row.product} {row.version} on {_days(row.days)}: nothing can be said"
        for row in versions[:SHOWN]
    ]
    if len(versions) > SHOWN:
        notes.append(f"nor for {len(versions) - SHOWN} more versions")
    return notes


def _days(days: Sequence[date]) -> str:
    if len(days) <= 2:
        return " and ".join(map(str, days))
    return f"{days[0]} and {len(days) - 1} more days"


def _why_empty(db: Connection, selection: Selection, least: float, lacking: list[str]) -> list[str]:
    if lacking:
        return [*lacking, "installs come from the job `adi` of the clock (`socorro cron list`)"]
    if crash_rate.crash_rate(db, selection.versions, selection.start, selection.end):
        return [f"nothing explodes in {selection.label} on {selection.start}, from {least} up"]
    return arguments.why_nothing(db, selection)
