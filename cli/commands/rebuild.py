"""`socorro rebuild`: restores queue and reports from the crash store after Postgres was lost."""

from datetime import date, timedelta

import click

from cli.commands import connections
from cli.commands.group import Command, Day, check_order, echo, plural, today
from cli.commands.progress import progress_bar
from socorro.config import load
from socorro.jobs.reconcile import Count, reconcile
from socorro.retention import RetentionConfig
from socorro.rulesets import Ruleset


@click.command(
    cls=Command,
    epilog="""
Users, tokens, bug links and settings are not in the crash store: restore them from a
backup first (`socorro backup restore`). A crash that was processed gets the report it
had, without a walk; others are processed. It can run again at any time: crashes that have
a job or a report are left alone.

Examples:
  socorro rebuild --dry-run
  socorro rebuild --since 2026-11-01 --until 2026-11-23
  socorro rebuild --walk      process all crashes again: it takes as long as at first
""",
)
@click.option("--since", type=Day(), help="First day, UTC; default: as long as crashes are kept.")
@click.option("--until", type=Day(), help="Last day, UTC; default: today.")
@click.option("--walk", is_flag=True, help="Walk minidumps again, also of processed crashes.")
@click.option("--dry-run", is_flag=True, help="Only count.")
def rebuild(since: date | None, until: date | None, walk: bool, dry_run: bool) -> None:
    """Queue stored crashes that have neither job nor report.

    The newest day goes first. Deferred crashes are queued only if they were processed before. All
    are queued at low priority: new crashes go first.
    """
    last = until or today()
    first = since or last - timedelta(weeks=load(RetentionConfig).crash_weeks)
    check_order(first, last)
    days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
    total = Count()
    ruleset = Ruleset.DEFAULT if walk else Ruleset.STORED
    with (
        connections.crash_store() as store,
        connections.postgres() as database,
        progress_bar() as bar,
    ):
        task = bar.add_task("rebuilding", total=len(days))
        for day in days:
            count = reconcile(store, database, day, dry_run, ruleset)
            total.stored += count.stored
            total.queued += count.queued
            bar.update(task, advance=1, description=f"{day}: {total.queued:,} queued")
    would = "would be queued" if dry_run else "queued"
    echo(f"{plural(total.stored, 'crash')} stored, {total.queued:,} {would}")
