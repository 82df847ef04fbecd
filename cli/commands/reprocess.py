"""`socorro reprocess`: processes many crashes again, and shows how signatures changed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click
from rich.text import Text

from cli.commands import connections
from cli.commands.group import (
    Command,
    CrashIdText,
    Day,
    check_order,
    echo,
    midnight,
    plural,
    results,
    today,
)
from cli.commands.process import ruleset_option
from cli.commands.progress import progress_bar
from cli.commands.signatures_only import Choice, bring_over, check_alone
from cli.commands.tables import plain_table
from socorro import jobs
from socorro.config import load
from socorro.crash_id import CrashId
from socorro.jobs.symbols_arrived import BATCH, gaining, requeue
from socorro.no_product import NO_PRODUCT, stored
from socorro.postgres import Database
from socorro.queries import reprocessing
from socorro.retention import RetentionConfig
from socorro.symbols.config import folders
from socorro.symbols.module import ModuleId

REPORT_DAYS = 7


@click.command(
    cls=Command,
    epilog="""
For single crashes, at once: `socorro process CRASH_ID`. Crashes that are already queued stay as
they are; new crashes go first. After the signature lists or rules changed, --signatures-only gives
crashes of earlier signature versions a new signature: it needs no dump, no symbols and no walk, and
can be stopped and started again. The setting SOCORRO_MONITOR_REPROCESS_MISSING_SYMBOLS runs
--missing-symbols automatically.

Examples:
  socorro reprocess --missing-symbols --dry-run
  socorro reprocess --signature "test_app.exe@0x429e" --since 2026-11-01
  socorro reprocess --product Firefox --since 2026-11-16 --ruleset regenerate_signature
  socorro reprocess --signatures-only --since 2026-11-01
  socorro reprocess --product "(no product)" --since 2026-11-16
  socorro reprocess --report
""",
)
@click.argument("crash_ids", nargs=-1, type=CrashIdText(), metavar="[CRASH_ID…]")
@click.option(
    "--missing-symbols", is_flag=True, help="Crashes whose missing symbols have arrived since."
)
@click.option(
    "--signatures-only",
    is_flag=True,
    help="Make signatures of earlier versions anew, and wait until that is done.",
)
@click.option("--signature", help="Crashes with this signature.")
@click.option("--product", help=f"Crashes of this product; {NO_PRODUCT!r}: of none.")
@click.option("--since", type=Day(), help="First day of submission, UTC.")
@click.option("--until", type=Day(), help="Last day of submission, UTC; default: today.")
@ruleset_option
@click.option("--limit", type=click.IntRange(1), help="Maximum number of crashes, newest first.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option(
    "--report",
    is_flag=True,
    help=f"Show how signatures changed in the last {REPORT_DAYS} days, or since --since.",
)
def reprocess(
    crash_ids: tuple[CrashId, ...], missing_symbols: bool, signatures_only: bool,
    signature: str | None, product: str | None, since: date | None, until: date | None,
    ruleset: str, limit: int | None, dry_run: bool, report: bool,
) -> None:  # fmt: skip
    """Queue crashes to be reprocessed at low priority.

    Only crashes that have a report are queued.
    """
    selecting = bool(signature or product or since) and not report
    if signatures_only:
        check_alone(crash_ids, missing_symbols, report, ruleset)
    elif sum((bool(crash_ids), missing_symbols, selecting, report)) != 1:
        raise click.UsageError(
            "choose crashes by id, by --missing-symbols, or by --signature, --product and --since;"
            " or choose --signatures-only or --report"
        )
    last = until or today()
    check_order(since, last)
    first = since or last - timedelta(weeks=load(RetentionConfig).crash_weeks)
    with connections.postgres() as database:
        if signatures_only:
            bring_over(database, Choice(first, last, signature, stored(product), limit), dry_run)
        elif report:
            _report(database, since or last - timedelta(days=REPORT_DAYS - 1), last)
        elif missing_symbols:
            _missing_symbols(database, dry_run)
        elif crash_ids:
            _print_total(
                _queue(database, list(dict.fromkeys(crash_ids)), ruleset, dry_run), dry_run
            )
        else:
            batches = reprocessing.batches(
                database, midnight(first), midnight(last) + timedelta(days=1),
                signature=signature, product=stored(product), most=BATCH, limit=limit,
            )  # fmt: skip
            _queue_all(database, batches, ruleset, dry_run)


def _queue_all(
    database: Database, batches: Iterator[list[CrashId]], ruleset: str, dry_run: bool
) -> None:
    with progress_bar() as bar:
        task, total = bar.add_task("queuing", total=None), 0
        for batch in batches:
            total += _queue(database, batch, ruleset, dry_run)
            bar.update(task, advance=len(batch), description=f"{total:,} queued")
    _print_total(total, dry_run)


def _missing_symbols(database: Database, dry_run: bool) -> None:
    """List each module whose symbols arrived with its crashes, and queue them unless *dry_run*."""
    crashes: Counter[ModuleId] = Counter()
    try:
        if dry_run:
            with database.transaction() as db:
                for module, crash_ids in gaining(db, folders()):
                    crashes[module.id] += len(crash_ids)
        else:
            with progress_bar() as bar:
                task = bar.add_task("queuing", total=None)
                while queued := requeue(database, folders(), datetime.now(UTC)):
                    for module, count in queued.items():
                        crashes[module.id] += count
                    bar.update(task, description=f"{crashes.total():,} queued")
    finally:  # whoever interrupts it sees what was queued
        for module_id, count in crashes.items():
            echo(f"{count:>8,}  {module_id}")
    _print_total(crashes.total(), dry_run)


def _queue(database: Database, crash_ids: list[CrashId], ruleset: str, dry_run: bool) -> int:
    if dry_run:
        return len(crash_ids)
    with database.transaction() as db:
        return jobs.offer(db, crash_ids, priority=jobs.LOW, ruleset=ruleset, reprocess=True)


def _print_total(crashes: int, dry_run: bool) -> None:
    echo(f"{plural(crashes, 'crash')} {'would be queued' if dry_run else 'queued'}")


def _report(database: Database, first: date, last: date) -> None:
    with database.transaction() as db:
        total = reprocessing.moved(db, first, last)
        moves = reprocessing.moves(db, first, last)
    console = results()
    console.print(
        f"{plural(total.crash_count, 'crash')} reprocessed,"
        f" {total.moved_count:,} with a new signature"
    )
    table = plain_table("before", "after", counts=("crashes",))
    for move in moves:
        after = Text("(the same)", "dim") if move.before == move.after else Text(move.after)
        table.add_row(f"{move.crash_count:,}", Text(move.before), after)
    if moves:
        console.print(table)
