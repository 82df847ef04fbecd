"""Finds crashes that were sent several times, in windows of an hour that overlap by half.

Two crashes on both sides of a full hour meet in the window that begins at half past. Duplicates
that were processed late are found a day later, with all of the day (duplicates_of_day.py).
"""

from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run, number
from cron.period import hourly

_HALF: Final = timedelta(minutes=30)
_UPDATE: Final = "SELECT update_duplicates(%(first)s, %(after)s)"


def work(run: Run) -> Done:
    """Compare the crashes of the slot's hour, and of the hour that began half an hour before."""
    start, end = run.slot
    duplicates = 0
    for first, after in ((start, end), (start - _HALF, end - _HALF)):
        with run.database.transaction() as db:
            duplicates += number(db, _UPDATE, first=first, after=after)
    return Done(duplicates)


JOB = Job(
    name="duplicates",
    does="Finds crashes that were sent several times, hour by hour.",
    period=hourly(30),
    work=work,
    backfill=True,
)
