"""Queues crashes of a day that the crash store has and Postgres lacks."""

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.jobs.reconcile import reconcile


def work(run: Run) -> Done:
    """Queue the day's crashes that have neither a job nor a report, at low priority."""
    with run.store() as store:
        count = reconcile(store, run.database, run.slot.day)
    notes = [f"{count.queued:,} of {count.stored:,} crashes were in no queue"]
    return Done(count.queued, notes if count.queued else [])


JOB = Job(
    name="reconcile",
    does="Queues crashes of a day that the crash store has and Postgres lacks.",
    period=daily("04:00"),
    work=work,
    backfill=True,
    seconds=2 * 3600,
)
