"""Postgres hangs for longer than a lease while a crash is processed: its attempt does not count."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from psycopg2.extensions import make_dsn

from monitor.reaper import Reaper
from processor.worker import Context
from socorro import jobs
from socorro.crash import RawCrash
from socorro.migrate import migrate
from socorro.roles import OWNER
from tests.conftest import SparePostgres, admin
from tests.faults import processes
from tests.processor.conftest import RUST
from tests.processor.test_leases import processor, state, wait_for
from tests.processor.test_worker import every, one

LEASE_SECONDS = 2.0
AWAY_SECONDS = 5.0
OF_PROCESSOR = "SELECT pid FROM pg_stat_activity WHERE application_name = 'processor'"


@pytest.fixture
def dsn(spare_postgres: SparePostgres) -> Iterator[str]:
    """A migrated database on a server that may be stopped."""
    name = f"test_{secrets.token_hex(6)}"
    admin(spare_postgres.dsn, f"CREATE DATABASE {name} OWNER {OWNER}")
    dsn = make_dsn(spare_postgres.dsn, dbname=name)
    migrate(make_dsn(dsn, user=OWNER))
    yield dsn
    admin(spare_postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_crash_in_work_keeps_its_job_and_its_attempt_while_postgres_hangs(
    context: Context,
    submit: Callable[..., RawCrash],
    fake: Callable[..., str],
    dsn: str,
    spare_postgres: SparePostgres,
) -> None:
    submit()
    ended = threading.Event()
    reaper = Reaper(context.database, attempts=5, period=0.1)
    reaped: list[bool] = []

    def reap() -> None:
        while not ended.wait(0.1):
            reaped.append(reaper.reap())

    thread = threading.Thread(target=reap)
    with processor(context, dsn, fake(f'sleep 8; exec {RUST} "$@"'), LEASE_SECONDS):
        wait_for(lambda: state(context.database) == [("running", 1)])
        thread.start()
        time.sleep(0.5)
        backends = {pid for (pid,) in every(context.database, OF_PROCESSOR)}
        others = [pid for pid in processes.family(spare_postgres.pid) if pid not in backends]
        with processes.stopped(list(backends)):  # back a little later than the reaper
            with processes.stopped(others):
                time.sleep(AWAY_SECONDS)
            time.sleep(1)

        wait_for(lambda: one(context.database, "SELECT count(*) FROM reports") == (1,))
        ended.set()
        thread.join()

    assert not any(reaped)
    assert not jobs_left(context)


def jobs_left(context: Context) -> list[jobs.Depth]:
    with context.database.transaction() as db:
        return jobs.depths(db)
