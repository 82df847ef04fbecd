"""`socorro cron run --dry-run`: shows what jobs would remove."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from cli.commands import connections
from cli.commands.group import echo
from cron import state
from cron.config import CronConfig
from cron.job import Job, Run
from socorro.config import SharedConfig
from socorro.queries import cron as queries


def preview(jobs: Sequence[Job], shared: SharedConfig, config: CronConfig, force: bool) -> None:
    """Print what *jobs* would remove if they ran now."""
    removing = [(job, job.preview) for job in jobs if job.preview]
    if not removing:
        raise click.ClickException(f"{jobs[0].name} removes nothing: it has no dry run")
    with connections.postgres() as database:
        with database.transaction() as db:
            now, rows = state.now(db), {row.job: row for row in queries.jobs(db)}
        for job, list_removals in removing:
            since = rows[job.name].done_until if job.name in rows else None
            slot, clock = job.period.latest(now), datetime.now(UTC)
            run = Run(slot, since, now, clock, database, shared, config, force)
            for text in list(list_removals(run)) or ["nothing would go"]:
                echo(f"{job.name}: {text}")
