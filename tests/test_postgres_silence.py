"""A Postgres that hangs: statements and heartbeats end in time; one that is busy does not hang."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg2 import extensions

from socorro import postgres_silence
from socorro.postgres import Database, Unavailable, value
from socorro.serving.deadline import DEADLINE_SECONDS
from socorro.serving.health import not_found, with_health
from tests.conftest import SparePostgres
from tests.wsgi import ask

PATIENCE = 0.3  # seconds


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All connections give up on a server that is silent for PATIENCE."""
    monkeypatch.setattr(postgres_silence, "PATIENCE_SECONDS", PATIENCE)
    postgres_silence.give_up_on_silence()
    yield
    extensions.set_wait_callback(None)


def seconds_of(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("idle", [True, False], ids=["session", "new connection"])
def test_a_statement_gives_up_on_a_server_that_hangs_and_the_next_works(
    spare_postgres: SparePostgres, idle: bool
) -> None:
    database = Database(spare_postgres.dsn, size=1)
    if idle:
        database.check()

    def fails() -> None:
        with pytest.raises(Unavailable, match="does not answer"):
            database.check()

    with spare_postgres.hanging():
        seconds = seconds_of(fails)

    assert PATIENCE <= seconds < 10 * PATIENCE
    database.check()
    database.close()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_busy_is_waited_for(spare_postgres: SparePostgres) -> None:
    database = Database(spare_postgres.dsn)

    with database.transaction() as db:
        seconds = seconds_of(lambda: value(db, "SELECT pg_sleep(1)"))

    assert seconds >= 1 > 3 * PATIENCE
    database.close()


def test_a_server_is_asked_by_its_unix_socket_too(tmp_path: Path) -> None:
    assert not postgres_silence._answers(str(tmp_path), 5432)

    with unix_server(tmp_path / ".s.PGSQL.5432"):
        assert postgres_silence._answers(str(tmp_path), 5432)


@contextmanager
def unix_server(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            with listener.accept()[0] as client:
                assert client.recv(8) == bytes.fromhex("0000000804d2162f")
                client.sendall(b"N")

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join()


def test_a_heartbeat_says_503_in_time_and_asks_a_hanging_server_once(
    spare_postgres: SparePostgres,
) -> None:
    database = Database(spare_postgres.dsn, size=8)
    app = with_health(not_found, {"database": database.check, "disk": lambda: None})
    assert ask(app, "/__heartbeat__").status == 200
    threads = threading.active_count()

    with spare_postgres.hanging():
        times, answers = [], []
        for _ in range(3):
            times.append(seconds_of(lambda: answers.append(ask(app, "/__heartbeat__"))))
        waiting = threading.active_count() - threads

    assert [answer.status for answer in answers] == [503] * 3
    assert answers[0].json() == {"errors": [{"name": "database", "msg": "NoAnswer"}]}
    assert DEADLINE_SECONDS <= times[0] < 2
    assert max(times[1:]) < DEADLINE_SECONDS / 2  # overdue already: nobody waits again
    assert waiting == 1
    assert wait_for(lambda: ask(app, "/__heartbeat__").status == 200)
    database.close()


def test_a_machine_that_is_gone_is_noticed_within_half_a_minute(database: Database) -> None:
    with database.transaction() as db, socket.socket(fileno=os.dup(db.fileno())) as link:
        options = [
            link.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        ]
        user_timeout = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert options == [10, 5, 4]
    assert user_timeout == 30_000


def test_requests_that_come_during_a_check_share_its_run() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    answers: list[int] = []

    def check() -> None:
        begun.release()
        go_on.wait(10)

    app = with_health(not_found, {"slow": check})
    threads = [
        threading.Thread(target=lambda: answers.append(ask(app, "/__heartbeat__").status))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    begun.acquire(timeout=10)
    time.sleep(DEADLINE_SECONDS / 5)
    go_on.set()
    for thread in threads:
        thread.join()

    assert answers == [200] * 5
    assert not begun.acquire(blocking=False)


def test_checks_run_side_by_side() -> None:
    naps = {str(number): lambda: time.sleep(DEADLINE_SECONDS / 3) for number in range(6)}
    app = with_health(not_found, naps)

    assert ask(app, "/__heartbeat__").status == 200


def wait_for(ready: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.05)
    return False
