"""`socorro process`: ahead of others, again when need be."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from processor.ruleset import RULESETS
from socorro import jobs
from socorro.crash import RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.spool.spool import Spool
from tests.builders import make_crash
from tests.crashmover.spooled import DUMPS, spooled

Run = Callable[..., Result]


@pytest.fixture
def raw(store: CrashStore, settings: Path) -> RawCrash:
    raw = make_crash(dumps=DUMPS, deferred=True)
    store.put_raw(raw, DUMPS)
    return raw


@pytest.fixture
def worker(database: Database) -> Iterator[list[jobs.Job]]:
    """Does what a processor does with every job, until the test is over."""
    done: list[jobs.Job] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            with database.transaction() as db:
                for job in jobs.claim(db, "me", 10, 60):
                    if "fail" in job.ruleset:
                        raise AssertionError
                    done.append(job)
                    _report(db, job)

    thread = threading.Thread(target=work)
    thread.start()
    yield done
    stop.set()
    thread.join()


def _report(db: object, job: jobs.Job) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    execute(db, "SELECT make_partitions(%(noon)s, %(noon)s)", noon=noon)
    execute(
        db,
        "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
        " success, status) VALUES (%(id)s, %(noon)s, now(), now(), 'boom | main', true, 'OK')"
        " ON CONFLICT (crash_id, submitted_at) DO UPDATE SET completed_at = now()",
        id=job.crash_id,
        noon=noon,
    )
    execute(db, "DELETE FROM jobs WHERE crash_id = %(id)s", id=job.crash_id)


def test_a_deferred_crash_gets_its_report_and_the_command_tells_its_page(
    run: Run, raw: RawCrash, worker: list[jobs.Job]
) -> None:
    result = run("process", f"bp-{raw.crash_id}")

    assert result.exit_code == 0, result.output
    assert result.stdout == (
        f"{raw.crash_id}  boom | main  http://127.0.0.1:8884/report/index/{raw.crash_id}\n"
    )
    assert [job.priority for job in worker] == [jobs.VIEWED]


def test_a_processed_crash_is_processed_again(
    run: Run, raw: RawCrash, worker: list[jobs.Job]
) -> None:
    run("process", raw.crash_id)

    result = run("process", raw.crash_id)

    assert result.exit_code == 0
    assert len(worker) == 2


def test_without_waiting_the_crash_is_only_queued(
    run: Run, raw: RawCrash, database: Database
) -> None:
    result = run("process", "--no-wait", raw.crash_id, raw.crash_id.upper())

    with database.transaction() as db:
        state = jobs.find(db, raw.crash_id)
    assert result.exit_code == 0
    assert "1 crash queued" in result.output
    assert state is not None
    assert state.priority == jobs.VIEWED


def test_the_rules_may_be_chosen(run: Run, raw: RawCrash, worker: list[jobs.Job]) -> None:
    result = run("process", "--ruleset", "regenerate_signature", raw.crash_id)

    assert result.exit_code == 0, result.output
    assert [job.ruleset for job in worker] == ["regenerate_signature"]


def test_rules_that_do_not_exist_are_refused(run: Run, raw: RawCrash) -> None:
    result = run("process", "--ruleset", "nonsense", raw.crash_id)

    assert result.exit_code == 2
    assert all(f"'{name}'" in result.output for name in RULESETS)


def test_a_crash_that_fails_is_told_with_the_reason(
    run: Run, raw: RawCrash, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_seconds: float) -> None:
        with database.transaction() as db:
            for job in jobs.claim(db, "me", 10, 60):
                jobs.fail(db, job, "the walker broke", most=1)

    monkeypatch.setattr("cli.commands.process.time.sleep", fail)

    result = run("process", raw.crash_id)

    assert result.exit_code == 1
    assert f"{raw.crash_id}  failed: the walker broke" in result.output


def test_when_no_processor_runs_it_says_so(run: Run, raw: RawCrash) -> None:
    result = run("process", "--timeout", "0", raw.crash_id)

    assert result.exit_code == 1
    assert "is a processor running?" in result.output


def test_an_unknown_crash_is_no_job(run: Run, raw: RawCrash, database: Database) -> None:
    unknown = make_crash().crash_id

    result = run("process", raw.crash_id, unknown)

    assert result.exit_code == 1
    assert f"{unknown} is not in the crash store (unknown id)" in result.output
    with database.transaction() as db:
        assert jobs.find(db, raw.crash_id) is None


def test_a_crash_that_is_still_spooled_is_told(run: Run, spool: Spool, settings: Path) -> None:
    raw = spooled(spool)

    result = run("process", raw.crash_id)

    assert "still in the spool" in result.output


def test_what_is_no_crash_id_is_refused(run: Run, settings: Path) -> None:
    result = run("process", "bp-nonsense")

    assert result.exit_code == 2
    assert "'bp-nonsense': not a crash id" in result.output
