"""`socorro rebuild`: queue and reports back from the crash store, after Postgres was lost."""

from datetime import date, timedelta

import click
from rich.progress import Progress

from cli.commands import connections
from cli.commands.group import Command, Day, screen, today
from socorro.config import load
from socorro.jobs.reconcile import Count, reconcile
from socorro.retention import RetentionConfig


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
    with connections.crash_store() as store, connections.postgres() as database, _bar() as bar:
        task = bar.add_task("rebuilding", total=len(days))
        for day in days:
            count = reconcile(store, database, day, dry_run)
            total.stored += count.stored
            total.queued += count.queued
            bar.update(task, advance=1, description=f"{day}: {total.queued:,} queued")
    would = "would be queued" if dry_run else "queued"
    click.echo(f"{total.stored:,} crashes stored, {total.queued:,} {would}")


def _bar() -> Progress:
    console = screen()
    return Progress(console=console, transient=True, disable=not console.is_terminal)
