"""Runs in processes of their own: what they leave in Postgres, however they end."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cron import child, state
from cron.config import CronConfig
from cron.runner import Runner
from cron.table import JOBS
from socorro.postgres import Database, execute, rows
from socorro.queries import cron as queries
from socorro.queries.cron import CronJob, Logged
from socorro.service import Stop
from tests.builders import NOON
from tests.cron import jobs
from tests.cron.conftest import MakeRunner
from tests.system.line import wait_for

HERE = jobs.__name__


def job(database: Database, name: str) -> CronJob:
    with database.transaction() as db:
        return {row.job: row for row in queries.jobs(db)}[name]


def logged(database: Database) -> list[Logged]:
    """The log, oldest first."""
    with database.transaction() as db:
        return queries.log(db)[::-1]


def now(database: Database) -> datetime:
    with database.transaction() as db:
        return state.now(db)


def days_ago(database: Database, name: str, days: int) -> datetime:
    """Let the job have succeeded last some days ago; return up to when its slots are done."""
    until = now(database).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    with database.transaction() as db:
        execute(
            db,
            "UPDATE cron_jobs SET done_until = %(until)s WHERE job = %(job)s",
            until=until,
            job=name,
        )
    return until


def worked(database: Database) -> list[tuple[datetime, int]]:
    with database.transaction() as db:
        statement = "SELECT slot, count(*)::int FROM worked GROUP BY slot ORDER BY slot"
        return rows(db, statement, lambda *row: row)  # type: ignore[arg-type]


def sleeping(database: Database) -> int:
    """How many statements sleep in the server."""
    with database.transaction() as db:
        statement = (
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE %(like)s"
            " AND datname = current_database()"
        )
        return execute(db, statement, like="SELECT pg_sleep%")


def test_four_missed_days_are_made_up_for_once_each_in_order(
    make_runner: MakeRunner, database: Database
) -> None:
    runner = make_runner(f"{HERE}.NOTE")
    until = days_ago(database, "note", 4)

    runner.run_all(Stop())

    days = [until + timedelta(days=number) for number in range(4)]
    assert [(row.slot, row.outcome, row.rows) for row in logged(database)] == [
        (day, "done", jobs.STEPS) for day in days
    ]
    assert worked(database) == [(day, jobs.STEPS) for day in days]
    after = job(database, "note")
    assert after.done_until == until + timedelta(days=4)
    assert after.next_run == until + timedelta(days=5)
    assert after.state(now(database)) == "ok"
    assert logged(database)[0].notes == ["all went well"]


def test_a_failure_is_kept_and_tried_again_later_and_holds_up_who_needs_it(
    make_runner: MakeRunner, database: Database
) -> None:
    runner = make_runner(f"{HERE}.FAIL")

    runner.run_all(Stop())
    runner.run_all(Stop())

    broken, waiting = job(database, "fail"), job(database, "after")
    assert (broken.errors, broken.last_error_type) == (1, "JobFailed")
    assert broken.last_error == "the source does not answer"
    assert broken.last_error_at
    assert broken.next_try == broken.last_error_at + timedelta(minutes=5)
    assert broken.state(now(database)) == "broken"
    assert waiting.waits_for == "fail"
    assert waiting.first_run is None
    assert [row.outcome for row in logged(database)] == ["failed"]


def test_nothing_of_a_user_is_kept_of_an_error(
    make_runner: MakeRunner, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    make_runner(f"{HERE}.SECRETS").run_all(Stop())

    python, postgres = job(database, "python"), job(database, "postgres")
    said = f"{python} {postgres} {logged(database)} {capfd.readouterr()}"
    assert "secret.example" not in said
    assert "user@example.com" not in said
    assert python.last_error
    assert python.last_error.startswith("in jobs.py:")
    assert postgres.last_error_type == "InvalidTextRepresentation"


@pytest.mark.parametrize("name", ["HANG", "HANG_IN_POSTGRES"])
def test_a_job_that_hangs_is_ended_at_its_limit(
    make_runner: MakeRunner, database: Database, name: str
) -> None:
    runner = make_runner(f"{HERE}.{name}")
    [hanging] = getattr(jobs, name)

    runner.run_all(Stop())
    # Postgres sees to the end what it was asked for before the run was killed.
    wait_for(lambda: not job(database, hanging.name).is_locked, what="the lock")
    wait_for(lambda: not sleeping(database), what="the end of the statement")

    after = job(database, hanging.name)
    assert after.errors == 1
    if name == "HANG":
        assert after.last_error == "took longer than its limit of 1 s and was ended"
    # A run that was killed before it had begun is in no log. One whose beginning Postgres noted
    # only after its death is still named: the next run clears it away.
    outcomes = [row.outcome for row in logged(database)]
    assert outcomes in ([], ["killed"]) or name != "HANG"
    assert after.running_by is None or outcomes == []


def test_a_run_that_dies_fails_and_is_not_started_again_at_once(
    make_runner: MakeRunner, database: Database
) -> None:
    make_runner(f"{HERE}.DIE").run_all(Stop())

    after = job(database, "die")
    assert (after.errors, after.last_error) == (1, "was ended by SIGKILL")
    assert [row.outcome for row in logged(database)] == ["killed"]


def test_a_job_that_is_off_or_has_nothing_to_do_starts_no_run(
    make_runner: MakeRunner, database: Database
) -> None:
    make_runner(f"{HERE}.OFF").run_all(Stop())
    make_runner(f"{HERE}.IDLE").run_all(Stop())

    off, idle = job(database, "off"), job(database, "idle")
    assert off.state(now(database)) == "off"
    assert off.off == "set SOCORRO_CRON_NEVER"
    assert off.first_run is None
    assert idle.done_until
    assert idle.next_run == idle.done_until + timedelta(seconds=15)
    assert logged(database) == []


def test_a_job_that_cannot_even_ask_what_there_is_to_do_runs_and_fails(
    make_runner: MakeRunner, database: Database
) -> None:
    make_runner(f"{HERE}.BAD_QUESTION").run_all(Stop())

    assert job(database, "asks").errors == 1


def test_two_runners_at_once_do_each_slot_once(
    make_runner: MakeRunner, database: Database, dsn: str
) -> None:
    make_runner(f"{HERE}.NOTE")
    until = days_ago(database, "note", 4)
    second = Database(dsn, size=2)
    runners = [Runner(jobs.NOTE, CronConfig(), pool) for pool in (database, second)]
    threads = [threading.Thread(target=runner.run_all, args=[Stop()]) for runner in runners]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for runner in runners:
        runner.run_all(Stop())

    second.close()
    assert [row.slot for row in logged(database)] == [
        until + timedelta(days=number) for number in range(4)
    ]


def test_a_runner_that_is_killed_takes_its_run_along_and_the_slot_is_done_again(
    home: Path, make_runner: MakeRunner, database: Database
) -> None:
    runner = make_runner(f"{HERE}.HOLD")
    until = days_ago(database, "hold", 1)
    words = [sys.executable, "-m", "cli.main", "cron", "run"]
    first = subprocess.Popen(words, stderr=subprocess.PIPE)
    wait_for(lambda: (home / "holding").exists(), what="the run")
    running = job(database, "hold")
    assert running.state(now(database)) == "running"
    assert running.running_by

    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    wait_for(lambda: not job(database, "hold").is_locked, what="the end of the run")
    left_over = job(database, "hold")
    (home / "enough").touch()
    runner.run_all(Stop())

    assert left_over.running_by == running.running_by
    assert left_over.done_until == until
    assert [(row.slot, row.outcome) for row in logged(database)] == [
        (until, "killed"), (until, "done"),
    ]  # fmt: skip
    assert job(database, "hold").done_until == until + timedelta(days=1)
    assert worked(database) == [(until, jobs.STEPS)]


def test_what_somebody_does_by_hand_no_clock_does_meanwhile(
    home: Path, make_runner: MakeRunner, database: Database
) -> None:
    runner, waited = make_runner(f"{HERE}.HOLD"), []
    (home / "enough").touch()

    with queries.hold_jobs(database, ["hold"], waited.append), database.transaction() as db:
        runner.run_all(Stop())
        meanwhile = queries.log(db)
    wait_for(lambda: not job(database, "hold").is_locked, what="the lock")
    runner.run_all(Stop())

    assert waited == []
    assert meanwhile == []
    assert [row.outcome for row in logged(database)] == ["done"]


def test_by_hand_one_waits_for_a_run_of_the_clock(
    home: Path, make_runner: MakeRunner, database: Database
) -> None:
    runner, waited, done = make_runner(f"{HERE}.HOLD"), [], []
    thread = threading.Thread(target=runner.run_all, args=[Stop()])
    thread.start()
    wait_for(lambda: (home / "holding").exists(), what="the run")

    def let_it_end(name: str) -> None:
        waited.append(name)
        (home / "enough").touch()

    with queries.hold_jobs(database, ["hold"], let_it_end):
        done += [row.outcome for row in logged(database)]
    thread.join(30)

    assert waited == ["hold"]
    assert done == ["done"]


def test_the_jobs_that_are_done_by_hand_are_jobs_of_the_clock() -> None:
    assert set(queries.COUNTING) <= {job.name for job in JOBS}


def test_a_runner_that_is_stopped_gives_its_run_back_without_an_error(
    home: Path, make_runner: MakeRunner, database: Database
) -> None:
    runner, stop = make_runner(f"{HERE}.HOLD"), Stop()
    thread = threading.Thread(target=runner.run_until, args=[stop])
    thread.start()
    wait_for(lambda: (home / "holding").exists(), what="the run")

    stop.set()
    thread.join(30)
    runner.end()

    after = job(database, "hold")
    assert (after.errors, after.running_by, after.done_until) == (0, None, None)
    wait_for(lambda: not job(database, "hold").is_locked, what="the lock")


def test_a_late_child_whose_runner_is_gone_does_nothing(
    home: Path, make_runner: MakeRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runner(f"{HERE}.NOTE")
    [note] = jobs.NOTE
    arguments = (0, note, note.period.latest(NOON), "host:0:1", False, CronConfig())

    late = multiprocessing.get_context("fork").Process(target=child.begin, args=arguments)
    late.start()
    late.join(30)

    assert late.exitcode == child.FAILED
    assert logged(database) == []


@pytest.mark.parametrize(
    ("hours", "state_", "late"),
    [(0, "ok", 0), (1, "late", 3600 - 660), (25, "late", 25 * 3600 - 660)],
)
def test_how_late_a_job_is_counts_days_too(hours: int, state_: str, late: float) -> None:
    at = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    row = CronJob("bugs", limit_seconds=600, first_run=at, next_run=at)

    then = at + timedelta(hours=hours)

    assert row.state(then) == state_
    assert row.late_seconds(then) == late


@pytest.mark.parametrize(
    ("seconds", "state_"),
    [(60, "running"), (7260, "running"), (7261, "stuck"), (86400 + 60, "stuck")],
)
def test_a_run_that_should_have_ended_is_stuck_after_a_day_too(seconds: int, state_: str) -> None:
    began = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    row = CronJob(
        "bugs", running_since=began, running_by="host:1:1", is_locked=True,
        lease_until=began + timedelta(hours=2),
    )  # fmt: skip

    assert row.state(began + timedelta(seconds=seconds)) == state_
