"""`socorro status`: the ledger, one column per day."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial

import click
from rich.console import Console

from cli.commands import connections
from cli.commands.group import Command, Day, echo, plural, results, today
from cli.commands.tables import plain_table
from socorro.config import SharedConfig, load
from socorro.health.config import HealthConfig
from socorro.health.durations import span
from socorro.health.ports import read_ports
from socorro.ledger import Balance, ledger, read_rooms
from socorro.retention import RetentionConfig
from socorro.spool.spool import Spool
from socorro.spool.state import state

SHOWN = 20  # ids named on the screen; --json names all
PLACES = {  # name -> indentation: deeper counts add up to the count above them
    "accepted": 0,
    "spooled": 1,
    "quarantined": 1,
    "stored": 1,
    "deferred": 2,
    "waiting": 2,
    "running": 2,
    "failed": 2,
    "processed": 2,
    "expired": 2,
    "forgotten": 2,
}
WRONG = ("missing", "doubled", "damaged")


@click.command(
    cls=Command,
    epilog="""
accepted = spooled + quarantined + stored
stored   = deferred + waiting + running + failed + processed + expired + forgotten

Examples:
  socorro status
  socorro status --days 7
  socorro status --day 2026-11-23 --json
""",
)
@click.option("--day", type=Day(), help="Last day, UTC; default: today.")
@click.option(
    "--days", default=2, show_default=True, type=click.IntRange(1, 400), help="Number of days."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every id.")
def status(day: date | None, days: int, as_json: bool) -> None:
    """Show where crashes are; exit 1 if one is lost or stuck.

    Also exits 1 if a crash has two reports, or if crashes wait in the spool and the crashmover does
    not take them. `socorro health` checks the whole line.
    """
    balances = read(day or today(), days)
    is_even = all(balance.is_even for balance in balances)
    stuck = _stuck(connections.spool())
    if as_json:
        documents = [{**asdict(b), "day": str(b.day), "even": b.is_even} for b in balances]
        echo(json.dumps({"even": is_even, "stuck": stuck, "days": documents}, indent=2))
    else:
        _show(balances)
        for text in stuck:
            results().print(f"[bold red]{text}[/]")
    if stuck or not is_even:
        raise SystemExit(1)


def _stuck(spool: Spool) -> list[str]:
    """Return why crashes do not leave the spool, if they do not."""
    waiting, limits = state(spool), load(HealthConfig)
    ports = read_ports({"crashmover": limits.crashmover}, limits.answer_seconds)
    away = [one for one in ports if not one.answers]
    count = plural(waiting.waiting, "crash")
    texts = [f"The crashmover does not answer ({one.address}: {one.error})." for one in away]
    age = waiting.oldest_seconds or 0.0
    if waiting.waiting and (away or age > limits.spool_warning_seconds):
        verb = "waits" if waiting.waiting == 1 else "wait"
        texts.append(f"{count} {verb} in the spool, the oldest for {span(age)}.")
    return texts


def read(last: date, days: int) -> list[Balance]:
    """Return the balances of *days* days that end with *last*, newest first."""
    shared, retention = load(SharedConfig), load(RetentionConfig)
    spool = connections.spool()
    with connections.crash_store(shared) as store, connections.postgres(shared) as database:
        dates = [last - timedelta(days=back) for back in range(days)]
        return [
            ledger(partial(read_rooms, day, spool, store, database), day, retention, today())
            for day in dates
        ]


def _show(balances: list[Balance]) -> None:
    table = plain_table()
    table.add_column("UTC", no_wrap=True)
    for balance in balances:
        table.add_column(str(balance.day), justify="right", no_wrap=True)
    for name, depth in PLACES.items():
        counts = [f"{getattr(balance, name):,}" for balance in balances]
        table.add_row("  " * depth + name, *counts)
    for name in WRONG:
        table.add_row(name, *(_in_red(len(getattr(balance, name))) for balance in balances))
    console = results()
    console.width = max(console.width, 20 + 13 * len(balances))
    console.print(table)
    for balance in balances:
        if balance.elsewhere:
            console.print(
                f"{balance.day}: {balance.elsewhere:,} of the stored crashes are not in this"
                " machine's log: another collector accepted them"
            )
        for name in WRONG:
            _print_ids(console, balance.day, name, getattr(balance, name))


def _in_red(count: int) -> str:
    return f"[bold red]{count:,}[/]" if count else "0"


def _print_ids(console: Console, day: date, what: str, ids: tuple[str, ...]) -> None:
    for crash_id in ids[:SHOWN]:
        console.print(f"[red]{day} {what}:[/] {crash_id}", soft_wrap=True)
    if len(ids) > SHOWN:
        console.print(f"[red]{day} {what}:[/] and {len(ids) - SHOWN:,} more (--json)")
