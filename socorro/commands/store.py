"""`socorro store`: the crash store."""

import click

from socorro.commands import parts
from socorro.commands.group import Group
from socorro.config import SharedConfig, load
from socorro.crashstore.open import create_tables


@click.group(
    cls=Group,
    epilog="""
Examples:
  SOCORRO_STORE=hbase://10.0.0.7:9090 socorro store create
  socorro store check
""",
)
def store() -> None:
    """Create or check the crash store."""


@store.command()
def create() -> None:
    """Make folders or tables; what exists is left alone."""
    shared = load(SharedConfig)
    try:
        create_tables(shared.store)
    except ValueError as why:
        raise click.ClickException(f"SOCORRO_STORE: {why}") from None
    click.echo(f"{shared.store} is there")


@store.command()
def check() -> None:
    """Write and read; exit 1 when that fails."""
    shared = load(SharedConfig)
    with parts.crash_store(shared) as opened:
        opened.check()
    click.echo(f"{shared.store} is well")
