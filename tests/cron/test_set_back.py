"""The clock was 60 days ahead and is right again: what goes on, and what says that it does not."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from cli.main import main
from cron import app, state
from cron.alarm import CRITICAL
from cron.job import Job
from cron.period import daily, every
from cron.schedule import Progress, is_ahead
from socorro.postgres import Database
from socorro.service import Stop
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.clock import nothing
from tests.cron.conftest import MakeRunner

MARKS = Job("marks", "Works through marks.", every(30), nothing, has_work=lambda _db: True)
DAILY = Job("daily", "Is run daily.", daily("05:00"), nothing)


@pytest.mark.parametrize(
    ("job", "seconds", "ahead"),
    [(MARKS, 30, False), (MARKS, 31, True), (DAILY, 86_400, False), (DAILY, 86_401, True)],
)
def test_a_job_is_ahead_by_more_than_its_period(job: Job, seconds: int, ahead: bool) -> None:
    assert is_ahead(job, Progress(NOON + timedelta(seconds=seconds)), NOON) == ahead


def test_a_job_that_never_ran_is_not_ahead() -> None:
    assert not is_ahead(DAILY, Progress(), NOON)


def test_jobs_that_work_through_marks_run_and_others_are_reported(
    make_runner: MakeRunner, database: Database
) -> None:
    runner = make_runner("tests.cron.jobs.NOTE", [MARKS, DAILY])
    runner.run_all(Stop())
    app.check_jobs(runner, database)
    ask(database, "UPDATE cron_jobs SET done_until = done_until + interval '60 days',"
        " next_run = next_run + interval '60 days'; DELETE FROM cron_log")  # fmt: skip

    with pytest.raises(app.Ahead, match="marks, daily"):
        app.check_jobs(runner, database)
    runner.run_all(Stop())
    with pytest.raises(app.Ahead, match=r"set back: daily$"):
        app.check_jobs(runner, database)

    assert ask(database, "SELECT DISTINCT job FROM cron_log") == [("marks",)]


def test_a_refusal_is_reported_by_the_heartbeat(
    make_runner: MakeRunner, database: Database
) -> None:
    runner = make_runner("tests.cron.jobs.NOTE", [DAILY])
    with database.transaction() as db:
        state.fail(db, DAILY, "x", "Refused", "nothing was removed: the clock")

    with pytest.raises(app.Refused, match="daily: nothing was removed: the clock"):
        app.check_jobs(runner, database)
    ask(database, "UPDATE cron_jobs SET done_until = now()")
    app.check_jobs(runner, database)  # it is not due any more: the clock is right again


def test_the_check_for_nagios_is_critical(make_runner: MakeRunner, database: Database) -> None:
    make_runner("tests.cron.jobs.NOTE").run_all(Stop())
    ask(database, "UPDATE cron_jobs SET done_until = done_until + interval '60 days',"
        " next_run = next_run + interval '60 days'")  # fmt: skip

    checked = CliRunner().invoke(main, ["cron", "list", "--check"])

    assert checked.exit_code == CRITICAL
    assert checked.stdout == "CRITICAL - note ahead\n"
