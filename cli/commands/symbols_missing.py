"""`socorro symbols missing`: which symbols are missing most, and how to fix that."""

import json
from datetime import UTC, datetime, timedelta

import click
from rich.text import Text

from cli.commands import connections
from cli.commands.group import Command, echo, plural, results
from cli.commands.tables import plain_table
from socorro.queries import symbols
from socorro.queries.symbols import AffectedCrashes, Missing


@click.command(
    cls=Command,
    epilog="""
Counts crashes with frames of the module on their crashing thread; "in signature" are those whose
signature names such a frame, so that symbols would change it.

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
    help="Days of submission, up to now.",
)
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Maximum number of modules.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def missing(days: float, limit: int, as_json: bool) -> None:
    """Rank modules without symbols by the crashes that need them."""
    end = datetime.now(UTC)
    start = end - timedelta(days=min(days, 10_000))
    with connections.postgres() as database, database.transaction() as db:
        modules = symbols.missing(db, start, end, limit)
        crashes = symbols.affected_crashes(db, start, end)
    if as_json:
        echo(_as_json(modules, crashes))
        return
    if not modules:
        echo("no crashes with missing symbols on the crashing thread")
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
    console = results()
    table = plain_table("module", "debug id", "how to fix", counts=("in signature", "crashes"))
    for module in modules:
        # Text: names come from crashes and may look like markup.
        table.add_row(
            f"{module.naming_count:,}", f"{module.crash_count:,}",
            Text(module.debug_file), Text(module.debug_id), Text(module.fix),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"{plural(crashes.crash_count, 'crash')} with missing symbols,"
        f" {crashes.naming_count:,} in the signature;"
        " after adding symbols: `socorro reprocess --missing-symbols`"
    )
