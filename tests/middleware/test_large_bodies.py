"""Large bodies are read only from those who may send them."""

import http.client
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from psycopg2 import OperationalError

from middleware.app import SMALLEST_BODY, large_bodies
from middleware.callers import Caller
from middleware.reply import Refused, error_reply
from middleware.routes import ROUTES
from middleware.server_errors import json_refusal
from socorro import metrics
from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.service import Stop
from socorro.serving import connection
from socorro.serving.limits import Limits
from socorro.serving.server import Server, listen

SMALL = 1000


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    length = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(length)))])
    return [length]


def admits(environ: Any) -> bool:
    if environ.get("HTTP_AUTH_TOKEN") == "away":
        raise OperationalError
    return bool(environ.get("HTTP_AUTH_TOKEN") == "good")


@pytest.fixture
def port() -> Iterator[int]:
    limits = Limits(body=100_000, unidentified_body=SMALL)
    server = Server(
        echo, listen("127.0.0.1", 0), limits,
        threads=4, service="middleware", admits=admits, on_refusal=json_refusal,
    )  # fmt: skip
    stop = Stop()
    thread = threading.Thread(target=server.serve, args=(stop,), daemon=True)
    thread.start()
    yield server.address[1]
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def post(port: int, body: bytes, token: str = "", chunked: bool = False) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    pieces = iter([body[:600], body[600:]]) if chunked else body
    headers = {"Auth-Token": token} if token else {}
    try:
        connection.request("POST", "/", pieces, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_small_bodies_are_taken_from_everybody_large_ones_from_some(
    port: int, chunked: bool
) -> None:
    assert post(port, b"x" * SMALL, chunked=chunked) == (200, b"1000")
    assert post(port, b"x" * 50_000, "good", chunked) == (200, b"50000")
    assert post(port, b"x" * (SMALL + 1), "bad", chunked)[0] == (413 if chunked else 403)
    assert post(port, b"x" * 100_001, "good", chunked)[0] == 413
    assert post(port, b"x" * (SMALL + 1), "away", chunked)[0] == 503


@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize(
    ("token", "length", "status", "text"),
    [
        ("", 90_000, 403, "A body over 1000 bytes needs a token with the permission"),
        ("away", 90_000, 503, "try again later"),
        ("good", 100_001, 413, "exceeds"),
    ],
)
def test_a_large_body_that_is_refused_is_neither_requested_nor_waited_for(
    port: int, expect: str, token: str, length: int, status: int, text: str
) -> None:
    """curl sends Expect before every body over 1 MB."""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuth-Token: {token}\r\n{expect}"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())

        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()

    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert text in answer


def send_all_then_read(port: int, head: str, body: bytes) -> bytes:
    """Send as clients do that read no answer before they are done."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"Content-Length: {2**23}", 413),
        ("Content-Length: 90000\r\nAuth-Token: away", 503),
        ("Content-Length: 90000", 403),
        ("Transfer-Encoding: chunked", 413),
    ],
)
def test_a_client_that_sends_a_refused_body_can_still_read_the_refusal(
    port: int, head: str, status: int
) -> None:
    """A connection that was closed meanwhile would be reset before the client reads the answer."""
    body = b"x" * 2**23 if "chunked" not in head else b"%x\r\n%b\r\n" % (2**23, b"x" * 2**23)

    answer = send_all_then_read(port, f"POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n", body)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ("nonsense", 400, "Start line is invalid"),
        ("GET / HTTP/1.1\r\nContent-Length: -1", 400, "Content-Length is invalid"),
        ("POST / HTTP/1.1\r\nContent-Length: 100001", 413,
         "The body exceeds the limit of 100000 bytes"),
        ("POST / HTTP/1.1\r\nContent-Length: 9999\r\nAuth-Token: away", 503,
         "Database unavailable, try again later"),
    ],
)  # fmt: skip
def test_what_the_server_itself_refuses_is_json_and_counted_too(
    port: int, request_: str, status: int, error: str
) -> None:
    counted = metrics.requests.labels("middleware", "unread", str(status))
    before = counted._value.get()

    head, _, body = send_all_then_read(port, f"{request_}\r\n\r\n", b"").partition(b"\r\n\r\n")

    assert int(head.split()[1]) == status
    document = json.loads(body)
    assert document.pop("request_id").encode() in head
    assert document == {"error": error, "errors": {"body": [error]} if status == 413 else {}}
    assert b"\r\nContent-Type: application/json; charset=utf-8\r\n" in head
    assert (b"\r\nRetry-After: 2\r\n" in head) == (status == 503)
    assert counted._value.get() == before + 1


@pytest.mark.parametrize("limit", ["LINGER_BYTES", "LINGER_SECONDS"])
def test_a_client_that_keeps_sending_after_a_refusal_is_cut_off(
    port: int, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, limit, 0)

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        send_all_then_read(
            port, f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {2**23}\r\n\r\n", b"x" * 2**26
        )


@pytest.mark.parametrize(
    ("method", "path", "token", "admitted"),
    [
        ("POST", "/api/Symbols", UPLOAD_SYMBOLS, True),
        ("POST", "/api/Symbols/", f"view_pii {UPLOAD_SYMBOLS}", True),
        ("POST", "/api/Symbols/", "view_pii", False),
        ("POST", "/api/Symbols/", "", False),
        ("POST", "/api/Symbols/", "unknown", False),
        ("PUT", "/api/Symbols/", UPLOAD_SYMBOLS, False),
        ("POST", "/api/RawCrash/", UPLOAD_SYMBOLS, False),
    ],
)
def test_a_caller_who_may_upload_symbols_may_send_a_large_body(
    method: str, path: str, token: str, admitted: bool
) -> None:
    def identify(environ: Any) -> Caller:
        text = environ.get("HTTP_AUTH_TOKEN", "")
        if text == "unknown":
            raise Refused(error_reply("403 Forbidden", "No such Auth-Token"))
        return Caller(frozenset(text.split()))

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_AUTH_TOKEN": token}

    assert large_bodies(ROUTES, identify)(environ) is admitted
    assert max(route.body.most_bytes for route in ROUTES if route.body) > SMALLEST_BODY
