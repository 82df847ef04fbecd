"""`socorro migrate`: brings the database schema up to date."""

from contextlib import closing

import click
import psycopg2

from cli.commands.group import Command, echo
from socorro import migrate as migrations
from socorro import roles
from socorro.config import SharedConfig, load


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro migrate
  SOCORRO_DATABASE="host=db1 dbname=socorro user=owner" socorro migrate
  socorro migrate --print-grants | psql -d socorro    # as an administrator: a role per service
""",
)
@click.option(
    "--print-grants", is_flag=True, help="Print the roles of the services, and what each may do."
)
def migrate(print_grants: bool) -> None:
    """Bring the database schema up to date.

    The database must exist (createdb), and its user must own it. Where the server has a role for
    each service (socorro_monitor and others), they get the rights that they need, and no more.
    """
    if print_grants:
        echo(roles.script(), nl=False)
        return
    dsn = load(SharedConfig).database
    applied = migrations.migrate(dsn)
    for name in applied:
        echo(f"applied {name}")
    if not applied:
        echo("nothing to do")
    with closing(psycopg2.connect(dsn)) as db:
        missing = roles.missing(db)
    if missing:
        echo(f"services share one role: {', '.join(missing)} missing")
        echo("to create these roles: socorro migrate --print-grants")
