"""Derives what follows from a day's counts and installs, again when these change.

A quiet site sees today's within minutes. On a busy one, today is derived once an hour, because
each time reads all crashes of the day.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from cron.job import Done, Job, Run, number
from cron.period import every
from socorro.config import load
from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)
QUIET: Final = 50_000  # reports of a day
MINUTES: Final = 2


class _Answer(NamedTuple):
    is_so: bool


def wanted(db: Connection) -> bool:
    """Say whether any day changed."""
    return rows(db, SQL["wanted"], _Answer)[0].is_so


def work(run: Run) -> Done:
    """Derive the marked days; a mark goes when all that follows from it was derived."""
    done = Done()
    for found in derived.update(run.database, _last(run), load(UrlsConfig)):
        done.rows += found.rows
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
    wanted=wanted,
)
