"""`socorro symbols missing`: which symbols are missed most, and what would mend it."""

import json
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands import connections
from cli.commands.group import Command
from socorro.queries import symbols
from socorro.queries.symbols import AffectedCrashes, Missing


@click.command(
    cls=Command,
    epilog="""
Crashes count whose crashing thread has frames in the module; "names" are those whose signature
has one, so that symbols would give them another name.

Examples:
  socorro symbols missing
  socorro symbols missing --days 7 --limit 10
  socorro symbols missing --json | jq -r '.modules[].mend'
""",
)
@click.option(
    "--days",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="How far back, by submission.",
)
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Modules at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def missing(days: float, limit: int, as_json: bool) -> None:
    """Rank modules without symbols by the crashes that would gain."""
    end = datetime.now(UTC)
    start = end - timedelta(days=min(days, 10_000))
    with connections.postgres() as database, database.transaction() as db:
        modules = symbols.missing(db, start, end, limit)
        crashes = symbols.affected_crashes(db, start, end)
    if as_json:
        click.echo(_as_json(modules, crashes))
        return
    if not modules:
        click.echo("no crash missed symbols on its crashing thread")
        return
    _show(modules, crashes)


def _as_json(modules: list[Missing], crashes: AffectedCrashes) -> str:
    documents = [
        {**module._asdict(), "last_submitted": module.last_submitted.isoformat(),
         "mend": module.fix}
        for module in modules
    ]  # fmt: skip
    return json.dumps({**crashes._asdict(), "modules": documents}, indent=2)


def _show(modules: list[Missing], crashes: AffectedCrashes) -> None:
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("names", justify="right")
    table.add_column("crashes", justify="right")
    table.add_column("module", overflow="fold")
    table.add_column("debug id", overflow="fold")
    table.add_column("mend it by", overflow="fold")
    for module in modules:
        # Text: names come out of crashes and may look like markup.
        table.add_row(
            f"{module.naming_count:,}", f"{module.crash_count:,}",
            Text(module.debug_file), Text(module.debug_id), Text(module.fix),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"{crashes.crash_count:,} crashes missed symbols, {crashes.naming_count:,} in their"
        " signature; after adding some: socorro reprocess --missing-symbols"
    )
