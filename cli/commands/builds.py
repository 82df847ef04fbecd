"""`socorro builds`: recent builds and their crash counts."""

from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command, plural
from cli.commands.tables import Answer, Column, Form, decimal, number, words
from socorro.queries import builds as query

COLUMNS = (
    Column("build_id", "Build", words),
    Column("version", "Version", words),
    Column("release_channel", "Channel"),
    Column("crash_count", "Crashes", number),
    Column("estimated_count", "Estimated", decimal(0)),
    Column("platforms", "Platforms"),
    Column("is_told", "Source", lambda is_told: "feed" if is_told else "crashes"),
    Column("product"),
    Column("build_date"),
)


@click.command(
    "builds",
    cls=Command,
    epilog="""
Builds come from the release feed (`socorro cron list`); a build that the feed does not list
appears once it crashes. Crashes count on the day of their submission. Builds whose id is no date
come last.

Examples:
  socorro builds Firefox
  socorro builds Firefox 142.0a1 --days 14
  socorro builds Fenix --json
""",
)
@arguments.arguments()
@arguments.channel_option
@arguments.limit_option(50, "builds")
@tables.forms
def builds(
    product: str | None, version: str | None, days: int, end: date | None, channel: str | None,
    limit: int, form: Form,
) -> None:  # fmt: skip
    """Print recent builds and their crash counts."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end, channel=channel)
        rows = query.builds(db, selection.versions, selection.start, selection.end, limit)
        answer = Answer(
            title=f"Builds: {selection.label}, {selection.days}",
            columns=COLUMNS,
            rows=[[getattr(row, column.name) for column in COLUMNS] for row in rows],
            about=selection.metadata,
            notes=[
                *_undated(query.undated(db, selection.versions, selection.start, selection.end)),
                *arguments.notes(db, selection),
            ],
            empty=[] if rows else arguments.explain_empty(db, selection),
        )
    tables.show(answer, form)


def _undated(builds: query.Undated) -> list[str]:
    if not builds.crash_count:
        return []
    more = builds.build_count - len(builds.build_ids)
    names = ", ".join(builds.build_ids) + (f" and {more:,} more" if more else "")
    have = "has" if builds.crash_count == 1 else "have"
    return [
        f"build ids here are dates (YYYYMMDD…);"
        f" {plural(builds.crash_count, 'crash')} {have} another kind: {names}"
    ]
