"""`socorro spool`: what this machine's spool holds."""

import click

from cli.commands import connections
from cli.commands.group import Group


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro spool list
  socorro spool put-back      after the crash store lost what it had acknowledged
""",
)
def spool() -> None:
    """Look at the spool; send again what is kept in it."""


@spool.command("list")
@click.option("--limit", default=100, show_default=True, help="Entries shown at most.")
def list_(limit: int) -> None:
    """List what awaits the crashmover, oldest first, and what is quarantined and why."""
    opened = connections.spool()
    for entry in opened.ready(limit):
        click.echo(f"ready        {entry.crash_id}  {entry.folder}")
    for crash_id, reason in opened.quarantined():
        click.echo(f"quarantined  {crash_id}  {reason}")
    ready = sum(1 for _ in opened.ids())
    quarantined = sum(1 for _ in opened.quarantined())
    click.echo(f"{ready:,} ready, {quarantined:,} quarantined", err=True)


@spool.command("put-back")
def put_back() -> None:
    """Send again what the crashmover keeps (setting keep_minutes).

    The crash store keeps the first of each id, so sending twice does no harm.
    """
    click.echo(f"{connections.spool().put_back():,} crashes put back")
