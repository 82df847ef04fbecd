"""Records every five minutes how the queue and the processors do."""

from cron.job import Done, Job, Run
from cron.period import every
from socorro.counts import server_status


def work(run: Run) -> Done:
    """Write the row of the five minutes that are over."""
    with run.database.transaction() as db:
        return Done(server_status.record(db, run.slot.end))


JOB = Job(
    name="status",
    does="Records how the queue and the processors do, for the status page.",
    period=every(minutes=5),
    work=work,
    seconds=60,
)
