"""Derives what follows from a day's counts and installs, again when these change."""

from typing import NamedTuple

from cron.job import Done, Job, Run
from cron.period import every
from socorro.config import load
from socorro.postgres import Connection, load_sql, rows
from socorro.privacy import UrlsConfig
from socorro.queries import derived

SQL = load_sql(__file__)


class _Answer(NamedTuple):
    is_so: bool


def wanted(db: Connection) -> bool:
    """Say whether any day changed."""
    return rows(db, SQL["wanted"], _Answer)[0].is_so


def work(run: Run) -> Done:
    """Derive the marked days; a mark goes when all that follows from it was derived."""
    done = Done()
    for found in derived.update(run.database, run.now.date(), load(UrlsConfig)):
        done.rows += found.rows
    return done


JOB = Job(
    name="derived",
    does="Derives explosions, rank changes, builds, pages and more of days whose counts changed.",
    period=every(minutes=2),
    work=work,
    needs=("counts",),
    seconds=3600,
    wanted=wanted,
)
