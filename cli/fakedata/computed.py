"""What the clock computes of reports, for sample data that has just come or gone: at once, or next.

The files of search are written here. What jobs compute once a night from weeks of reports is asked
for again: it was computed before the sample data was there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cron import state
from cron.table import JOBS
from socorro.config import load
from socorro.postgres import Database
from socorro.search.config import SearchConfig
from socorro.search.segments.follow import ENGINE, follow
from socorro.search.segments.writer import Writer

WRITING: Final = "search-segments"
AGAIN: Final = (
    *("similar", "build-checks", "new-top-crashers", "hardware-suspects", "correlations"),
    *("frankeninstalls", "suspicious-modules", "extracts"),
)


def write_search(database: Database, on_hour: Callable[[datetime], None]) -> None:
    """Write the files of search of all hours that changed; *on_hour* is called after each one.

    The caller holds the job WRITING, from before the reports came: the clock would begin with
    the first of them, and write for as long without saying how far it is. Elasticsearch is fed
    by the clock instead. Raises SegmentsUnwritable.
    """
    config = load(SearchConfig)
    if config.engine != ENGINE:
        return
    follow(database, Writer(config.folder), float("inf"), on_hour)


def ask_again(database: Database) -> None:
    """Let the clock run the jobs that it ran before, as soon as it looks."""
    with database.transaction() as db:
        now = state.now(db)
        for job in JOBS:
            if job.name in AGAIN:
                state.reset(db, job.name, job.period.latest(now).start)
