"""HTTP GET from servers outside: whatever they do is one clear error, within limits."""

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from cli.local.postgres import free_port
from socorro.fetch import (
    REDIRECTS,
    BadAnswer,
    BadStatus,
    FetchFailed,
    HttpClient,
    Limits,
    ServerFailed,
    TooLarge,
    shown,
)
from socorro.redirects import Redirects
from tests.symbols.server import (
    Play,
    SymbolServer,
    answer,
    chunked,
    cut_short,
    dripping,
    endless,
    packed,
    serving,
    silent,
)

MOST = 2**20  # bytes
EMPTY = gzip.compress(b"", mtime=0) * 1000
NOT_HTTP = "neither http nor https"


@pytest.fixture
def server() -> Iterator[SymbolServer]:
    with serving() as started:
        yield started


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(Limits(download_seconds=5), MOST) as client:
        yield client


@pytest.mark.parametrize("play", [answer(200, b"page"), packed(b"page"), chunked(b"page")])
def test_a_page_is_read_plain_compressed_and_in_chunks(
    server: SymbolServer, client: HttpClient, play: Play
) -> None:
    server.plays["/a"] = play

    assert client.read(f"{server.url}/a") == b"page"


@pytest.mark.parametrize("make", [answer, chunked, packed])
@pytest.mark.parametrize("size", [MOST, MOST + 1])
def test_a_page_has_a_limit_of_bytes(
    server: SymbolServer, client: HttpClient, make: object, size: int
) -> None:
    body = b"x" * size
    server.default = {answer: answer(200, body), chunked: chunked(body), packed: packed(body)}[make]

    if size <= MOST:
        assert len(client.read(server.url)) == size
    else:
        with pytest.raises(TooLarge, match="larger than 1,048,576 bytes"):
            client.read(server.url)


@pytest.mark.parametrize("most", [len(EMPTY), len(EMPTY) - 1])
def test_the_bytes_that_are_sent_are_limited_too(server: SymbolServer, most: int) -> None:
    server.default = without_length(EMPTY)

    with HttpClient(Limits(), most) as client:
        if most == len(EMPTY):
            assert client.read(server.url) == b""
        else:
            with pytest.raises(TooLarge):
                client.read(server.url)


def without_length(body: bytes) -> Play:
    """Answer gzip without a length: the end of the connection is the end of the page."""

    def play(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True

    return play


@pytest.mark.parametrize("hops", [0, 1, REDIRECTS, REDIRECTS + 1])
def test_so_many_redirects_are_followed(
    server: SymbolServer, client: HttpClient, hops: int
) -> None:
    for hop in range(hops):
        status = (301, 302, 303, 307, 308)[hop % 5]
        target = f"/{hop + 1}" if hop % 2 else f"{server.url}/{hop + 1}"
        server.plays[f"/{hop}"] = answer(status, b"moved", Location=target)
    server.plays[f"/{hops}"] = answer(200, b"here")

    if hops <= REDIRECTS:
        assert client.read(f"{server.url}/0") == b"here"
    else:
        with pytest.raises(BadAnswer, match="redirected more than 5 times"):
            client.read(f"{server.url}/0")


def test_a_path_that_is_no_ascii_is_quoted(server: SymbolServer, client: HttpClient) -> None:
    server.plays["/h%C3%A9%20llo?q=%C3%A9"] = answer(200, b"here")
    server.plays["/old"] = answer(302, Location="/hé llo?q=%C3%A9".encode().decode("latin-1"))

    assert client.read(f"{server.url}/hé llo?q=é") == b"here"
    assert client.read(f"{server.url}/old") == b"here"


QUICK: dict[str, Limits] = {
    "silent": Limits(answer_seconds=0.3),
    "dripping": Limits(download_seconds=0.5),
    "dripping headers": Limits(download_seconds=0.5),
}
UNUSABLE: dict[str, tuple[Play, type[FetchFailed], str]] = {
    "not found": (answer(404, b"no"), BadStatus, "answered 404"),
    "error": (answer(500), BadStatus, "answered 500"),
    "no content": (answer(204), BadStatus, "answered 204"),
    "no location": (answer(302), BadStatus, "answered 302"),
    "to a file": (answer(302, Location="file:///etc/passwd"), BadAnswer, NOT_HTTP),
    "to no URL": (answer(302, Location="http://["), BadAnswer, NOT_HTTP),
    "to no port": (answer(302, Location="http://h:66000/"), BadAnswer, NOT_HTTP),
    "silent": (silent, ServerFailed, "does not answer in time"),
    "dripping": (dripping(b"x" * 1000), ServerFailed, "took too long"),
    "dripping headers": (dripping(b"", headers_too=True), ServerFailed, "took too long"),
    "cut short": (cut_short(b"half", 4), ServerFailed, "cut short: 4 of 8 bytes came"),
    "chunks cut short": (chunked(b"half", whole=False), ServerFailed, "cut short"),
    "gzip cut short": (packed(b"half", cut=1), ServerFailed, "gzip stream is cut short"),
    "endless": (endless(b"", b"x" * 2**16), TooLarge, "larger than"),
    "no gzip": (answer(200, b"garbage", Content_Encoding="gzip"), BadAnswer, "no gzip stream"),
    "brotli": (answer(200, b"x", Content_Encoding="br"), BadAnswer, "'br' is not supported"),
}


@pytest.mark.parametrize(("name", "unusable"), UNUSABLE.items(), ids=UNUSABLE)
def test_an_answer_that_cannot_be_used_is_one_clear_error(
    server: SymbolServer, name: str, unusable: tuple[Play, type[FetchFailed], str]
) -> None:
    server.default, kind, text = unusable

    with (
        HttpClient(QUICK.get(name, Limits()), MOST) as client,
        pytest.raises(FetchFailed, match=text) as caught,
    ):
        client.read(server.url)

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("ftp://host/", "not an http or https URL"),
        ("http:///page", "not an http or https URL"),
        ("http://[", "not an http or https URL"),
        ("http://host:0/", "not an http or https URL"),
        ("http://no-such-host.invalid/", "cannot be reached"),
    ],
)
def test_an_address_that_cannot_be_used_is_an_error(
    client: HttpClient, url: str, text: str
) -> None:
    with pytest.raises(FetchFailed, match=text):
        client.read(url)


