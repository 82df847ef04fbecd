"""Finds the duplicates of a whole day again, including crashes that were processed late."""

from cron.job import Job, procedure
from cron.period import daily

JOB = Job(
    name="duplicates-of-day",
    does="Finds duplicates of a whole day again, including late crashes.",
    period=daily("03:10"),
    work=procedure("SELECT backfill_duplicates(%(day)s)"),
    needs=("duplicates",),
    backfill=True,
    seconds=1800,
)
