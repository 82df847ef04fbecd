"""What the clock computes of sample data: search at once, the statistics of a night once more."""

from datetime import date
from pathlib import Path

import pytest

from cli.commands.fakedata import _without_cron
from cli.fakedata import computed, history
from cli.fakedata.world import World
from cron import state
from cron.config import CronConfig
from cron.runner import progress_of
from cron.schedule import next_slot
from cron.table import JOBS
from socorro.postgres import Database
from socorro.queries import cron as queries
from socorro.search.segments.follow import hours
from tests.sql.rows import query

DAY = date(2026, 11, 23)


def test_search_has_every_hour_with_sample_data(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(tmp_path))
    history.load(database, World(1, DAY, DAY, 200))
    written = []

    computed.write_search(database, written.append)

    with database.transaction() as db:
        reported = query(db, "SELECT DISTINCT date_trunc('hour', submitted_at) FROM reports")
    assert {row[0] for row in reported} <= hours(tmp_path)
    assert len(set(written)) == len(written) >= 20


def test_jobs_of_the_night_that_ran_before_are_due_again(database: Database) -> None:
    with database.transaction() as db:
        state.declare(db, JOBS, CronConfig())
        query(db, "UPDATE cron_jobs SET done_until = now(), last_success = now()")

    computed.ask_again(database)

    with database.transaction() as db:
        progress = progress_of({row.job: row for row in queries.jobs(db)})
        now = state.now(db)
    due = {job.name for job in JOBS if next_slot(job, progress[job.name], now)}
    assert set(computed.AGAIN) <= due
    assert "retention" not in due


def test_the_clock_writes_no_search_files_while_sample_data_comes(database: Database) -> None:
    statement = "SELECT pg_try_advisory_lock(hashtext('socorro cron'), hashtext(%s))"

    with _without_cron(database), database.transaction() as db:
        jobs = {job: query(db, statement, job) for job in (computed.WRITING, "counts", "status")}

    assert jobs == {computed.WRITING: [(False,)], "counts": [(False,)], "status": [(True,)]}
