"""Queues again what the crash store has of a day and Postgres has not."""

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.jobs.reconcile import reconcile


def work(run: Run) -> Done:
    """Compare the ids of the day; what has neither job nor report is queued at low priority."""
    with run.store() as store:
        count = reconcile(store, run.database, run.slot.day)
    notes = [f"{count.queued:,} of {count.stored:,} crashes were in no queue"]
    return Done(count.queued, notes if count.queued else [])


JOB = Job(
    name="reconcile",
    does="Queues again what the crash store has of a day and Postgres has not.",
    period=daily("04:00"),
    work=work,
    backfill=True,
    seconds=2 * 3600,
)
