"""Counts the hours whose reports changed: soon after they do, and late ones too."""

from datetime import datetime
from typing import NamedTuple

from cron.job import Done, Job, Run, number
from cron.period import every
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class _Hour(NamedTuple):
    hour: datetime


class _Answer(NamedTuple):
    is_so: bool


def wanted(db: Connection) -> bool:
    """Say whether any hour waits to be counted."""
    return rows(db, SQL["wanted"], _Answer)[0].is_so


def work(run: Run) -> Done:
    """Count each marked hour in a transaction of its own, the latest first.

    An hour that fails keeps its mark; the others are counted, then the job fails.
    """
    with run.database.transaction() as db:
        hours = rows(db, SQL["take"], _Hour)
    done, error = Done(), None
    for (hour,) in sorted(hours, reverse=True):
        try:
            with run.database.transaction() as db:
                done.rows += number(db, SQL["count"], hour=hour)
        except Exception as why:
            error = why
    with run.database.transaction() as db:
        number(db, SQL["signatures"])
    if error:
        raise error
    return done


JOB = Job(
    name="counts",
    does="Counts the hours whose reports changed: all tables of counts follow from that.",
    period=every(30),
    work=work,
    seconds=3600,
    wanted=wanted,
)
