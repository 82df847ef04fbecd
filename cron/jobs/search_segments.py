"""Writes the column files of search for the hours whose reports changed.

It takes the marks of changed hours itself, so that search does not wait for counting, which then
counts the hours that it took. The notes of hours stay until their files are written, so a run that
fails or is killed is made up for.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.period import every
from socorro import folders_seen
from socorro.config import load
from socorro.postgres import Connection
from socorro.search import notes, source
from socorro.search.config import SearchConfig
from socorro.search.segments.follow import ENGINE, follow, note_missing
from socorro.search.segments.writer import SegmentsUnwritable, Writer, days

SECONDS: Final = 300.0  # then a new run goes on
_HOUR: Final = timedelta(hours=1)


def off(_config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return "" if load(SearchConfig).engine == ENGINE else f"set SOCORRO_SEARCH_ENGINE to {ENGINE}"


def has_work(db: Connection) -> bool:
    """Return whether an hour waits, or there is no file at all while there are reports."""
    if notes.has_notes(db, ENGINE):
        return True
    return not days(load(SearchConfig).folder, "public") and notes.has_reports(db)


def work(run: Run) -> Done:
    """Write the hours that changed, and those whose files are missing."""
    root, done = load(SearchConfig).folder, Done()
    writer = Writer(root)
    try:
        with run.database.transaction() as db:
            dropped = source.dropped(db)
        writer.drop_days(dropped)
        if lost := note_missing(run.database, root, reports=_looks_up(run, root)):
            done.notes.append(f"{lost:,} hour{'' if lost == 1 else 's'} had no file")
        followed = follow(run.database, writer, SECONDS)
        if note_missing(
            run.database, root, reports=False
        ):  # hours without a crash, before the last
            follow(run.database, writer, SECONDS)
    except SegmentsUnwritable as error:
        raise JobFailed(str(error)) from None
    if followed.error:
        raise followed.error
    folders_seen.remember(root, "search files")
    done.rows = followed.reports
    return done


def _looks_up(run: Run, root: Path) -> bool:
    """Return whether to compare files with reports: when there is none, and once an hour."""
    is_new_hour = run.since is None or run.now - run.since > _HOUR or run.now.hour != run.since.hour
    return is_new_hour or not days(root, "public")


JOB = Job(
    name="search-segments",
    does="Writes the files of search for the hours whose reports changed.",
    period=every(15),
    work=work,
    seconds=3600,
    off=off,
    has_work=has_work,
)
