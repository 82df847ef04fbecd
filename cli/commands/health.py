"""`socorro health`: one line and an exit code for monitoring, and what is behind them."""

import json

import click
from rich.console import Console
from rich.text import Text

from cli.commands import connections
from cli.commands.group import Command, echo, results
from cli.commands.tables import plain_table
from socorro.config import load
from socorro.health.collect import check
from socorro.health.config import HealthConfig
from socorro.health.documents import document, first_line
from socorro.health.durations import size, span
from socorro.health.facts import Level
from socorro.health.judge import Health
from socorro.search.config import SearchConfig
from socorro.visible import visible_json

COLORS = {Level.OK: "", Level.WARNING: "yellow", Level.CRITICAL: "bold red"}
NOTHING = "-"


@click.command(
    cls=Command,
    epilog="""
Exit code: 0 healthy, 1 warning, 2 critical, as Nagios plugins have it.
Services on other machines are named by settings: SOCORRO_HEALTH_CRASHMOVER.

Examples:
  socorro health
  socorro health --brief        one line with performance data, for Nagios
  socorro health --json
""",
)
@click.option("--brief", is_flag=True, help="Print only the first line.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def health(brief: bool, as_json: bool) -> None:
    """Show whether the line is healthy; exit 1 or 2 if not."""
    config = load(HealthConfig)
    with connections.postgres() as database:
        checked = check(database, config, load(SearchConfig).engine)
    if as_json:
        echo(visible_json(json.dumps(document(checked, details=True), indent=2)))
    else:
        echo(first_line(checked, config))
        if not brief:
            _show(checked)
    raise SystemExit(int(checked.level))


def _show(checked: Health) -> None:
    console = results()
    for problem in checked.problems:
        details = f" ({problem.details})" if problem.details else ""
        text = f"{problem.level.name}: {problem.text}{details}"
        console.print(Text(text, style=COLORS[problem.level]))
    console.print()
    _services(console, checked)
    if checked.facts.records:
        _records(console, checked)


def _services(console: Console, checked: Health) -> None:
    table = plain_table()
    table.add_column("Service", no_wrap=True)
    table.add_column("Answers", no_wrap=True)
    for heading in ("In, 1 h", "Out, 1 h", "Oldest"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Errors", overflow="fold")
    for row in checked.services:
        table.add_row(
            row.service,
            Text(row.answers, style="" if row.answering == row.instances else "bold red"),
            NOTHING if row.came is None else f"{row.came:,}",
            NOTHING if row.went is None else f"{row.went:,}",
            NOTHING if row.oldest_seconds is None else span(row.oldest_seconds),
            "; ".join(filter(None, (*row.errors, row.confinement))) or "none",
        )
    console.print(table)


def _records(console: Console, checked: Health) -> None:
    records = checked.facts.records
    if records is None:
        return
    queue = records.queue
    lines = [
        f"Queue: {queue.waiting:,} waiting, {queue.running:,} running, {queue.failed:,} failed",
        f"Search: {span(records.search_seconds)} behind",
        "Ledger: " + _ledger(checked),
        f"Database: {size(records.database_bytes)}",
        *(
            f"Disk of the {disk.holds}: {disk.free_percent:.0f} % free ({size(disk.free_bytes)})"
            for disk in checked.facts.disks()
        ),
    ]
    if records.bad:
        reasons = ", ".join(f"{reason.reason} ({reason.crash_count:,})" for reason in records.bad)
        lines.append(f"Bad reports, 24 h: {reasons}")
    console.print()
    for line in lines:
        console.print(Text(line))


def _ledger(checked: Health) -> str:
    records = checked.facts.records
    days = {day.day for day in records.ledger} if records else set()
    absent = [str(day) for day in records.expected_days if day not in days] if records else []
    compared = f"{len(days)} of 7 days compared"
    return compared + (f", not: {', '.join(absent)}" if absent and days else "")
