"""Judges which signatures exploded: today so far, yesterday, and days that were not judged."""

import time
from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.counts import explosions

SECONDS: Final = 300.0  # then the next run goes on with the days that are left


def work(run: Run) -> Done:
    """Judge the days that are due, the oldest first, each in a transaction of its own."""
    today = run.now.date()
    with run.database.transaction() as db:
        days = explosions.due(db, today)
    done, ends = Done(), time.monotonic() + SECONDS
    for number, day in enumerate(days):
        if number and time.monotonic() > ends:
            done.notes.append(f"{len(days) - number} days wait for the next run")
            break
        for judged in explosions.judge_days(
            run.database, [day], notify_from=today - timedelta(days=1)
        ):
            done.rows += judged.explosions
    return done


JOB = Job(
    name="explosions",
    does="Judges which signatures crash more than their own history explains.",
    period=hourly(minute=7),
    work=work,
    needs=("counts",),
    seconds=3600,
)
