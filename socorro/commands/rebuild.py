"""`socorro rebuild`: queue and reports back from the crash store, after Postgres was lost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import click
from rich.progress import Progress

from socorro import jobs
from socorro.commands import parts
from socorro.commands.group import Command, Day, screen, today
from socorro.config import load
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.queries import ledger
from socorro.retention import RetentionConfig

BATCH = 1000


@dataclass
class Count:
    """What a rebuild saw and did."""

    stored: int = 0
    queued: int = 0


@click.command(
    cls=Command,
    epilog="""
Users, tokens, bug links and settings are not in the crash store: restore them from a backup.
Run it again at any time: crashes that have a job or a report are left alone.

Examples:
  socorro rebuild --dry-run
  socorro rebuild --since 2026-11-01 --until 2026-11-23
""",
)
@click.option("--since", type=Day(), help="First day, UTC; default: as long as crashes are kept.")
@click.option("--until", type=Day(), help="Last day, UTC; default: today.")
@click.option("--dry-run", is_flag=True, help="Count only.")
def rebuild(since: date | None, until: date | None, dry_run: bool) -> None:
    """Queue every stored crash that has neither a job nor a report, newest day first.

    A deferred crash is queued when it had been processed once. All are queued at low priority:
    crashes that come in meanwhile go first.
    """
    last = until or today()
    first = since or last - timedelta(weeks=load(RetentionConfig).crash_weeks)
    if first > last:
        raise click.BadParameter("is after --until", param_hint="--since")
    days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
    total = Count()
    with parts.crash_store() as store, parts.postgres() as database, _bar() as bar:
        task = bar.add_task("rebuilding", total=len(days))
        for day in days:
            count = rebuild_day(store, database, day, dry_run)
            total.stored += count.stored
            total.queued += count.queued
            bar.update(task, advance=1, description=f"{day}: {total.queued:,} queued")
    would = "would be queued" if dry_run else "queued"
    click.echo(f"{total.stored:,} crashes stored, {total.queued:,} {would}")


def rebuild_day(store: CrashStore, database: Database, day: date, dry_run: bool = False) -> Count:
    """Queue what is missing of the crashes submitted on *day*, UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    count = Count()
    unprocessed = {crash_id for crash_id in store.unprocessed(start, end) if is_deferred(crash_id)}
    for batch in _batches(store.submitted(start, end)):
        count.stored += len(batch)
        wanted = [crash_id for crash_id in batch if crash_id not in unprocessed]
        with database.transaction() as db:
            missing = ledger.without_trace(db, wanted)
            if dry_run:
                count.queued += len(missing)
            else:
                count.queued += jobs.offer(db, missing, priority=jobs.LOW)
    return count


def _batches(crash_ids: Iterable[CrashId]) -> Iterator[Sequence[CrashId]]:
    remaining = iter(crash_ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _bar() -> Progress:
    console = screen()
    return Progress(console=console, transient=True, disable=not console.is_terminal)
