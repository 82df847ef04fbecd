"""Counts days again that were counted before installs were, the latest first."""

import time
from datetime import date
from typing import Final

from cron.job import Done, Job, Run, number
from cron.period import every
from socorro.postgres import Connection, column, load_sql, value

SQL = load_sql(__file__)
ENOUGH: Final = 60  # seconds after which the next day waits for the next run


def has_work(db: Connection) -> bool:
    """Return whether a day has no installs whose reports are kept."""
    return bool(value(db, SQL["has_work"]))


def work(run: Run) -> Done:
    """Count each such day from its reports, in a transaction of its own."""
    with run.database.transaction() as db:
        days: list[date] = column(db, SQL["days"])
    done, started = Done(), time.monotonic()
    for day in days:
        with run.database.transaction() as db:
            number(db, SQL["unmark"], day=day)
            done.rows += number(db, SQL["count"], day=day)
        if time.monotonic() - started > ENOUGH:
            break
    return done


JOB = Job(
    name="installs",
    does="Counts the installs of days that were counted before there were such counts.",
    period=every(minutes=2),
    work=work,
    needs=("counts",),
    seconds=3600,
    has_work=has_work,
)
