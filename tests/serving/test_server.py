"""The server that all services share: slow, greedy and hostile clients hold nobody up."""

import errno
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import OperationalError

from socorro import log, metrics
from socorro.serving import connection as connections
from socorro.serving import server as servers
from socorro.serving.connection import State
from socorro.serving.health import with_health
from socorro.serving.limits import CHUNK, MOST_PIPELINED, SMALL_CHUNKS, Limits
from socorro.serving.server import Server
from tests.moved import moves
from tests.serving.running import SERVICE, all_of, connect, exchange, running, status_of
from tests.system.line import wait_for

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
BODY_LIMIT = 2**20
LIMITS = Limits(body=BODY_LIMIT)

StartResponse = Callable[..., Any]


def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer with what the request looks like, and its body."""
    body = environ["wsgi.input"].read()
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH")
    text = " ".join(str(environ.get(name, "")) for name in names)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode("latin-1"), b"|", body]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(echo, LIMITS) as started:
        yield started


def request(method: str, *headers: str, body: bytes = b"", target: str = "/") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def closes(reason: str) -> AbstractContextManager[None]:
    """Check that one connection is closed for that reason."""
    return moves(metrics.connections_closed, service=SERVICE, reason=reason)


CHUNKED = "Transfer-Encoding: chunked"


# Requests and answers


@pytest.mark.parametrize(
    ("target", "answered"),
    [
        ("/a%20b?c=%20d", "GET /a b c=%20d "),
        ("//host/path", "GET /host/path  "),
        ("http://x:1/path?q", "GET /path q "),
        ("/path?a#b", "GET /path a "),
    ],
)
def test_the_target_of_a_request_becomes_path_and_query(
    server: Server, target: str, answered: str
) -> None:
    said = exchange(server, request("GET", target=target))

    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(f"\r\n\r\n{answered}|".encode())


@pytest.mark.parametrize("size", [0, 1, 300_000, BODY_LIMIT])
def test_a_body_arrives_whole_in_memory_or_not(server: Server, size: int) -> None:
    body = os.urandom(size)

    said = exchange(server, request("POST", f"Content-Length: {size}", body=body))

    assert said.partition(b"|")[2] == body


def test_a_body_in_chunks_has_a_length_in_the_end(server: Server) -> None:
    chunks = b"".join(b"%x;extension\r\n%s\r\n" % (100, b"x" * 100) for _ in range(50))
    chunked = chunks + b"0\r\nTrailer: ignored\r\n\r\n"

    said = exchange(server, request("POST", CHUNKED, body=chunked))

    assert said.partition(b"|")[0].endswith(b"POST /  5000")
    assert said.partition(b"|")[2] == b"x" * 5000


def test_requests_that_come_together_are_answered_in_turn(server: Server) -> None:
    sent = b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(MOST_PIPELINED - 1))

    said = exchange(server, sent + request("GET", target="/last"))

    places = [said.index(b"GET /%d  " % number) for number in range(MOST_PIPELINED - 1)]
    assert places == sorted(places)
    assert said.endswith(b"GET /last  |")


def test_too_many_requests_at_once_are_refused(server: Server) -> None:
    said = exchange(server, b"GET / HTTP/1.1\r\n\r\n" * (MOST_PIPELINED * 100))

    assert b"HTTP/1.1 400 " in said
    assert said.count(b"HTTP/1.1 200 ") == MOST_PIPELINED


def test_a_header_whose_name_could_pass_for_another_is_dropped() -> None:
    def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [environ.get("HTTP_X_FORWARDED_FOR", "none").encode()]

    with running(app) as server:
        assert exchange(server, request("GET", "X_Forwarded_For: 1.2.3.4")).endswith(b"\r\nnone")
        both = request("GET", "X-Forwarded-For: 1.2.3.4", "x-forwarded-for: 5.6.7.8")
        assert exchange(server, both).endswith(b"\r\n1.2.3.4, 5.6.7.8")


def test_to_head_only_the_head_is_answered(server: Server) -> None:
    said = exchange(server, request("HEAD"))

    assert said.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: 9\r\n" in said


def test_a_client_of_http_1_0_gets_its_answer_and_the_end(server: Server) -> None:
    said = exchange(server, b"GET / HTTP/1.0\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in said


def test_an_upgrade_is_not_taken(server: Server) -> None:
    wish = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAA")
    plain = request("GET", *wish).replace(b"Connection: close\r\n", b"")
    body = request("POST", *wish, "Content-Length: 3", body=b"abc")

    assert exchange(server, plain).startswith(b"HTTP/1.1 200 OK\r\n")
    assert exchange(server, body).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("POST", "Content-Length: " + "9" * 5000), 400),
        (request("POST", "Content-Length: 18446744073709551615"), 413),
        (
            request("POST", "Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
            400,
        ),
        (
            request("POST", CHUNKED, "Content-Length: 5", body=b"0\r\n\r\n"),
            400,
        ),
        (request("POST", "Content-Length: 1", "Content-Length: 1", body=b"x"), 400),
        (request("POST", "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
        (request("POST", "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
        (request("POST", "Expect: miracles", "Content-Length: 1", body=b"x"), 417),
        (request("POST", f"Content-Length: {BODY_LIMIT + 1}", "Expect: 100-continue"), 413),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST / HTTP/1.1\nContent-Length: 3\n\nabc", 400),
        (b"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400),
    ],
)
def test_odd_framing_gets_one_answer_and_no_second_request(
    server: Server, sent: bytes, status: int
) -> None:
    said = exchange(server, sent + b"GET /second HTTP/1.1\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in said


def test_an_application_that_fails_is_answered_with_500_and_no_details(server: Server) -> None:
    def app(_environ: dict[str, Any], _start: StartResponse) -> list[bytes]:
        raise KeyError("secret")

    with running(app) as failing:
        said = exchange(failing, request("GET"))

    assert said.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in said


def test_an_application_cannot_be_made_to_split_its_answer() -> None:
    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("X-Echo", "a\r\nSet-Cookie: b")])
        return [b""]

    with running(app) as server:
        said = exchange(server, request("GET"))

    assert said.startswith(b"HTTP/1.1 500 ")
    assert b"Set-Cookie" not in said


@pytest.mark.parametrize("size", [10, 300_000, 20_000_000])
@pytest.mark.parametrize("as_file", [True, False])
def test_an_answer_of_any_size_arrives_whole_and_its_file_is_closed(
    tmp_path: Path, size: int, as_file: bool
) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(b"before" + content)
    opened = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(size))])
        if not as_file:
            return (content[start : start + 100_000] for start in range(0, size, 100_000))
        file = (tmp_path / "file").open("rb")
        file.seek(6)
        opened.append(file)
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return wrapped

    with running(app) as server:
        said = exchange(server, request("GET"))

    assert said.partition(b"\r\n\r\n")[2] == content
    assert all(file.closed for file in opened)


def test_who_reads_slowly_takes_no_thread() -> None:
    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 30_000_000]

    with running(app, threads=1) as server, held(server, 3, request("GET")) as slow:
        answers = [len(exchange(server, request("GET"))), *(len(all_of(one)) for one in slow)]

    assert min(answers) > 30_000_000


def test_who_reads_nothing_is_cut_off() -> None:
    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 30_000_000]

    with (
        closes("answer"),
        running(app, LIMITS._replace(answer_seconds=0.1)) as server,
        connect(server) as connection,
    ):
        connection.sendall(request("GET"))
        wait_for(server.open_connections, what="the connection")
        wait_for(lambda: not server.open_connections(), what="the end of the connection")
        assert len(all_of(connection)) < 30_000_000


# Slow and greedy clients


@pytest.mark.parametrize("sent", [b"G", HEAD, HEAD + b"X-Long: " + b"x" * 5000])
def test_a_head_that_does_not_end_is_cut_off(sent: bytes) -> None:
    with (
        closes("head"),
        running(echo, LIMITS._replace(head_seconds=0.5)) as server,
        connect(server) as connection,
    ):
        connection.sendall(sent)
        assert all_of(connection) == b""


def test_a_head_that_trickles_is_cut_off_too() -> None:
    with running(echo, LIMITS._replace(head_seconds=0.5)) as server, connect(server) as connection:
        connection.settimeout(0.1)

        def is_closed() -> bool:
            connection.sendall(b"G")
            try:
                return connection.recv(1) == b""
            except TimeoutError:
                return False

        connection.sendall(HEAD + b"X-Long: ")
        with suppress(ConnectionError):
            wait_for(is_closed, what="the end of the connection")


@pytest.mark.parametrize(("rate", "is_cut_off"), [(1000, True), (0, False)])
def test_a_body_slower_than_the_rate_is_cut_off(
    rate: int, is_cut_off: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_START", 0.2)
    with running(echo, LIMITS._replace(body_rate=rate)) as server, connect(server) as connection:
        connection.sendall(request("POST", "Content-Length: 20", body=b"x"))
        time.sleep(1.5)
        assert bool(server.open_connections()) is not is_cut_off


def test_a_body_takes_no_longer_than_its_time() -> None:
    with (
        closes("body"),
        running(echo, LIMITS._replace(body_seconds=0.1)) as server,
        connect(server) as connection,
    ):
        connection.sendall(request("POST", "Content-Length: 20", body=b"x"))
        assert all_of(connection) == b""


def test_an_idle_connection_is_closed() -> None:
    with (
        closes("idle"),
        running(echo, LIMITS._replace(idle_seconds=0.1)) as server,
        connect(server) as connection,
    ):
        connection.sendall(HEAD + b"\r\n")
        assert all_of(connection).startswith(b"HTTP/1.1 200 OK")


@contextmanager
def held(server: Server, count: int, sent: bytes = HEAD) -> Iterator[list[socket.socket]]:
    """Open connections that do not finish their request, for the length of a with block."""
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(server)) for _ in range(count)]
        for connection in opened:
            with suppress(ConnectionError):  # made room for a later one
                connection.sendall(sent)
        yield opened


def test_at_the_limit_the_longest_waiting_makes_room() -> None:
    limits = LIMITS._replace(connections=10, address_connections=0)
    with closes("full"), running(echo, limits) as server, held(server, 10) as slow:
        wait_for(lambda: len(server.open_connections()) == 10, what="all connections")

        assert status_of(server) == 200

        assert all_of(slow[0]) == b""
        slow[-1].sendall(b"Connection: close\r\n\r\n")
        assert all_of(slow[-1]).startswith(b"HTTP/1.1 200 OK")


def test_at_the_limit_who_does_not_read_makes_room_too() -> None:
    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 30_000_000]

    limits = LIMITS._replace(connections=10, address_connections=0)
    with running(app, limits) as server, held(server, 10, request("GET")):
        wait_for(
            lambda: [one.state for one in server.open_connections()] == [State.SENDING] * 10,
            what="all answers to be begun",
        )

        with closes("full"), connect(server) as connection:
            connection.sendall(request("GET"))
            assert len(all_of(connection)) > 30_000_000


@pytest.mark.parametrize("is_proxy", [False, True])
def test_one_address_has_a_share_but_a_proxy_has_all(is_proxy: bool) -> None:
    proxies = ("127.0.0.1",) if is_proxy else ()
    limits = LIMITS._replace(address_connections=10, proxies=proxies)
    with running(echo, limits) as server:
        before = metrics.connections_closed.labels(SERVICE, "address")._value.get()
        with held(server, 30):
            assert status_of(server) == 200

        evicted = metrics.connections_closed.labels(SERVICE, "address")._value.get() - before
        assert evicted == (0 if is_proxy else 21)


def test_two_thousand_half_sent_requests_delay_nobody() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft >= 5000 or hard >= 5000
    with running(echo, LIMITS._replace(connections=2000, address_connections=0)) as server:
        half = request("POST", "Content-Length: 9", body=b"x")
        with held(server, 1000), held(server, 1000, half):
            wait_for(lambda: len(server.open_connections()) == 2000, what="all connections")
            began = time.monotonic()
            assert status_of(server) == 200

            assert time.monotonic() - began < 2


def test_small_chunks_are_refused_before_they_cost_much(server: Server) -> None:
    few = b"1\r\nx\r\n" * (SMALL_CHUNKS - 1) + b"0\r\n\r\n"
    many = b"1\r\nx\r\n" * 300_000
    enough = b"%x\r\n%s\r\n" % (CHUNK, b"x" * CHUNK) * (SMALL_CHUNKS + 1) + b"0\r\n\r\n"

    assert b" 200 " in exchange(server, request("POST", CHUNKED, body=few))[:13]
    assert b" 200 " in exchange(server, request("POST", CHUNKED, body=enough))[:13]
    said = exchange(server, request("POST", CHUNKED, body=many))
    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"3;" + b"x" * 10**6, b"0\r\nTrailer: " + b"x" * 10**6])
def test_chunk_extensions_and_trailers_have_an_end(server: Server, sent: bytes) -> None:
    said = exchange(server, request("POST", CHUNKED, body=sent))

    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_unfinished_bodies_share_a_budget_and_give_it_back(kind: str) -> None:
    with running(echo, LIMITS) as server:
        server.budgets.memory._most = 0 if kind == "files" else 10**6
        server.budgets.files._most = 10**6
        body = b"x" * 200_000
        budgets = (server.budgets.memory, server.budgets.files)
        many = request("POST", "Content-Length: 900000", body=b"x" * 900_000)
        with held(server, 12, request("POST", f"Content-Length: {BODY_LIMIT}", body=body)):
            wait_for(lambda: server.budgets.files.held > 100_000, what="all bodies")

            assert exchange(server, many).startswith(b"HTTP/1.1 503 ")

        wait_for(lambda: not sum(one.held for one in budgets), what="the budget to be free")
        assert exchange(server, many).startswith(b"HTTP/1.1 200 ")


def test_without_room_for_a_large_body_it_is_503(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)

    said = exchange(server, request("POST", "Content-Length: 900000", body=b"x" * 900_000))

    assert said.startswith(b"HTTP/1.1 503 ")
    assert not server.budgets.memory.held + server.budgets.files.held


# Health, descriptors, decisions, the end


def test_health_answers_while_all_threads_are_busy() -> None:
    go_on = threading.Event()

    def stuck(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        go_on.wait(30)
        start_response("200 OK", [])
        return [b""]

    with running(with_health(stuck, {}), threads=2) as server, held(server, 5, HEAD + b"\r\n"):
        try:
            assert status_of(server, "/__heartbeat__") == 200
        finally:
            go_on.set()


def test_without_descriptors_it_waits_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []

    class Log:
        def error(self, event: str, **_values: Any) -> None:
            logged.append(event)

    class Listener:
        """Fails for half a second as accept(2) does without descriptors."""

        def __init__(self, real: socket.socket) -> None:
            self.real, self.until, self.tries = real, time.monotonic() + 0.5, 0

        def accept(self) -> tuple[socket.socket, Any]:
            if time.monotonic() < self.until:
                self.tries += 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self.real.accept()

        def close(self) -> None:
            self.real.close()

    monkeypatch.setattr(log, "get", Log)
    with closes("no descriptors"), running(echo) as server:
        [(descriptor, real)] = server._listening.items()
        listener: Any = Listener(real)
        server._listening[descriptor] = listener

        assert status_of(server) == 200

    assert listener.tries == 1
    assert logged == ["no connection accepted for a second"]


def test_a_decision_about_a_large_body_holds_nobody_up() -> None:
    go_on = threading.Event()

    def admits(_environ: Any) -> bool:
        go_on.wait(30)
        raise OperationalError

    limits = LIMITS._replace(unidentified_body=10)
    with running(echo, limits, admits=admits, threads=2) as server, connect(server) as waiting:
        waiting.sendall(request("POST", "Content-Length: 20", body=b"x" * 20))

        assert status_of(server) == 200

        go_on.set()
        assert all_of(waiting).startswith(b"HTTP/1.1 503 ")


def test_whoever_waits_to_be_accepted_at_the_end_is_answered() -> None:
    with ExitStack() as stack:
        with running(echo) as server:
            assert status_of(server) == 200
            server._accept(False)
            waiting = [stack.enter_context(connect(server)) for _ in range(3)]
            for connection in waiting:
                connection.sendall(request("GET"))

        assert all(all_of(one).startswith(b"HTTP/1.1 200 OK") for one in waiting)


def test_a_client_that_resets_while_it_is_served_is_forgotten() -> None:
    go_on = threading.Event()

    def slow(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        go_on.wait(30)
        start_response("200 OK", [])
        return [b""]

    with running(slow) as server:
        connection = connect(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(HEAD + b"\r\n")
        wait_for(lambda: server.open_connections(), what="the connection")
        connection.close()
        go_on.set()
        wait_for(lambda: not server.open_connections(), what="the end of it")


def test_the_server_listens_at_every_address_of_a_name() -> None:
    opened = servers.listen("localhost", 0)
    addresses = {str(listener.getsockname()[0]) for listener in opened}
    for listener in opened:
        listener.close()

    assert "127.0.0.1" in addresses
