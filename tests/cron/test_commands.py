"""`socorro cron list|run|log|reset` as a person, a script and Nagios meet them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from cron import alarm
from cron.alarm import CRITICAL, OK, WARNING
from socorro.postgres import Database
from socorro.queries.cron import CronJob
from tests.cron import jobs
from tests.cron.asking import ask

Cron = Callable[..., Result]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def cron(home: Path, monkeypatch: pytest.MonkeyPatch) -> Cron:
    """Run `socorro cron WORDS…` with a table of jobs of tests.cron.jobs."""

    def call(table: str, *words: str) -> Result:
        monkeypatch.setenv("SOCORRO_CRON_JOBS", f"{jobs.__name__}.{table}")
        return CliRunner().invoke(main, ["cron", *words])

    return call


def test_a_fresh_database_lists_all_jobs_as_never_run(cron: Cron) -> None:
    listed = cron("FAIL", "list")
    checked = cron("FAIL", "list", "--check")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["job", "fail", "after"]
    assert "never ran: is cron running?" in listed.stdout
    assert checked.exit_code == WARNING
    assert checked.stdout == "WARNING - fail never ran; after never ran\n"


def test_what_is_broken_and_who_waits_for_it_is_told_everywhere(
    cron: Cron, database: Database
) -> None:
    ran = cron("FAIL", "run")
    listed, checked = cron("FAIL", "list"), cron("FAIL", "list", "--check")
    jobs = {row["job"]: row for row in json.loads(cron("FAIL", "list", "--json").stdout)}
    log = cron("FAIL", "log", "--job", "fail")
    refused = cron("FAIL", "run", "--job", "after")

    assert ran.exit_code == 1
    assert "broken 1 time," in listed.stdout
    assert "JobFailed: the source does not answer" in listed.stdout
    assert checked.exit_code == WARNING
    assert "fail failed once (JobFailed: the source does not answer)" in checked.stdout
    assert jobs["fail"]["state"] == "broken"
    assert jobs["fail"]["errors"] == 1
    assert "failed" in log.stdout
    assert refused.exit_code == 1
    assert refused.stderr == "Error: after waits for fail (see --force)\n"


def test_a_job_runs_by_force_for_a_day_and_again_after_a_reset(
    cron: Cron, database: Database
) -> None:
    today = ask(database, "SELECT now()")[0][0].date()

    first = cron("NOTE", "run", "--job", "note")
    early = cron("NOTE", "run", "--job", "note")
    forced = cron("NOTE", "run", "--job", "note", "--force")
    of_day = cron("NOTE", "run", "--job", "note", "--day", str(today - timedelta(days=9)))
    cron("NOTE", "reset", "--job", "note", "--since", str(today - timedelta(days=3)))
    cron("NOTE", "run")

    assert (first.exit_code, forced.exit_code, of_day.exit_code) == (0, 0, 0)
    assert early.exit_code == 1
    assert "note is not due before" in early.stderr
    slots = ask(database, "SELECT (slot AT TIME ZONE 'UTC')::date FROM cron_log ORDER BY id")
    ages = [(today - day).days for (day,) in slots]
    assert ages == [1, 1, 9, 3, 2, 1]


def test_an_old_day_that_is_run_again_does_not_hide_missed_ones(
    cron: Cron, database: Database
) -> None:
    cron("NOTE", "run")
    ask(database, "UPDATE cron_jobs SET done_until = done_until - interval '4 days'")
    before = ask(database, "SELECT done_until FROM cron_jobs")
    yesterday = ask(database, "SELECT (now() AT TIME ZONE 'UTC')::date - 1")[0][0]

    cron("NOTE", "run", "--job", "note", "--day", str(yesterday))

    assert ask(database, "SELECT done_until FROM cron_jobs") == before


@pytest.mark.parametrize(
    ("table", "words", "message"),
    [
        ("OFF", ("run", "--job", "off"), "off is off: set SOCORRO_CRON_NEVER"),
        ("OFF", ("run", "--job", "bugs"), "'bugs' is not a job (see `socorro cron list`)"),
        ("OFF", ("run", "--force"), "--force and --day need a --job"),
        ("NOTHING", ("list",), "SOCORRO_CRON_JOBS: jobs 'tests.cron.jobs.NOTHING'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    cron: Cron, table: str, words: tuple[str, ...], message: str
) -> None:
    result = cron(table, *words)

    assert result.exit_code != 0
    assert message in result.stderr


def test_nagios_is_told_when_postgres_is_away(cron: Cron, home: Path) -> None:
    (home / "running.toml").write_text('database = "host=127.0.0.1 port=9 dbname=x"\n')

    result = cron("OFF", "list", "--check")

    assert result.exit_code == 3
    assert result.stdout.startswith("UNKNOWN - Postgres does not answer: ")


WELL = CronJob("bugs", limit_seconds=60, first_run=NOON, next_run=NOON)


@pytest.mark.parametrize(
    ("row", "code", "text"),
    [
        (WELL, OK, "OK - 1 job healthy"),
        (WELL._replace(off="set X", errors=9), OK, "OK - 0 jobs healthy"),
        (WELL._replace(errors=2, last_error="x", last_error_type="E"), WARNING, "failed 2 times"),
        (WELL._replace(errors=3, last_error="x", last_error_type="E"), CRITICAL, "(E: x)"),
        (WELL._replace(next_run=NOON - timedelta(minutes=3)), WARNING, "is 60 s late"),
        (WELL._replace(next_run=NOON - timedelta(days=2)), CRITICAL, "is 172680 s late"),
        (
            WELL._replace(next_run=NOON - timedelta(minutes=3), waits_for="adi"),
            WARNING,
            "is waiting for adi",
        ),
        (WELL._replace(done_until=NOON + timedelta(days=1)), WARNING, "bugs ahead"),
        (
            WELL._replace(done_until=NOON + timedelta(days=1), next_run=NOON + timedelta(days=2)),
            WARNING,
            "bugs ahead",
        ),
        (
            WELL._replace(
                done_until=NOON + timedelta(days=1, seconds=1),
                next_run=NOON + timedelta(days=2),
            ),
            CRITICAL,
            "bugs ahead",
        ),
        (
            WELL._replace(running_by="a:1:1", is_locked=True, lease_until=NOON - timedelta(days=1)),
            CRITICAL,
            "bugs stuck",
        ),
        (
            WELL._replace(running_by="a:1:1", is_locked=False, lease_until=NOON - timedelta(1)),
            OK,
            "OK",  # its runner is dead, and nobody holds the lock: it is done again
        ),
    ],
)
def test_one_line_and_an_exit_code_tell_how_bad_it_is(row: CronJob, code: int, text: str) -> None:
    status = alarm.check([row], NOON)

    assert status.code == code
    assert text in status.text
