"""Makes the weekly partitions ahead of the reports that will fill them."""

from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.counts.partitions import make_partitions

AHEAD: Final = timedelta(weeks=2)


def work(run: Run) -> Done:
    """Make what is missing of this week and the next two."""
    with run.database.transaction() as db:
        return Done(make_partitions(db, run.now, run.now + AHEAD))


JOB = Job(
    name="partitions",
    does="Makes the weekly partitions of the reports two weeks ahead.",
    period=hourly(5),
    work=work,
)
