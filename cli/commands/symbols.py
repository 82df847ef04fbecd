"""`socorro symbols`: adds, lists and removes symbols."""

import click

from cli.commands import symbols_add, symbols_kept
from cli.commands.group import Group
from cli.commands.missing_symbols import missing_symbols


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro symbols add ./crasher
  socorro symbols list --debug-file crasher
  socorro symbols missing --days 7
  socorro symbols gc --older-than 90 --dry-run
""",
)
def symbols() -> None:
    """Add, list and remove symbol files; show missing ones."""


for command in (symbols_add.add, symbols_kept.list_, symbols_kept.gc):
    symbols.add_command(command)
symbols.add_command(missing_symbols, "missing")
