"""/api/ under the pages' own address: the REST interface, over real sockets."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import urllib3

from middleware.app import application as rest_application
from middleware.context import Context as RestContext
from socorro import metrics
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.limits import Limits
from socorro.serving.proxies import PAGES_VIA, Proxies
from socorro.serving.rate_limit import RateLimit
from tests.accounts import token, user
from tests.moved import moves
from tests.processed import processed
from tests.serving.running import connect, running
from tests.wsgi import Answer, ask
from webapp import api
from webapp.api import RestProxy, is_api, uploaders, with_api
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

STRANGER = "203.0.113.9"


def pages(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page"]


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer with what came: the request as JSON."""
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode("latin-1")
    answer = json.dumps({**texts, "body": body}).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "a=b"), ("ETag", '"1"')]
    )
    return [answer]


@contextmanager
def site(rest: WsgiApp, most_at_once: int = 4, limits: Limits | None = None) -> Iterator[WsgiApp]:
    """The pages, with *rest* behind a socket."""
    with running(rest, limits) as server:
        proxy = RestProxy(f"http://127.0.0.1:{server.address[1]}", Proxies("webapp"), most_at_once)
        yield with_api(pages, proxy)
        proxy.close()


@contextmanager
def behaving(answer: bytes) -> Iterator[WsgiApp]:
    """The pages, with a REST interface that sends *answer* to all requests, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    proxy = RestProxy(f"http://127.0.0.1:{listener.getsockname()[1]}", Proxies("webapp"), 2)
    yield with_api(pages, proxy)
    proxy.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def assert_unavailable(answer: Answer) -> None:
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "is_rest"),
    [
        ("/api", True),
        ("/api/", True),
        ("/api/RawCrash/", True),
        ("/api/openapi.json", True),
        ("/api/tokens", False),
        ("/api/tokens/", False),
        ("/api/tokens/new", True),
        ("/bpapi/crashes/daily/product/Firefox", True),
        ("/bpapi", False),
        ("/apis", False),
        ("/", False),
        ("//api/", False),
    ],
)
def test_the_api_is_rest_and_all_else_is_pages(path: str, is_rest: bool) -> None:
    assert is_api(path) == is_rest


@pytest.mark.parametrize(
    "query",
    [
        "product=Firefox&product=Fenix&_columns=uuid",
        "signature=%7EOOM%20%7C%20small&date=%3E%3D2026-11-26T00%3A00%3A00%2B00%3A00",
        "a=%zz&b=%20",
        "a=+1&b==&c=%00&&;",
        "q=a[0]{}|^`'\"<>\\",
        "",
    ],
)
def test_a_query_arrives_as_it_was_sent(query: str) -> None:
    with site(echo) as app:
        arrived = ask(app, f"/api/SuperSearch/?{query}").json()

    assert parse_qs(arrived["QUERY_STRING"], True) == parse_qs(query, True)
    assert arrived["PATH_INFO"] == "/api/SuperSearch/"


@pytest.mark.parametrize("path", ["/api/../metrics", "/api/%2e%2e/metrics", "/api/\xc3\xa4 b"])
def test_a_path_is_not_resolved_on_the_way(path: str) -> None:
    with site(echo) as app:
        assert ask(app, path).json()["PATH_INFO"] == path


def test_what_rest_needs_is_passed_on_and_no_cookie() -> None:
    sent = {
        "AUTH_TOKEN": "0" * 32,
        "ACCEPT_ENCODING": "gzip",
        "IF_NONE_MATCH": '"1"',
        "COOKIE": "session=secret",
        "X_FORWARDED_FOR": "198.51.100.7",
        "X_OTHER": "1",
    }

    with site(echo) as app:
        answer = ask(app, "/api/X/", "POST", b"a=1", CONTENT_TYPE="text/plain", **sent)
        arrived = answer.json()

    assert {name: arrived.get(f"HTTP_{name}") for name in sent} == {
        **sent,
        "COOKIE": None,
        "X_OTHER": None,
    }
    assert (arrived["body"], arrived["CONTENT_TYPE"]) == ("a=1", "text/plain")
    assert arrived["HTTP_VIA"] == PAGES_VIA
    assert (answer.headers["ETag"], answer.cookies) == ('"1"', ())


def test_a_client_is_limited_by_its_own_address_and_this_machine_is_not(
    as_role: Callable[[str], Database], tmp_path: Path
) -> None:
    store = FilesystemStore.created(tmp_path / "crashstore")
    rest = rest_application(RestContext(as_role("middleware"), store), RateLimit(1))

    with site(rest) as app, moves(metrics.forwarded_untrusted, by=0, service="middleware"):
        strangers = [ask(app, "/api/", REMOTE_ADDR=STRANGER).status for _ in range(2)]
        another = ask(app, "/api/", REMOTE_ADDR="203.0.113.10").status
        own = [ask(app, "/api/").status for _ in range(3)]

    assert (strangers, another, own) == ([200, 429], 200, [200, 200, 200])


def test_a_crash_is_the_same_under_both_addresses(
    as_role: Callable[[str], Database], database: Database, tmp_path: Path
) -> None:
    store = FilesystemStore.created(tmp_path / "crashstore")
    crash = processed(store, database)
    rest = rest_application(RestContext(as_role("middleware"), store), RateLimit(100))
    address = f"/api/ProcessedCrash/?crash_id={crash.crash_id}"

    with running(rest) as server:
        config = WebappConfig(
            secret_key_file=tmp_path / "key",
            middleware_url=f"http://127.0.0.1:{server.address[1]}/",
        )
        app = application(Context(as_role("webapp"), store, config), "k" * 40)
        through = ask(app, address, ACCEPT_ENCODING="gzip")
        tokens = ask(app, "/api/tokens/")
        head = ask(app, address, "HEAD")
        preflight = ask(app, address, "OPTIONS")
        missing = ask(app, "/api/Nothing/")
    direct = ask(rest, address)

    assert through.headers["Content-Encoding"] == "gzip"
    assert through.json() == direct.json()
    assert through.headers["Content-Security-Policy"] == direct.headers["Content-Security-Policy"]
    assert (tokens.status, tokens.headers["Location"]) == (302, "/login/?next=/api/tokens/")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == direct.headers["Content-Length"]
    assert preflight.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert (missing.status, missing.json()["error"]) == (404, "No service called 'Nothing'")


@pytest.mark.parametrize("size", [api.IN_MEMORY, api.IN_MEMORY + 1, 3_000_000])
def test_an_answer_of_any_size_is_whole(size: int) -> None:
    def large(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [b"x" * size]

    with site(large) as app, running(app) as server:
        answer = urllib3.request("GET", f"http://127.0.0.1:{server.address[1]}/api/x/")

    assert answer.data == b"x" * size


def test_rest_that_is_away_is_503_and_pages_go_on() -> None:
    app = with_api(pages, RestProxy("http://127.0.0.1:9", Proxies("webapp"), 1))

    with moves(metrics.requests, by=1, service="webapp", route="api", status="503"):
        assert_unavailable(ask(app, "/api/ProcessedCrash/"))

    assert ask(app, "/").status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
        b"something else\r\n\r\n",
    ],
    ids=["nothing", "half", "half a chunk", "no HTTP"],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    with behaving(answer) as app:
        assert_unavailable(ask(app, "/api/ProcessedCrash/"))


def test_a_connection_that_went_stale_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "READ_SECONDS", 5)
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"  # then the connection is closed

    with behaving(reply) as app:
        assert [ask(app, "/api/x/").body for _ in range(3)] == [b"ok"] * 3


def test_rest_that_is_slow_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert_unavailable(ask(RestProxy(url, Proxies("webapp"), 1), "/api/x/"))


@pytest.mark.parametrize(("setting", "most"), [("LARGEST_ANSWER", 1000), ("ANSWER_SECONDS", -1)])
def test_an_answer_that_is_too_large_or_too_long_on_its_way_is_an_error(
    monkeypatch: pytest.MonkeyPatch, setting: str, most: int
) -> None:
    monkeypatch.setattr(api, setting, most)

    with site(echo) as app:
        answer = ask(app, f"/api/x/?a={'b' * 1000}")

    assert_unavailable(answer)
    assert "narrow the request" in answer.json()["error"]


def test_rest_that_is_busy_leaves_threads_to_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "WAIT_SECONDS", 0.05)
    entered, may_end = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        entered.set()
        may_end.wait(20)
        return echo(environ, start_response)

    with site(slow, most_at_once=1) as app:
        answers: list[Answer] = []
        first = threading.Thread(target=lambda: answers.append(ask(app, "/api/x/")))
        first.start()
        assert entered.wait(10)
        second = ask(app, "/api/x/")
        may_end.set()
        first.join(20)
        third = ask(app, "/api/x/")

    assert_unavailable(second)
    assert [answers[0].status, third.status] == [200, 200]


def test_pages_that_are_their_own_rest_interface_do_not_ask_themselves_for_ever() -> None:
    with site(echo) as app:
        answer = ask(app, "/api/x/", VIA=PAGES_VIA)

    assert_unavailable(answer)
    assert "webapp.middleware_url" in answer.json()["error"]


def test_gzip_is_passed_back_unread() -> None:
    def squeezed(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Encoding", "gzip"), ("Content-Type", "text/csv")])
        return [gzip.compress(b"a,b")]

    with site(squeezed) as app:
        answer = ask(app, "/api/x/")

    assert (answer.headers["Content-Encoding"], answer.text) == ("gzip", "a,b")


def test_a_large_body_is_read_from_who_may_upload_symbols_to_the_api(
    as_role: Callable[[str], Database], database: Database
) -> None:
    user(database, "ann", "Uploaders", "Hackers")
    tokens = {
        "uploader": token(database, "ann", ("upload_symbols",)),
        "other": token(database, "ann", ("view_pii",)),
        "unknown": "0" * 32,
        "none": "",
    }
    admits = uploaders(as_role("webapp"))

    assert {
        who: [
            admits({"PATH_INFO": path, "HTTP_AUTH_TOKEN": text})
            for path in ("/api/Symbols/", "/api/tokens/", "/profile/")
        ]
        for who, text in tokens.items()
    } == {
        "uploader": [True, False, False],
        "other": [False] * 3,
        "unknown": [False] * 3,
        "none": [False] * 3,
    }


def test_a_large_body_arrives_whole() -> None:
    def length(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(len(environ["wsgi.input"].read())).encode()]

    with site(length, limits=Limits(body=2**22)) as app, running(app, Limits(2**22)) as server:
        url = f"http://127.0.0.1:{server.address[1]}/api/Symbols/"
        assert urllib3.request("POST", url, body=b"x" * 3_000_000).data == b"3000000"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET %b HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000, 431),
        (b"GET %b HTTP/3.0\r\nHost: x\r\n\r\n", 400),
        (b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", 403),
        (b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    ],
)
def test_what_the_server_itself_refuses_is_json_below_the_api_and_plain_elsewhere(
    sent: bytes, status: int
) -> None:
    def fails(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> list[bytes]:
        raise RuntimeError

    counted = metrics.requests.labels("webapp", "api", str(status))
    before = counted._value.get()
    limits = Limits(2**20, unidentified_body=1000)
    nobody: dict[str, Any] = {"admits": lambda _environ: False, "on_refusal": api.refused}
    with running(fails, limits, **nobody) as server:
        with connect(server) as connection:
            connection.sendall(sent.replace(b"%b", b"/api/Symbols/?x"))
            head, _, body = read_answer(connection).partition(b"\r\n\r\n")
        with connect(server) as connection:
            connection.sendall(sent.replace(b"%b", b"/profile/"))
            page, _, text = read_answer(connection).partition(b"\r\n\r\n")

    document = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert set(document) == {"error", "errors", "request_id"}
    assert set(document["errors"]) == (
        {"body"} if status == 413 else {"head"} if status == 431 else set()
    )
    assert f"X-Request-Id: {document['request_id']}\r\n".encode() in head
    assert counted._value.get() == before + 1
    assert b"text/plain" in page
    assert text.decode() == f"{document['error']}\n"


def read_answer(connection: socket.socket) -> bytes:
    """One answer with a Content-Length; the connection may stay open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
