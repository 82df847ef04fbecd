"""Merges the files of search of days that are over, so that weeks of them are searched fast."""

from datetime import datetime
from typing import Final

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.jobs import search_segments
from cron.period import every
from socorro.config import load
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.segments.follow import ENGINE
from socorro.search.segments.merge import Day, merge, mergeable
from socorro.search.segments.writer import SegmentsUnwritable, Writer

MINUTES: Final = 30


def off(config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return search_segments.off(config)


def work(run: Run) -> Done:
    """Merge the days that can be, the latest first: more people ask for it."""
    done, root = Done(), load(SearchConfig).folder
    late = _late(run)
    for day in sorted(mergeable(root, run.now), reverse=True, key=lambda day: day.midnight):
        if not late.isdisjoint(day.places):
            continue
        try:
            merged = merge(root, day, Writer(root))
        except SegmentsUnwritable as error:
            raise JobFailed(str(error)) from None
        if merged and merged.damaged:
            _write_again(run, day, done, list(merged.damaged))
        elif merged:
            done.rows += merged.rows
    return done


def _late(run: Run) -> set[datetime]:
    """Return the hours that will be written soon."""
    with run.database.transaction() as db:
        return set(notes.late_hours(db, ENGINE))


def _write_again(run: Run, day: Day, done: Done, hours: list[datetime]) -> None:
    """Note the hours whose file cannot be read: it is written again from their reports."""
    with run.database.transaction() as db:
        notes.add(db, ENGINE, hours)
    done.notes.append(f"{day.midnight:%Y-%m-%d} has a damaged file: it is written again")


JOB = Job(
    name="search-merge",
    does="Merges the files of search of days that are over.",
    period=every(minutes=MINUTES),
    work=work,
    needs=("search-segments",),
    seconds=3600,
    off=off,
)
