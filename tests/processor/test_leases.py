"""Leases are short and renewed: what a killed processor held comes back within seconds."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from monitor.reaper import Reaper
from processor.config import ProcessorConfig
from processor.leases import Leases
from processor.worker import Context, Worker
from socorro import jobs
from socorro.crash import RawCrash
from socorro.jobs import Job
from socorro.postgres import Database, execute
from socorro.roles import ROLES
from tests.builders import make_crash
from tests.processor.conftest import RUST, running, sleeper
from tests.processor.test_worker import every, one

Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]
Fake = Callable[..., str]

PROCESSOR = """
import sys
from processor.app import work
from processor.config import ProcessorConfig
from socorro.config import SharedConfig

database, store, walker, seconds, program = sys.argv[1:]
config = ProcessorConfig(
    walker=walker, index_walker="", threads=1, alive_seconds=float(seconds), walker_reads=[program]
)
work(SharedConfig(database=database, store=store), config, 0)
"""


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def processor(context: Context, dsn: str, walker: str, seconds: float) -> Iterator[int]:
    """A real processor in a process of its own; yield its number."""
    store = f"file://{context.store._root}"
    ours = make_dsn(dsn, user=ROLES["processor"])
    command = [sys.executable, "-c", PROCESSOR, ours, store, walker, str(seconds), RUST]
    process = subprocess.Popen(
        command, env={**os.environ, "SOCORRO_HOME": str(Path(walker).parent)}
    )
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def state(database: Database) -> list[tuple[object, ...]]:
    return every(database, "SELECT state, attempts FROM jobs")


def is_overdue(database: Database) -> bool:
    return one(database, "SELECT lease_until < now() FROM jobs") == (True,)


def test_the_jobs_of_a_killed_processor_are_claimed_by_another_within_ten_seconds(
    context: Context, submit: Submit, fake: Fake, dsn: str
) -> None:
    raw = submit()
    seconds = ProcessorConfig().alive_seconds
    with processor(context, dsn, fake("exec sleep 600"), seconds) as pid:
        wait_for(lambda: state(context.database) == [("running", 1)])
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()

        claimed: list[Job] = []
        while not claimed and time.monotonic() < began + 60:
            Reaper(context.database, attempts=5).reap()
            with context.database.transaction() as db:
                claimed = jobs.claim(db, "other", 1, 60)
            time.sleep(0.1)

    assert time.monotonic() - began < 10
    assert [(job.crash_id, job.attempts) for job in claimed] == [(raw.crash_id, 2)]


def test_a_walk_longer_than_a_lease_keeps_its_job(
    context: Context, submit: Submit, fake: Fake, dsn: str
) -> None:
    submit()
    with processor(context, dsn, fake(f'sleep 3; exec {RUST} "$@"'), 1):
        wait_for(lambda: state(context.database) == [("running", 1)])

        while every(context.database, "SELECT FROM jobs"):
            assert not Reaper(context.database, attempts=5).reap()
            time.sleep(0.1)

    assert one(context.database, "SELECT count(*) FROM reports") == (1,)


def test_a_processor_that_was_stopped_and_wakes_later_changes_nothing(
    context: Context, submit: Submit, work: Work, fake: Fake, dsn: str
) -> None:
    submit()
    command = sleeper().replace("600", "2")
    with processor(context, dsn, fake(f'{command}; exec {RUST} "$@"'), 1) as pid:
        wait_for(lambda: running(command))
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: Reaper(context.database, attempts=5).reap())
        work(name="other")
        with context.database.transaction() as db:
            execute(db, "UPDATE reports SET signature = 'made by the other one'")
            jobs.offer(db, [make_crash().crash_id])  # the late one claims it when it is free again

        os.kill(pid, signal.SIGCONT)
        wait_for(lambda: state(context.database) == [("failed", 1)])  # the store lacks it

    assert every(context.database, "SELECT signature FROM reports") == [("made by the other one",)]


def claim(database: Database, seconds: float = 60) -> list[Job]:
    with database.transaction() as db:
        return jobs.claim(db, "me", 10, seconds)


def test_only_jobs_that_are_still_ours_are_renewed(context: Context, submit: Submit) -> None:
    submit()
    [lost] = claim(context.database, -1)
    Reaper(context.database, attempts=5).reap()
    submit()
    ours = claim(context.database, -1)  # the first one again: another attempt
    leases = Leases(context.queue, 8, 600)

    with leases.renewing([lost]):
        assert leases.renew() == 0
    with leases.renewing(ours):
        assert leases.renew() == 2
    assert leases.renew() == 0
    assert not Reaper(context.database, attempts=5).reap()


@pytest.mark.parametrize(("seconds", "renewed"), [(599.9, 1), (600, 0)])
def test_a_job_is_renewed_no_longer_than_the_longest_lease(
    context: Context, submit: Submit, seconds: float, renewed: int
) -> None:
    submit()
    claimed, now = claim(context.database), [100.0]
    leases = Leases(context.queue, 8, 600, clock=lambda: now[0])

    with leases.renewing(claimed):
        now[0] += seconds

        assert leases.renew() == renewed


def test_a_job_that_is_being_saved_does_not_hold_up_the_others(
    context: Context, submit: Submit
) -> None:
    raw = submit()
    submit()
    claimed = claim(context.database)
    leases = Leases(context.queue, 8, 600)

    with context.database.transaction() as db, leases.renewing(claimed):
        execute(db, "SELECT FROM jobs WHERE crash_id = %(id)s FOR UPDATE", id=raw.crash_id)

        assert leases.renew() == 1


def test_a_worker_has_its_jobs_renewed_while_it_works(context: Context, submit: Submit) -> None:
    submit()
    renewed = []

    class Renewing:
        def save(self, *_: object) -> bool:
            renewed.append(context.leases.renew())
            return True

    Worker(context._replace(saver=Renewing()), "me").process_jobs(claim(context.database))

    assert renewed == [1]
    assert context.leases.renew() == 0


def test_an_outage_of_postgres_does_not_end_renewals(context: Context, submit: Submit) -> None:
    submit()
    leases, ended = Leases(context.queue, 1, 600), threading.Event()
    claimed = claim(context.database, 60)
    with leases.renewing(claimed):
        thread = threading.Thread(target=leases.run, args=(ended,), daemon=True)
        thread.start()
        with context.database.transaction() as db:
            execute(
                db,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            execute(db, "UPDATE jobs SET lease_until = now() - interval '1 second'")

        wait_for(lambda: not is_overdue(context.database))
        ended.set()
        thread.join(60)
    assert not thread.is_alive()
