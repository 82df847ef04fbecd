"""`socorro builds`: builds that came in, and how they crash."""

from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command
from cli.commands.tables import Answer, Column, Form, decimal, number, words
from socorro.queries import builds as query

COLUMNS = (
    Column("build_id", "Build", words),
    Column("version", "Version", words),
    Column("release_channel", "Channel"),
    Column("crash_count", "Crashes", number),
    Column("estimated_count", "Estimated", decimal(0)),
    Column("platforms", "Platforms"),
    Column("is_told", "Known by", lambda is_told: "the feed" if is_told else "crashes"),
    Column("product"),
    Column("build_date"),
)


@click.command(
    "builds",
    cls=Command,
    epilog="""
Builds come from the release feed (`socorro cron list`); those that nobody told of are here when
they crash. Crashes are those submitted on the days that are asked for.

Examples:
  socorro builds Firefox
  socorro builds Firefox 142.0a1 --days 14
  socorro builds Fenix --json
""",
)
@arguments.arguments()
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Builds."
)
@tables.forms
def builds(
    product: str | None, version: str | None, days: int, end: date | None, limit: int, form: Form
) -> None:
    """Print builds of the last days and how often each crashed."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end)
        rows = query.builds(db, selection.versions, selection.start, selection.end, limit)
        answer = Answer(
            title=f"Builds of {selection.label}, {selection.days}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in rows],
            about=selection.metadata,
            notes=arguments.notes(db),
            empty=[] if rows else arguments.why_nothing(db, selection),
        )
    tables.show(answer, form)
