"""`socorro hangs`: browser and plugin crashes that belong together."""

from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command, plural
from cli.commands.tables import Answer, Column, Form, number
from socorro.queries import hangs as query

COLUMNS = (
    Column("pair_count", "Hangs", number),
    Column("flash_versions", "Flash"),
    Column("browser_signature", "Browser"),
    Column("plugin_signature", "Plugin"),
)


@click.command(
    "hangs",
    cls=Command,
    epilog="""
A hang sends two crashes that share a hang id, one of the browser and one of the plugin. It counts
on the day of the plugin's crash.

Examples:
  socorro hangs Firefox
  socorro hangs Firefox 10.0 --days 14 --json
""",
)
@arguments.arguments()
@arguments.limit_option(20)
@tables.forms
def hangs(
    product: str | None, version: str | None, days: int, end: date | None, limit: int, form: Form
) -> None:
    """Print pairs of hang signatures, most frequent first."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end)
        pairs = query.counts(db, selection.versions, selection.start, selection.end, limit)
        halves = query.days(db, selection.start, selection.end)
        alone = sum(day.browser_only + day.plugin_only for day in halves)
        answer = Answer(
            title=f"Hangs: {selection.label}, {selection.days}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in pairs],
            about=selection.metadata,
            notes=[
                *([f"{plural(alone, 'hang')} of any product with one half only"] if alone else []),
                *arguments.notes(db, selection),
            ],
            empty=[]
            if pairs
            else ["no hangs with both halves", *arguments.explain_empty(db, selection)],
        )
    tables.show(answer, form)
