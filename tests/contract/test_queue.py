"""One contract, every queue: at least once, by priority, one holder."""

from collections.abc import Iterator

import pytest

from socorro import jobs
from socorro.jobs import JobState, LeaseLost
from socorro.jobs.interface import Queue
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database, execute
from tests.contract.queues import COME_SECONDS, Worker, finish, listening, offer, settle


@pytest.fixture
def queue(database: Database) -> Queue:
    """The queue under test, empty."""
    return PostgresQueue(database)


@pytest.fixture
def worker(queue: Queue) -> Iterator[Worker]:
    with listening(queue) as one:
        yield one


def reap(database: Database, most: int = 5) -> list[tuple[str, str]]:
    with database.transaction() as db:
        return [(str(job.crash_id), job.state.value) for job in jobs.reap(db, most)]


def test_every_job_is_claimed_once(database: Database, worker: Worker) -> None:
    ids = offer(database, 5)

    claimed = [*worker.claim("me", 2), *worker.claim("you", 3)]

    assert sorted(job.crash_id for job in claimed) == sorted(ids)
    assert {(job.holder, job.attempts) for job in claimed} == {("me", 1), ("you", 1)}
    assert worker.claims_nothing()


def test_a_worker_that_waits_is_woken(database: Database, worker: Worker) -> None:
    assert worker.claims_nothing()
    seen = worker.bell.rings

    offer(database)
    worker.bell.wait(seen, COME_SECONDS)

    assert worker.bell.rings > seen
    worker.claim()


def test_a_crash_offered_twice_is_claimed_once(database: Database, worker: Worker) -> None:
    [crash_id] = offer(database)
    with database.transaction() as db:
        assert jobs.offer(db, [crash_id]) == 0

    worker.claim()
    with database.transaction() as db:
        assert jobs.offer(db, [crash_id]) == 0

    assert worker.claims_nothing()


def test_what_is_viewed_goes_first_and_what_is_reprocessed_last(
    database: Database, worker: Worker
) -> None:
    [low] = offer(database, priority=jobs.LOW)
    [first, second] = offer(database, 2)
    [viewed] = offer(database, priority=jobs.VIEWED)
    settle()

    claimed = [worker.claim()[0].crash_id for _ in range(4)]

    assert (claimed[0], sorted(claimed[1:3]), claimed[3]) == (viewed, sorted([first, second]), low)


def test_a_waiting_job_that_is_viewed_passes_those_before_it(
    database: Database, worker: Worker
) -> None:
    *_, last = offer(database, 4)
    settle()
    with database.transaction() as db:
        assert jobs.offer(db, [last], priority=jobs.VIEWED) == 1
    settle()

    [job] = worker.claim()

    assert job.crash_id == last
    assert len(worker.claim(most=3)) == 3
    assert worker.claims_nothing()


def test_a_job_given_back_has_lost_no_attempt(database: Database, worker: Worker) -> None:
    offer(database)
    [job] = worker.claim("me")

    worker.queue.give_back(job)

    [again] = worker.claim("you")
    assert (again.crash_id, again.attempts) == (job.crash_id, 1)


def test_a_job_given_back_with_a_pause_comes_after_it(database: Database, worker: Worker) -> None:
    offer(database)
    [job] = worker.claim()

    worker.queue.give_back(job, wait_seconds=600)

    assert worker.claims_nothing()
    with database.transaction() as db:
        execute(db, "UPDATE jobs SET not_before = now()")
    worker.claim()


def test_a_failed_attempt_waits_before_the_next(database: Database, worker: Worker) -> None:
    offer(database)
    [job] = worker.claim()

    assert worker.queue.fail(job, "walker broke", most=2) is JobState.WAITING

    assert worker.claims_nothing()
    with database.transaction() as db:
        execute(db, "UPDATE jobs SET not_before = now()")
    [again] = worker.claim()
    assert again.attempts == 2
    assert worker.queue.fail(again, "walker broke", most=2) is JobState.FAILED
    assert worker.claims_nothing()


def test_a_job_that_failed_for_good_is_claimed_when_it_is_reprocessed(
    database: Database, worker: Worker
) -> None:
    [crash_id] = offer(database)
    [job] = worker.claim()
    assert worker.queue.fail(job, "damaged", most=5, for_good=True) is JobState.FAILED
    assert worker.claims_nothing()

    with database.transaction() as db:
        jobs.offer(db, [crash_id], reprocess=True)

    [again] = worker.claim()
    assert (again.crash_id, again.attempts) == (crash_id, 1)


def test_a_job_whose_lease_ran_out_is_claimed_by_another(
    database: Database, worker: Worker
) -> None:
    [crash_id] = offer(database)
    worker.claim("dead", lease=-1)

    assert reap(database) == [(crash_id, "waiting")]

    [job] = worker.claim("alive")
    assert (job.crash_id, job.holder, job.attempts) == (crash_id, "alive", 2)


def test_a_job_that_kills_its_workers_is_set_aside(database: Database, worker: Worker) -> None:
    [crash_id] = offer(database)

    for state in ("waiting", "failed"):
        worker.claim("doomed", lease=-1)
        assert reap(database, most=2) == [(crash_id, state)]

    assert worker.claims_nothing()


def test_a_renewed_lease_does_not_run_out(database: Database, worker: Worker) -> None:
    offer(database)
    held = worker.claim(lease=-1)

    assert worker.queue.renew(held, 60) == 1

    assert reap(database) == []


def test_who_lost_a_job_changes_nothing(database: Database, worker: Worker) -> None:
    offer(database)
    [late] = worker.claim("me", lease=-1)
    reap(database)
    [job] = worker.claim("me")  # the same name: the attempt tells them apart

    assert worker.queue.renew([late], 600) == 0
    with pytest.raises(LeaseLost):
        worker.queue.give_back(late)
    with pytest.raises(LeaseLost):
        worker.queue.fail(late, "late", most=1)
    assert not finish(database, late)

    assert finish(database, job)
    assert worker.claims_nothing()
