"""An outage of Postgres ends no lease: nobody could renew it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.reaper import GRACE_SECONDS, OUTAGE_SECONDS, Reaper
from socorro import jobs
from socorro.jobs import JobState
from socorro.postgres import Connection, Database, Unavailable, execute, value
from tests.builders import make_crash

PERIOD = 1.0


class Clock:
    """A clock that goes when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reaper(database: Database, clock: Clock) -> Reaper:
    return Reaper(database, 5, PERIOD, clock)


def claim(database: Database, lease_seconds: float) -> None:
    crash_id = make_crash().crash_id
    with database.transaction() as db:
        jobs.offer(db, [crash_id])
        [_] = jobs.claim(db, "holder", 1, lease_seconds)


def job(database: Database) -> tuple[JobState, int]:
    with database.transaction() as db:
        crash_id = value(db, "SELECT crash_id FROM jobs")
        status = jobs.find(db, crash_id)
    assert status
    return status.state, status.attempts


def lease(database: Database) -> float:
    with database.transaction() as db:
        return float(value(db, "SELECT extract(epoch FROM lease_until - now()) FROM jobs"))


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (PERIOD, JobState.WAITING),
        (PERIOD + OUTAGE_SECONDS, JobState.WAITING),
        (PERIOD + OUTAGE_SECONDS + 0.01, JobState.RUNNING),
        (3600, JobState.RUNNING),
    ],
)
def test_a_lease_that_ran_out_is_ended_unless_postgres_was_away(
    database: Database, reaper: Reaper, clock: Clock, seconds: float, state: JobState
) -> None:
    claim(database, -1)

    clock.now += seconds
    ended = reaper.reap()

    assert ended is (state is JobState.WAITING)
    assert job(database) == (state, 1)


def test_after_an_outage_leases_get_grace_and_are_ended_when_it_is_over(
    database: Database, reaper: Reaper, clock: Clock
) -> None:
    claim(database, -1)
    clock.now += 60
    reaper.reap()

    assert GRACE_SECONDS - 5 < lease(database) <= GRACE_SECONDS
    assert not reaper.reap()
    with database.transaction() as db:
        jobs.extend(db, -1)  # changes nothing: it never shortens
        assert value(db, "UPDATE jobs SET lease_until = now() - interval '1s' RETURNING true")
    assert reaper.reap()
    assert job(database) == (JobState.WAITING, 1)


def test_a_longer_lease_is_not_shortened_by_grace(
    database: Database, reaper: Reaper, clock: Clock
) -> None:
    claim(database, 600)

    clock.now += 60
    reaper.reap()

    assert lease(database) > 500


def test_looks_that_fail_are_no_answers(
    database: Database, reaper: Reaper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def away(_: Database) -> Iterator[Connection]:
        raise Unavailable[0]
        yield

    claim(database, -1)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "transaction", away)
        for _ in range(5):
            clock.now += PERIOD
            with pytest.raises(Unavailable):
                reaper.reap()

    assert not reaper.reap()
    assert job(database) == (JobState.RUNNING, 1)


def test_a_lease_that_runs_out_while_a_look_hangs_is_not_ended_by_it(database: Database) -> None:
    def hangs() -> float:
        """Postgres stands still for a moment after the reaper's transaction began."""
        time.sleep(0.6)
        return 0.0

    reaper = Reaper(database, 5, PERIOD, hangs)
    claim(database, 0.4)

    assert not reaper.reap()
    assert reaper.reap()


def test_an_outage_in_the_middle_of_a_look_is_one(
    database: Database, reaper: Reaper, clock: Clock
) -> None:
    claim(database, 60)
    looking = threading.Thread(target=reaper.reap)
    with database.transaction() as db:
        execute(db, "LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        looking.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'jobs'::regclass"
        while not value(db, waiting):
            time.sleep(0.01)
        execute(db, "UPDATE jobs SET lease_until = now() + interval '0.1 seconds'")
        clock.now += PERIOD + OUTAGE_SECONDS + 1
    looking.join()
    time.sleep(0.2)

    assert not reaper.reap()
    assert job(database) == (JobState.RUNNING, 1)
