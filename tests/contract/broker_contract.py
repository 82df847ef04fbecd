"""The contract of queues, kept by the one over RabbitMQ, and what only a broker can do to it.

No part of the ordinary tests: a broker takes as much processor time to start as all of these.
tests/ops/queue.py runs it.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

import pytest

from cli.local import rabbitmq
from socorro import jobs, metrics
from socorro.jobs import broker as brokers
from socorro.jobs.address import Address, parse
from socorro.jobs.broker import LEVELS
from socorro.jobs.dispatcher import Dispatcher
from socorro.jobs.interface import BrokerUnavailable
from socorro.jobs.rabbit_queue import RabbitQueue
from socorro.postgres import Database, Unavailable, execute, value
from tests import places
from tests.contract.queues import Worker, finish, listening, offer, settle, settle_by
from tests.contract.test_queue import *  # noqa: F403  (the contract)
from tests.contract.test_queue import reap
from tests.doctor.servers import certificate
from tests.moved import moves

AT_HAND = 8


@pytest.fixture(scope="session")
def server() -> Iterator[rabbitmq.Server]:
    """A real broker; who kills it starts it again."""
    folder = places.folder("rabbitmq")
    folder.mkdir(parents=True, exist_ok=True)
    with rabbitmq.running(folder, certificate(folder, 1)) as one:
        yield one
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broker(server: rabbitmq.Server) -> Address:
    """The broker, without queues."""
    where = parse(server.url, server.password_file)
    connection = brokers.connect(where)
    for level in LEVELS:
        connection.channel().queue_delete(level.queue)
    connection.close()
    return where


@contextmanager
def dispatching(dispatcher: Dispatcher) -> Iterator[None]:
    """Run the loop of the monitor for the length of a with block."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.05):
            with suppress(BrokerUnavailable, *Unavailable):
                dispatcher.dispatch()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(60)
        dispatcher.close()


def consuming(database: Database, broker: Address) -> AbstractContextManager[Worker]:
    """Another process of workers, without a monitor beside it."""
    return listening(RabbitQueue(database, broker, AT_HAND))


@pytest.fixture
def queue(database: Database, broker: Address) -> Iterator[RabbitQueue]:
    """The queue under test, with a monitor beside it."""
    with dispatching(Dispatcher(database, broker)):
        yield RabbitQueue(database, broker, AT_HAND)


@pytest.fixture(autouse=True)
def _settled(database: Database, broker: Address) -> Iterator[None]:
    """Tests of an order wait until all jobs have come to where they are claimed."""

    def settled() -> None:
        deadline = time.monotonic() + 30
        while _on_the_way(database, broker) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)

    with settle_by(settled):
        yield


def _on_the_way(database: Database, broker: Address) -> bool:
    with database.transaction() as db:
        if value(db, "SELECT count(*) FROM jobs WHERE state = 'waiting' AND not_before <= now()"):
            return True
    connection = brokers.connect(broker)
    try:
        channel = connection.channel()
        return any(brokers.waiting(channel, level) for level in LEVELS)
    finally:
        connection.close()


HANGS = """
import os, sys, threading, time
from pathlib import Path
from processor.bell import Bell
from socorro.jobs.address import parse
from socorro.jobs.rabbit_queue import RabbitQueue
from socorro.postgres import Database
from socorro.service import Stop

url, password, dsn, most = sys.argv[1:]
queue = RabbitQueue(Database(dsn), parse(url, Path(password)), 8)
threading.Thread(target=queue.listen, args=(lambda: None, Stop()), daemon=True).start()
claimed = []
while len(claimed) < int(most):
    claimed += queue.claim(f"child{len(claimed)}", 1, 1)
    time.sleep(0.02)
print("claimed", flush=True)
time.sleep(600)
"""


