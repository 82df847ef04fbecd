"""Each run of a job is counted, with its outcome and its time."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from cron.app import measure
from socorro import metrics
from socorro.postgres import Database
from socorro.queries import cron as queries
from socorro.queries import health
from socorro.queries.health import LedgerDay
from socorro.service import Stop
from tests.conftest import admin
from tests.cron import jobs
from tests.cron.conftest import MakeRunner
from tests.moved import moves, value


@pytest.mark.parametrize(
    ("jobs_name", "job", "outcome"), [("NOTE", "note", "done"), ("FAIL", "fail", "failed")]
)
def test_a_run_is_counted_by_outcome_and_timed(
    make_runner: MakeRunner, jobs_name: str, job: str, outcome: str
) -> None:
    runner = make_runner(f"{jobs.__name__}.{jobs_name}")

    with (
        moves(metrics.cron_runs),
        moves(metrics.cron_runs, cron_job=job, outcome=outcome),
        moves(metrics.cron_seconds, cron_job=job),
    ):
        runner.run_all(Stop())
    with moves(metrics.cron_runs, 0), moves(metrics.cron_seconds, 0):
        runner.run_all(Stop())  # nothing is due


def test_gauges_show_jobs_that_are_late_fail_or_hang_and_when_others_succeeded(
    make_runner: MakeRunner, cron_database: Database, dsn: str
) -> None:
    runner = make_runner("some", [*jobs.NOTE, *jobs.FAIL])
    runner.run_all(Stop())
    admin(dsn, "UPDATE cron_jobs SET next_run = now() - interval '1 day' WHERE job = 'note'")

    with (
        moves(metrics.cron_late_seconds, None, cron_job="note"),
        moves(metrics.cron_failures, cron_job="note", to=0),
        moves(metrics.cron_failures, cron_job="fail", to=1),
        moves(metrics.cron_success_time, None, cron_job="note"),
        moves(metrics.cron_success_time, 0, cron_job="fail"),
        moves(metrics.cron_stuck, cron_job="note", to=0),
    ):
        measure(cron_database)
    assert 80_000 < value(metrics.cron_late_seconds, cron_job="note") < 86_400
    assert value(metrics.cron_success_time, cron_job="note") == pytest.approx(time.time(), abs=60)


def test_a_job_that_runs_beyond_its_limit_is_stuck(
    make_runner: MakeRunner, cron_database: Database, dsn: str
) -> None:
    make_runner(f"{jobs.__name__}.NOTE")
    begun = (
        "UPDATE cron_jobs SET running_by = 'me', running_since = now() - interval '1 day',"
        " lease_until = now() - interval '1 hour' WHERE job = 'note'"
    )
    admin(dsn, begun)

    with (
        queries.hold_jobs(cron_database, ["note"]),
        moves(metrics.cron_stuck, cron_job="note", to=1),
    ):
        measure(cron_database)


def test_the_gauge_of_the_ledger_counts_seven_days(cron_database: Database) -> None:
    day = (datetime.now(UTC) - timedelta(hours=8)).date() - timedelta(days=1)
    for back, missing, doubled in ((0, 2, 0), (6, 1, 4), (7, 100, 100)):
        counts = dict.fromkeys(LedgerDay._fields, 0)
        counts |= {"day": day - timedelta(days=back), "missing": missing, "doubled": doubled}
        with cron_database.transaction() as db:
            health.keep_ledger(db, LedgerDay(**counts))

    with (
        moves(metrics.ledger_crashes, kind="missing", to=3),
        moves(metrics.ledger_crashes, kind="doubled", to=4),
    ):
        measure(cron_database)
