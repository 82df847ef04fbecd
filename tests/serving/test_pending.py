"""Answers that wait for an outcome: they take no thread, and an error makes another answer."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from socorro.serving import server as server_module
from socorro.serving.limits import Limits
from socorro.serving.pending import KEY, Pending
from tests.serving.running import all_of, connect, exchange, running

GET = b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
KEPT_OPEN = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"


class App:
    """Answers /now at once; everything else when it is settled by the test."""

    def __init__(self) -> None:
        self.pending: list[Pending] = []
        self.changed = threading.Condition()
        self.calls: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        pending: Pending = environ[KEY]
        with self.changed:
            self.calls.append(path)
            if pending.error is None and path != "/now":
                pending.wait()
                self.pending.append(pending)
            self.changed.notify()
        status = "503 Service Unavailable" if pending.error else "200 OK"
        start(status, [("Content-Type", "text/plain"), ("X-Path", path)])
        return [b"failed" if pending.error else b"done"]

    def waiting(self, count: int) -> Sequence[Pending]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.pending) >= count, 30)
            return self.pending


def test_while_answers_wait_the_only_thread_answers_others() -> None:
    app = App()
    with running(app, threads=1) as server:
        first, second = connect(server), connect(server)
        with first, second:
            first.sendall(GET % b"first")
            second.sendall(GET % b"second")
            waiting = app.waiting(2)

            assert exchange(server, GET % b"now").endswith(b"\r\n\r\ndone")
            first.settimeout(0.05)
            with pytest.raises(TimeoutError):
                first.recv(1)

            first.settimeout(30)
            for pending in waiting:
                pending.settled(None)
            assert all_of(first).endswith(b"\r\n\r\ndone")
            assert all_of(second).endswith(b"\r\n\r\ndone")
    assert sorted(app.calls) == ["/first", "/now", "/second"]


def test_an_error_makes_another_answer_by_the_same_application() -> None:
    app = App()
    with running(app) as server, connect(server) as client:
        client.sendall(GET % b"it")
        app.waiting(1)[0].settled(OSError(5, "Input/output error"))
        answer = all_of(client)

    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"X-Path: /it\r\n" in answer
    assert answer.endswith(b"\r\n\r\nfailed")
    assert app.calls == ["/it", "/it"]


def test_what_is_settled_before_the_application_returns_is_answered() -> None:
    def at_once(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ[KEY].wait()
        environ[KEY].settled(None)
        start("200 OK", [])
        return [b"done"]

    with running(at_once) as server:
        assert exchange(server, GET % b"it").endswith(b"\r\n\r\ndone")


def test_a_connection_goes_on_after_an_answer_that_waited() -> None:
    app = App()
    with running(app) as server, connect(server) as client:
        client.sendall(KEPT_OPEN % b"one" + GET % b"two")
        app.waiting(1)[0].settled(None)
        app.waiting(2)[1].settled(None)
        answers = all_of(client)

    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert app.calls == ["/one", "/two"]


def test_a_client_that_is_gone_is_no_error_of_others() -> None:
    app = App()
    with running(app, threads=1) as server:
        with connect(server) as gone:
            gone.sendall(GET % b"gone")
            app.waiting(1)
        app.pending[0].settled(None)

        assert exchange(server, GET % b"now").endswith(b"\r\n\r\ndone")


def test_the_end_of_the_server_waits_for_what_is_settled_within_its_time() -> None:
    app = App()
    with running(app, Limits(body=0), threads=1) as server:
        client = connect(server)
        client.sendall(GET % b"it")
        app.waiting(1)
        threading.Timer(0.3, app.pending[0].settled, [None]).start()
    with client:
        assert all_of(client).endswith(b"\r\n\r\ndone")


def test_what_is_settled_after_the_end_of_the_server_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "_LAST_ANSWER_SECONDS", 0.1)
    app = App()
    with running(app, threads=1) as server, connect(server) as client:
        client.sendall(GET % b"it")
        app.waiting(1)

    app.pending[0].settled(None)


def test_without_a_server_that_waits_an_application_does() -> None:
    good, bad, nothing = Pending(), Pending(), Pending()
    good.wait()
    bad.wait()
    threading.Timer(0.05, good.settled, [None]).start()
    threading.Timer(0.05, bad.settled, [OSError("away")]).start()

    good.result()
    nothing.result()
    with pytest.raises(OSError, match="away"):
        bad.result()
