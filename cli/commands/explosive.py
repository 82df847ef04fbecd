"""`socorro explosive`: signatures that crash beyond what their history explains."""

from collections.abc import Sequence
from datetime import date, timedelta

import click

from cli.commands import arguments, connections, tables
from cli.commands.arguments import Question
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
        wanted = day or query.last_day(db, today() + timedelta(days=1)) or today()
        question = arguments.ask(db, product, version, 1, wanted)
        found = query.explosive(db, question.versions, wanted, least=least, most=limit)
        lacking = _lacking(query.without_adi(db, question.versions, wanted))
        answer = Answer(
            title=f"Explosive in {question.what}, {wanted}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in found],
            about={**question.about, "day": wanted, "least": least},
            notes=lacking,
            empty=[] if found else _why(db, question, least, lacking),
        )
    tables.show(answer, form)


def _lacking(found: Sequence[query.WithoutAdi]) -> list[str]:
    told = [
        f"no ADI for {row.product} {row.version} on {_days(row.days)}: nothing can be said"
        for row in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        told.append(f"nor for {len(found) - SHOWN} more versions")
    return told


def _days(days: Sequence[date]) -> str:
    if len(days) <= 2:
        return " and ".join(map(str, days))
    return f"{days[0]} and {len(days) - 1} more days"


def _why(db: Connection, question: Question, least: float, lacking: list[str]) -> list[str]:
    if lacking:
        return [*lacking, "installs come from the job `adi` of the clock (`socorro cron list`)"]
    if crash_rate.crash_rate(db, question.versions, question.start, question.end):
        return [f"nothing explodes in {question.what} on {question.start}, from {least} up"]
    return arguments.why_nothing(db, question)
