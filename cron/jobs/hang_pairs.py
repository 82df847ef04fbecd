"""Matches the two crashes of a hang, for all days since the last success and the one before it.

The other half of a hang around midnight arrives on the next day.
"""

from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.postgres import execute

MOST_DAYS: Final = 60


def work(run: Run) -> Done:
    """Match each of the days again, in a transaction of its own."""
    today = run.now.date()
    since = max((run.since or run.now).date(), today - timedelta(days=MOST_DAYS))
    day = since - timedelta(days=1)
    done = Done()
    while day <= today:
        with run.database.transaction() as db:
            done.rows += execute(db, "SELECT update_hang_pairs(%(day)s, false)", day=day)
        day += timedelta(days=1)
    return done


JOB = Job(
    name="hang-pairs",
    does="Matches the browser's and the plugin's crash of one hang.",
    period=hourly(15),
    work=work,
    needs=("counts",),
)
