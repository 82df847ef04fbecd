"""`socorro spool`: the spool of this machine."""

import click

from cli.commands import connections
from cli.commands.group import Group, plural


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro spool create        once, on every machine with a collector
  socorro spool list
  socorro spool put-back      after the crash store lost crashes that it had acknowledged
""",
)
def spool() -> None:
    """List the spool, or send kept crashes again."""


@spool.command()
def create() -> None:
    """Create the spool's folders; existing ones are left alone.

    Nothing else creates them: without its marker the spool is away, and the collector answers 503.
    """
    opened = connections.spool()
    opened.create()
    click.echo(f"{opened.root} exists")


@spool.command()
def adopt() -> None:
    """Accept the spool that is mounted now in place of the one that was seen before."""
    opened = connections.spool()
    opened.adopt()
    click.echo(f"{opened.root} is adopted")


@spool.command("list")
@click.option(
    "--limit", default=100, show_default=True, help="Maximum number of waiting crashes shown."
)
def list_(limit: int) -> None:
    """List waiting crashes, oldest first, and quarantined ones."""
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
    """Send crashes again that the crashmover kept.

    The setting keep_minutes says for how long it keeps them. The crash store keeps the first crash
    of each id, so sending one twice does no harm.
    """
    click.echo(f"{plural(connections.spool().put_back(), 'crash')} put back")
