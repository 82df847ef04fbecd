"""Feeds Elasticsearch with the hours whose reports changed, when that is the engine of search.

Notes of hours stay until they are fed, so an outage of Elasticsearch makes them late only.
"""

from typing import Final

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.period import every
from socorro.config import load
from socorro.postgres import Connection
from socorro.search import notes, source
from socorro.search.config import SearchConfig
from socorro.search.elasticsearch.feeder import Feeder
from socorro.search.elasticsearch.follow import ENGINE, follow
from socorro.search.interface import SearchUnavailable

SECONDS: Final = 300.0  # then a new run goes on


def off(_config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return "" if load(SearchConfig).engine == ENGINE else f"set SOCORRO_SEARCH_ENGINE to {ENGINE}"


def has_work(db: Connection) -> bool:
    """Return whether an hour waits."""
    return notes.has_notes(db, ENGINE)


def work(run: Run) -> Done:
    """Feed the hours that changed; remove what was dropped after its retention."""
    feeder, done = Feeder(load(SearchConfig).elasticsearch), Done()
    try:
        with run.database.transaction() as db:
            dropped = source.dropped(db)
            if feeder.is_empty():  # before this, search had another engine
                notes.add(db, ENGINE, notes.hours_with_reports(db))
        if dropped.reports:
            feeder.drop_weeks(dropped.reports)
        if dropped.personal:
            feeder.remove_personal(dropped.personal)
        fed = follow(run.database, feeder, SECONDS)
    except SearchUnavailable as error:
        raise JobFailed(str(error)) from None
    finally:
        feeder.close()
    done.rows = fed.indexed
    if fed.repaired:
        done.notes.append(f"crashes without a field that does not fit its type: {fed.repaired:,}")
    if fed.refused:
        done.notes.append(f"crashes that Elasticsearch refused: {', '.join(fed.refused[:10])}")
    return done


JOB = Job(
    name="search-elasticsearch",
    does="Feeds Elasticsearch with the hours whose reports changed.",
    period=every(15),
    work=work,
    seconds=3600,
    off=off,
    has_work=has_work,
)
