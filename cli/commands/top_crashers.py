"""`socorro top-crashers`: signatures by rank."""

from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command, plural
from cli.commands.tables import Answer, Column, Form, decimal, number, words
from socorro.queries import top_crashers as query
from socorro.queries.top_crashers import SYSTEMS, TYPES, TopCrasher, TopCrashers

COLUMNS = (
    Column("rank", "#", number),
    Column("trend", "±", words),
    Column("crash_count", "Crashes", number),
    Column("percent", "Share", decimal(1, " %")),
    Column("percent_change", "±", decimal(1, sign=True)),
    Column("win", "Win", number),
    Column("mac", "Mac", number),
    Column("lin", "Lin", number),
    Column("android", "And", number),
    Column("startup_percent", "Startup", decimal(0, " %")),
    Column("first_report", "First seen", lambda moment: f"{moment:%Y-%m-%d}"),
    Column("bugs", "Bugs", lambda bugs: ", ".join(map(str, bugs))),
    Column("signature", "Signature"),
    Column("change"),
    Column("estimated_count"),
    Column("browser"),
    Column("plugin"),
    Column("content"),
    Column("hang"),
    Column("startup"),
    Column("previous_rank"),
    Column("previous_count"),
    Column("previous_percent"),
    Column("versions"),
)


@click.command(
    "top-crashers",
    cls=Command,
    epilog="""
Ranks are compared with the same number of days before. The default PRODUCT is the first one with
crashes; without VERSION, all versions count.

Examples:
  socorro top-crashers Firefox
  socorro top-crashers Firefox 140.0 --days 14 --limit 50
  socorro top-crashers Firefox 142.0a1 --by build --os mac
  socorro top-crashers Fenix --type startup --csv > startup.csv
  socorro top-crashers MyGame 1.2 --channel playtest
""",
)
@arguments.arguments()
@arguments.channel_option
@arguments.by_option
@click.option("--os", "system", type=click.Choice(SYSTEMS), help="Crashes on one system only.")
@click.option("--type", "crash_type", type=click.Choice(TYPES), help="Crashes of one type only.")
@arguments.limit_option(20, "signatures")
@tables.forms
def top_crashers(
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    channel: str | None,
    by: query.By,
    system: str | None,
    crash_type: str | None,
    limit: int,
    form: Form,
) -> None:
    """Print the most frequent signatures and their changes."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end, by, channel)
        ranking = query.top_crashers(
            db,
            selection.versions,
            selection.start,
            selection.end,
            by=by,
            system=system,
            crash_type=crash_type,
            most=limit,
            name_versions=form != "table",
        )
        answer = Answer(
            title=f"Top crashers: {selection.label}, {selection.days}"
            f"{' by build' if by == 'build' else ''}",
            columns=COLUMNS,
            rows=[_row(row) for row in ranking.rows],
            about={
                **selection.metadata,
                "by": by,
                "crash_count": ranking.crash_count,
                "signature_count": ranking.signature_count,
                "percent": ranking.percent,
            },
            notes=[_total(ranking), *arguments.notes(db, selection)],
            empty=[] if ranking.rows else arguments.explain_empty(db, selection, by),
        )
    tables.show(answer, form)


def _row(row: TopCrasher) -> list[object]:
    extra = {"trend": _trend(row)}
    return [extra.get(column.name) or getattr(row, column.name) for column in COLUMNS]


def _trend(row: TopCrasher) -> str:
    if row.change is None:
        return "new" if row.is_new else "up"
    return f"{row.change:+}" if row.change else "="


def _total(ranking: TopCrashers) -> str:
    if len(ranking.rows) == ranking.signature_count:
        return plural(ranking.crash_count, "crash")
    return (
        f"{ranking.percent:.1f} % of {plural(ranking.crash_count, 'crash')};"
        f" {ranking.signature_count:,} signatures (--limit)"
    )
