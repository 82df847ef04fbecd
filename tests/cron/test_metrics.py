"""Each run of a job is counted, with its outcome and its time."""

import pytest

from socorro import metrics
from socorro.service import Stop
from tests.cron import jobs
from tests.cron.conftest import MakeRunner
from tests.moved import moves


@pytest.mark.parametrize(
    ("jobs_name", "job", "outcome"), [("NOTE", "note", "done"), ("FAIL", "fail", "failed")]
)
def test_a_run_is_counted_by_outcome_and_timed(
    make_runner: MakeRunner, jobs_name: str, job: str, outcome: str
) -> None:
    runner = make_runner(f"{jobs.__name__}.{jobs_name}")

    with (
        moves(metrics.cron_runs),
        moves(metrics.cron_runs, job=job, outcome=outcome),
        moves(metrics.cron_seconds, job=job),
    ):
        runner.run_all(Stop())
    with moves(metrics.cron_runs, 0), moves(metrics.cron_seconds, 0):
        runner.run_all(Stop())  # nothing is due
