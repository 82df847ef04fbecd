"""Ranks top crashers for periods that end today or yesterday, where their counts changed.

Products and channels are ranked for periods that end yesterday, as questions do that name no days,
and for those before them, which answers compare with. The running day changes with each count, and
sums over all versions are not made again for each.
"""

from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run, number
from cron.period import every

PERIODS: Final = (1, 3, 7, 14, 28)  # days, as update_top_crasher_ranks() has them


def work(run: Run) -> Done:
    """Rank both days, the older one first; then products and channels, the older ones last."""
    today = run.now.date()
    yesterday = today - timedelta(days=1)
    done = Done()
    for day in (yesterday, today):
        with run.database.transaction() as db:
            done.rows += number(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)
    for days in (0, *PERIODS):
        with run.database.transaction() as db:
            day = yesterday - timedelta(days=days)
            done.rows += number(db, "SELECT update_group_ranks(%(day)s)", day=day)
    return done


JOB = Job(
    name="ranks",
    does="Ranks the top crashers of versions and products that were counted since.",
    period=every(minutes=2),
    work=work,
    needs=("counts",),
)
