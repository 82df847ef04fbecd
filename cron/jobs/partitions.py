"""Makes the weekly partitions ahead of the reports that will fill them."""

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.counts.partitions import make_ahead


def work(run: Run) -> Done:
    """Make the partitions that are missing of this week and the next two."""
    with run.database.transaction() as db:
        return Done(make_ahead(db, run.now))


JOB = Job(
    name="partitions",
    does="Makes the weekly partitions of the reports two weeks ahead.",
    period=hourly(5),
    work=work,
)