@contextmanager
def process(server: rabbitmq.Server, dsn: str, most: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process, which has claimed *most* jobs, for a second, and works on them for ever."""
    child = subprocess.Popen(
        [sys.executable, "-c", HANGS, server.url, str(server.password_file), dsn, str(most)],
        stdout=subprocess.PIPE, env=os.environ,
    )  # fmt: skip
    try:
        assert child.stdout
        assert child.stdout.readline() == b"claimed\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def test_the_jobs_of_a_killed_process_go_to_others_within_seconds(
    server: rabbitmq.Server, database: Database, queue: RabbitQueue, dsn: str
) -> None:
    ids = offer(database, 4)
    with process(server, dsn, most=1) as child, listening(queue) as worker:
        settle()
        os.kill(child.pid, signal.SIGKILL)
        began = time.monotonic()

        rest = worker.claim("me", 3)  # at once: the broker has noticed
        while not reap(database):
            time.sleep(0.05)
        [again] = worker.claim("me")

        assert time.monotonic() - began < 10
    assert sorted(job.crash_id for job in [*rest, again]) == sorted(ids)
    assert [job.attempts for job in rest] == [1, 1, 1]
    assert again.attempts == 2


def test_a_broker_that_is_killed_with_messages_out_loses_none(
    server: rabbitmq.Server, database: Database, queue: RabbitQueue
) -> None:
    ids = offer(database, 6)
    with listening(queue) as worker:
        held = worker.claim("me", 2)
        server.kill()
        offer_more = offer(database, 2)
        server.start()

        rest = worker.claim("you", 6)

        assert all(finish(database, job) for job in [*held, *rest])
        assert worker.claims_nothing(1)
    assert sorted(job.crash_id for job in [*held, *rest]) == sorted([*ids, *offer_more])
    assert {job.attempts for job in [*held, *rest]} == {1}
    with database.transaction() as db:
        assert jobs.depths(db) == []


def test_a_broker_that_lost_all_its_data_gets_every_job_again(
    server: rabbitmq.Server, database: Database, broker: Address
) -> None:
    ids = offer(database, 3)
    with dispatching(Dispatcher(database, broker)):
        wait_until(lambda: published(database) == 3)
    server.kill()
    server.lose()
    server.start()

    with dispatching(Dispatcher(database, broker)), consuming(database, broker) as worker:
        claimed = worker.claim("me", 3)

    assert sorted(job.crash_id for job in claimed) == sorted(ids)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def published(database: Database) -> int:
    with database.transaction() as db:
        count: int = value(db, "SELECT count(*) FROM jobs WHERE published_at IS NOT NULL")
        return count


def test_a_message_that_was_lost_without_a_word_is_published_again(
    database: Database, broker: Address
) -> None:
    [crash_id] = offer(database)
    dispatcher = Dispatcher(database, broker, again=1)
    dispatcher.dispatch()
    connection = brokers.connect(broker)
    connection.channel().queue_purge("socorro.normal")
    connection.close()

    with dispatching(dispatcher), consuming(database, broker) as worker:
        [job] = worker.claim()

    assert (job.crash_id, job.attempts) == (crash_id, 1)


def test_a_job_whose_message_comes_twice_is_claimed_once(
    database: Database, broker: Address
) -> None:
    offer(database)
    dispatcher = Dispatcher(database, broker)
    dispatcher.dispatch()
    with database.transaction() as db:
        execute(db, "UPDATE jobs SET not_before = now()")
    dispatcher.dispatch()
    dispatcher.close()

    with consuming(database, broker) as worker:
        [job] = worker.claim()
        assert worker.claims_nothing()
        worker.queue.fail(job, "walker broke", most=2)
        assert worker.claims_nothing()


def test_a_killed_dispatcher_leaves_a_job_that_is_published_later(
    database: Database, broker: Address
) -> None:
    offer(database)
    dead = Dispatcher(database, broker, again=1)
    dead.dispatch()  # makes the queues
    offer(database)

    class Killed(BaseException):
        pass

    def kill(*_: object, **_more: object) -> None:
        raise Killed

    dead._publish = kill  # between commit and broker
    with pytest.raises(Killed):
        dead.dispatch()

    with dispatching(Dispatcher(database, broker, again=1)), consuming(database, broker) as worker:
        assert len({job.crash_id for job in worker.claim(most=2)}) == 2


def test_a_worker_that_starts_before_the_queues_exist_waits_for_them_without_a_warning(
    database: Database, broker: Address, capfd: pytest.CaptureFixture[str]
) -> None:
    offer(database)
    with consuming(database, broker) as worker:
        assert worker.claims_nothing()
        with dispatching(Dispatcher(database, broker)):
            assert len(worker.claim()) == 1

    output = capfd.readouterr().out
    assert "waiting for the monitor to create the queues" in output
    assert "cannot receive jobs" not in output


def test_without_a_broker_jobs_wait_and_both_sides_say_so(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    nowhere = Address("127.0.0.1", 9)
    offer(database)
    dispatcher = Dispatcher(database, nowhere)

    with pytest.raises(BrokerUnavailable, match="message broker"):
        dispatcher.dispatch()
    with pytest.raises(BrokerUnavailable, match="message broker"):
        brokers.check(nowhere)
    with consuming(database, nowhere) as worker:
        assert worker.claims_nothing()

    assert "cannot receive jobs" in capfd.readouterr().out
    with database.transaction() as db:
        [depth] = jobs.depths(db)
    assert (depth.state, depth.jobs) == (jobs.JobState.WAITING, 1)
    assert published(database) == 0


def test_the_backlog_stays_in_postgres(database: Database, broker: Address) -> None:
    offer(database, 30)
    dispatcher = Dispatcher(database, broker, most=10)

    for _ in range(5):
        dispatcher.dispatch()

    dispatcher.close()
    assert published(database) == 10


def test_what_waits_in_the_broker_is_a_metric(database: Database, broker: Address) -> None:
    offer(database, 3)
    dispatcher = Dispatcher(database, broker)
    connection = brokers.connect(broker)

    with moves(metrics.broker_ready, to=3, queue="socorro.normal"):
        dispatcher.dispatch()
        wait_until(lambda: brokers.waiting(connection.channel(), LEVELS[1]) == 3)
        dispatcher.dispatch()

    connection.close()
    dispatcher.close()


@pytest.mark.parametrize("is_trusted", [True, False])
def test_over_tls_the_broker_is_used_if_its_certificate_is_right(
    server: rabbitmq.Server,
    broker: Address,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    is_trusted: bool,
) -> None:
    assert server.tls
    secure = replace(broker, host="localhost", port=server.tls.port, is_secure=True)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.tls.certificate))
        with dispatching(Dispatcher(database, secure)), consuming(database, secure) as worker:
            offer(database)
            worker.claim()
    else:
        with pytest.raises(BrokerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            brokers.check(secure)


def test_a_message_that_is_no_crash_id_does_no_harm(database: Database, broker: Address) -> None:
    with dispatching(Dispatcher(database, broker)):
        offer(database)
        wait_until(lambda: published(database) == 1)
        connection = brokers.connect(broker)
        connection.channel().basic_publish("", "socorro.viewed", b"\xff'; DROP TABLE jobs")
        connection.close()

        with consuming(database, broker) as worker:
            worker.claim()


@pytest.mark.parametrize(
    "refused",
    [
        lambda where: Address(where.host, where.port, user="nobody", password="wrong"),
        lambda where: Address(where.host, where.port, "/nowhere", where.user, where.password),
    ],
)
def test_a_broker_that_refuses_us_says_why(
    broker: Address, refused: Callable[[Address], Address]
) -> None:
    with pytest.raises(BrokerUnavailable) as error:
        brokers.check(refused(broker))

    assert "ACCESS_REFUSED" in str(error.value) or "NOT_ALLOWED" in str(error.value)
    assert broker.password not in repr(broker)
