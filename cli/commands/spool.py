"""`socorro spool`: the spool of this machine."""

import click

from cli.commands import connections
from cli.commands.group import Command, CrashIdText, Group, echo, plural
from socorro.crash_id import CrashId
from socorro.spool.spool import Entry, Spool, TornEntry


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro spool create        once, on every machine with a collector
  socorro spool list
  socorro spool put-back --all     quarantined crashes, when what was wrong is right again
""",
)
def spool() -> None:
    """List the spool, or put crashes back into the line."""


@spool.command()
def create() -> None:
    """Create the spool's folders; existing ones are left alone.

    Nothing else creates them: without its marker the spool is away, and the collector answers 503.
    """
    opened = connections.spool()
    opened.create()
    echo(f"{opened.root} exists")


@spool.command()
def adopt() -> None:
    """Accept the spool that is mounted now in place of the one that was seen before."""
    opened = connections.spool()
    opened.adopt()
    echo(f"{opened.root} is adopted")


@spool.command("list")
@click.option(
    "--limit", default=100, show_default=True, help="Maximum number of waiting crashes shown."
)
def list_(limit: int) -> None:
    """List waiting crashes, oldest first, and quarantined ones."""
    opened = connections.spool()
    for entry in opened.ready(limit):
        echo(f"ready        {entry.crash_id}  {entry.folder}")
    for crash_id, reason in opened.quarantined():
        echo(f"quarantined  {crash_id}  {reason}")
    ready = sum(1 for _ in opened.ids())
    quarantined = sum(1 for _ in opened.quarantined())
    echo(f"{ready:,} ready, {quarantined:,} quarantined", err=True)


@spool.command(
    "put-back",
    cls=Command,
    epilog="""
Each crash is named with what happened to it:

  put back         it is ready again, and the crashmover stores it
  already ready    it is not in quarantine any more
  stays            it is torn: no crash store takes it
  not here         neither in quarantine nor ready on this machine; the store may have it

Exit code 0 when all of them are ready, 1 when one is not, 2 for wrong arguments. To repeat the
command does no harm: the crash store keeps the first crash of each id.

Examples:
  socorro spool list
  socorro spool put-back bp-0f5c2d5a-0b8e-4d6b-9a51-d2d3a0261123
  socorro spool put-back --all
  socorro spool put-back --kept    after the crash store lost crashes that it had acknowledged
""",
)
@click.argument("crash_ids", nargs=-1, type=CrashIdText(), metavar="[CRASH_ID…]")
@click.option("--all", "everything", is_flag=True, help="All crashes in quarantine.")
@click.option(
    "--kept", is_flag=True, help="All that the crashmover kept (its setting keep_minutes)."
)
def put_back(crash_ids: tuple[CrashId, ...], everything: bool, kept: bool) -> None:
    """Put crashes from quarantine back into the line.

    The reason why each is there is in `socorro spool list`: see to it first, or it comes back.
    """
    if bool(crash_ids) + everything + kept != 1:
        raise click.UsageError("expected crash ids, or --all, or --kept")
    opened = connections.spool()
    if kept:
        echo(f"{plural(opened.put_back_kept(), 'crash')} put back")
        return
    quarantined = list(opened.quarantined_entries())
    chosen = [e for e in quarantined if everything or e.crash_id in crash_ids]
    put = sum(_put_back(opened, entry) for entry in chosen)
    stay = len(chosen) - put
    for crash_id in sorted({*crash_ids} - {entry.crash_id for entry in chosen}):
        is_ready = crash_id in opened.ids()
        echo(f"{'already ready' if is_ready else 'not here':15}  {crash_id}")
        stay += not is_ready
    echo(f"{plural(put, 'crash')} put back, {stay:,} not", err=True)
    if stay:
        raise SystemExit(1)


def _put_back(opened: Spool, entry: Entry) -> bool:
    try:
        opened.put_back(entry)
    except TornEntry as error:
        echo(f"{'stays':15}  {entry.crash_id}  torn: {error}")
        return False
    except FileNotFoundError:  # somebody else put it back just now
        pass
    echo(f"{'put back':15}  {entry.crash_id}")
    return True
