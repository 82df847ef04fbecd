"""`socorro run`: the whole line on this machine."""

import click

from cli.commands.group import Command


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro run                            files as crash store, state in ./var
  STORE=hbase socorro run                a real HBase beside it (needs Java)
  SOCORRO_COLLECTOR_PORT=9000 socorro run
""",
)
def run() -> None:
    """Run everything here: Postgres, collector to web pages, until Ctrl-C."""
    from cli.local.line import run as run_line

    run_line()
