"""`socorro migrate`: brings the database schema up to date."""

import click

from cli.commands.group import Command, echo
from socorro import migrate as migrations
from socorro.config import SharedConfig, load


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro migrate
  SOCORRO_DATABASE="host=db1 dbname=socorro user=owner" socorro migrate
""",
)
def migrate() -> None:
    """Bring the database schema up to date.

    The database must exist (createdb), and its user must own it.
    """
    applied = migrations.migrate(load(SharedConfig).database)
    for name in applied:
        echo(f"applied {name}")
    if not applied:
        echo("nothing to do")
