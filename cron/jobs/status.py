"""Notes every five minutes how the queue and the processors do."""

from cron.job import Job, procedure
from cron.period import every

JOB = Job(
    name="status",
    does="Notes how the queue and the processors do, for the status page.",
    period=every(minutes=5),
    work=procedure("SELECT count(*) FROM record_status(%(end)s)"),
    seconds=60,
)