def test_a_server_that_is_away_fails_for_all_its_pages(client: HttpClient) -> None:
    with pytest.raises(ServerFailed, match="Connection refused") as caught:
        client.read(f"http://127.0.0.1:{free_port()}/")

    assert caught.value.server_wide


def test_a_get_ends_at_its_deadline(server: SymbolServer) -> None:
    server.default = silent
    begin = time.monotonic()

    with (
        HttpClient(Limits(), MOST) as client,
        pytest.raises(ServerFailed, match="took too long"),
        client.stream(server.url, begin + 0.3),
    ):
        pass

    assert time.monotonic() - begin < 10


def test_a_password_goes_to_its_own_server_only(server: SymbolServer) -> None:
    with (
        serving() as other,
        HttpClient(Limits(), MOST, redirects=Redirects([other.url])) as client,
    ):
        other.default = answer(200, b"here")
        server.plays["/a"] = answer(302, Location="/b")
        server.plays["/b"] = answer(302, Location=f"{other.url.replace('//', '//me:x@')}/c")

        client.read(server.url.replace("//", "//me:secret@") + "/a")

        assert "Authorization" not in other.headers[0]
    assert [headers["Authorization"] for headers in server.headers] == ["Basic bWU6c2VjcmV0"] * 2


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://me:secret@host/x?api_key=secret#secret", "https://host/x"),
        ("https://host/x", "https://host/x"),
        ("/a/file.csv", "/a/file.csv"),
        ("http://[", "something that is not a URL"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, text: str) -> None:
    assert shown(url) == text


def test_connections_are_kept_for_the_next_page_and_shared_by_threads(
    server: SymbolServer, client: HttpClient
) -> None:
    server.plays["/a"] = answer(200, b"page")
    server.plays["/gone"] = answer(404, b"gone")

    client.read(f"{server.url}/a")
    with pytest.raises(BadStatus):
        client.read(f"{server.url}/gone")
    client.read(f"{server.url}/a")

    assert server.connections == 1
    threads = [
        threading.Thread(target=client.read, args=(f"{server.url}/a",)) for _count in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests["/a"] == 6


def test_a_connection_that_the_server_closed_is_made_again(
    server: SymbolServer, client: HttpClient
) -> None:
    def last(request: BaseHTTPRequestHandler) -> None:
        answer(200, b"page")(request)
        request.close_connection = True

    server.default = last

    assert [client.read(server.url), client.read(server.url)] == [b"page", b"page"]
    assert server.connections == 2


def test_the_size_of_every_read_is_reported(server: SymbolServer) -> None:
    sizes: list[int] = []
    server.default = packed(b"x" * 1000)

    with HttpClient(Limits(), MOST, sizes.append) as client:
        client.read(server.url)

    assert sum(sizes) == len(gzip.compress(b"x" * 1000, mtime=0))
