"""Derives aggregates from a day's counts and installs, again when these change.

A quiet site has today's within minutes. On a busy one, today is derived once an hour, because
that reads all crashes of the day.
"""

from datetime import date, timedelta
from typing import Final

from cron.job import Done, Job, Run, number
from cron.period import every
from socorro.config import load
from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.postgres import Connection, load_sql, value

SQL = load_sql(__file__)
QUIET: Final = 50_000  # reports of a day
MINUTES: Final = 2


def has_work(db: Connection) -> bool:
    """Return whether any day changed."""
    return bool(value(db, SQL["has_work"]))


def work(run: Run) -> Done:
    """Derive the marked days; a mark goes when all that follows from it was derived."""
    done = Done()
    for aggregate in derived.update(run.database, _last(run), load(UrlsConfig)):
        done.rows += aggregate.rows
    return done


def _last(run: Run) -> date:
    """Return the last day that is derived now."""
    today = run.now.date()
    with run.database.transaction() as db:
        is_quiet = number(db, SQL["reports"], day=today) <= QUIET
    first_in_the_hour = run.now.minute < MINUTES
    return today if is_quiet or first_in_the_hour else today - timedelta(days=1)


JOB = Job(
    name="derived",
    does="Derives explosions, rank changes, builds, pages and more of days whose counts changed.",
    period=every(minutes=MINUTES),
    work=work,
    needs=("counts",),
    seconds=3600,
    has_work=has_work,
)
