"""Ranks top crashers for periods that end today or yesterday, where their counts changed."""

from datetime import timedelta

from cron.job import Done, Job, Run, number
from cron.period import every


def work(run: Run) -> Done:
    """Rank both days, the older one first."""
    today = run.now.date()
    done = Done()
    for day in (today - timedelta(days=1), today):
        with run.database.transaction() as db:
            done.rows += number(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)
    return done


JOB = Job(
    name="ranks",
    does="Ranks the top crashers of versions that were counted since.",
    period=every(minutes=2),
    work=work,
    needs=("counts",),
)
