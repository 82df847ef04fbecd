"""Counts the hours whose reports changed: soon after they do, and late ones too."""

from datetime import datetime

from cron.job import Done, Job, Run, number
from cron.period import every
from socorro.postgres import Connection, column, load_sql, value

SQL = load_sql(__file__)


def has_work(db: Connection) -> bool:
    """Return whether any hour waits to be counted."""
    return bool(value(db, SQL["has_work"]))


def work(run: Run) -> Done:
    """Count each marked hour in a transaction of its own, the latest first.

    An hour that fails keeps its mark; the others are counted, then the job fails.
    """
    with run.database.transaction() as db:
        hours: list[datetime] = column(db, SQL["take"])
    done, last_error = Done(), None
    for hour in sorted(hours, reverse=True):
        try:
            with run.database.transaction() as db:
                done.rows += number(db, SQL["count"], hour=hour)
        except Exception as error:
            last_error = error
    with run.database.transaction() as db:
        number(db, SQL["signatures"])
    if last_error:
        raise last_error
    return done


JOB = Job(
    name="counts",
    does="Counts the hours whose reports changed: all tables of counts follow from that.",
    period=every(30),
    work=work,
    seconds=3600,
    has_work=has_work,
)
