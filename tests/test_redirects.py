"""A redirect leads to configured hosts only, and to no address that is not meant to be reached."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from socorro.fetch import BadAnswer, HttpClient, Limits
from socorro.redirects import ForbiddenRedirect, Redirects, anywhere, check_listed, is_public
from socorro.symbols.config import SymbolsConfig
from tests.symbols.server import SymbolServer, answer, serving

MOST = 2**20  # bytes
SOURCE = "https://symbols.example/xul.sym"
LISTED = ("cdn.example", "other.example:8443", "10.0.0.5", "10.1.0.0/16", "[fd00::5]:8080")


@pytest.fixture
def server() -> Iterator[SymbolServer]:
    with serving() as started:
        yield started


@pytest.fixture
def inner() -> Iterator[SymbolServer]:
    """A server that nobody configured."""
    with serving() as started:
        started.default = answer(200, b"inner")
        yield started


def client(*listed: str, sources: tuple[str, ...] = ()) -> HttpClient:
    return HttpClient(Limits(connect_seconds=2), MOST, redirects=Redirects(sources, listed))


SPELLINGS = (
    "127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "0x7f.1", "0177.0.0.1", "127.1",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0",
)  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_redirect_to_another_server_of_this_machine_is_not_followed(
    server: SymbolServer, inner: SymbolServer, host: str
) -> None:
    server.default = answer(302, Location=f"http://{host}:{inner.server_port}/")

    with client() as http, pytest.raises(BadAnswer, match="which is not configured"):
        http.read(server.url)

    assert inner.connections == 0


NAMES = ("localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1")


@pytest.mark.parametrize("host", NAMES)
def test_a_listed_name_must_not_be_an_address_of_this_machine(
    server: SymbolServer, inner: SymbolServer, host: str
) -> None:
    server.default = answer(302, Location=f"http://{host}:{inner.server_port}/")

    with (
        client(f"{host}:{inner.server_port}") as http,
        pytest.raises(BadAnswer, match=f"redirected to {host}, whose address is not public"),
    ):
        http.read(server.url)

    assert inner.connections == 0


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("127.0.0.1", ["127.0.0.1:{port}"]),
        ("localhost", ["localhost:{port}", "127.0.0.0/8"]),
        ("LOCALHOST", ["localhost.:{port}", "127.0.0.1"]),
    ],
)
def test_a_redirect_to_what_is_listed_is_followed(
    server: SymbolServer, inner: SymbolServer, host: str, listed: list[str]
) -> None:
    server.default = answer(302, Location=f"http://{host}:{inner.server_port}/")

    with client(*(entry.format(port=inner.server_port) for entry in listed)) as http:
        assert http.read(server.url) == b"inner"


def test_a_redirect_to_another_source_is_followed(
    server: SymbolServer, inner: SymbolServer
) -> None:
    server.default = answer(302, Location=f"{inner.url}/")

    with client(sources=(server.url, inner.url)) as http:
        assert http.read(server.url) == b"inner"


def test_the_second_redirect_is_checked_like_the_first(
    server: SymbolServer, inner: SymbolServer
) -> None:
    server.plays["/a"] = answer(302, Location="/b")
    server.plays["/b"] = answer(302, Location=f"{inner.url}/")

    with client() as http, pytest.raises(BadAnswer, match="which is not configured"):
        http.read(f"{server.url}/a")

    assert inner.connections == 0


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    server: SymbolServer, inner: SymbolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name answers with a permitted address first, and with this machine afterwards."""
    genuine, answers = socket.getaddrinfo, iter(["127.0.0.2", *["127.0.0.1"] * 9])

    def rebinding(host: str, *rest: Any, **options: Any) -> Any:
        return genuine(next(answers) if host == "cdn.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = inner.server_port
    server.default = answer(302, Location=f"http://cdn.example:{port}/")

    with (
        serving(address="127.0.0.2", port=port) as permitted,
        client(f"cdn.example:{port}", "127.0.0.2") as http,
    ):
        permitted.default = answer(200, b"permitted")
        assert http.read(server.url) == b"permitted"
    with (
        client(f"cdn.example:{port}", "127.0.0.2") as http,
        pytest.raises(BadAnswer, match="not public"),
    ):
        http.read(server.url)

    assert inner.connections == 0


def test_of_several_addresses_only_the_permitted_are_connected_to(
    server: SymbolServer, inner: SymbolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, port = socket.getaddrinfo, inner.server_port

    def both(host: str, *rest: Any, **options: Any) -> Any:
        hosts = ["127.0.0.1", "127.0.0.2"] if host == "cdn.example" else [host]
        return [place for one in hosts for place in genuine(one, *rest, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    server.default = answer(302, Location=f"http://cdn.example:{port}/")

    with (
        serving(address="127.0.0.2", port=port) as permitted,
        client(f"cdn.example:{port}", "127.0.0.2") as http,
    ):
        permitted.default = answer(200, b"permitted")
        assert http.read(server.url) == b"permitted"

    assert inner.connections == 0


def test_a_connection_that_was_kept_is_checked_too(
    server: SymbolServer, inner: SymbolServer
) -> None:
    port = inner.server_port
    server.default = answer(302, Location=f"http://localhost:{port}/")

    with client(f"localhost:{port}") as http:
        assert http.read(f"http://localhost:{port}/") == b"inner"
        with pytest.raises(BadAnswer, match="not public"):
            http.read(server.url)


FOLLOWED = {
    "same host": ("https://symbols.example/other", False),
    "same host, other spelling": ("https://SYMBOLS.example.:443/other", False),
    "a listed host": ("https://cdn.example/x", True),
    "a listed port": ("https://other.example:8443/x", True),
    "a listed address": ("https://10.0.0.5/x", False),
    "a listed address of IPv6": ("https://[fd00:0::5]:8080/x", False),
    "a source": ("https://feed.example:8000/x", False),
}


@pytest.mark.parametrize(("target", "public"), FOLLOWED.values(), ids=FOLLOWED)
def test_so_much_is_followed(target: str, public: bool) -> None:
    redirects = Redirects(["https://feed.example:8000/feed.json", "", "/a/file.csv"], LISTED)
    first, after = urlsplit(SOURCE), urlsplit(target)

    permits = redirects.permitted(first, first, after, was_public=False)

    assert permits == (redirects.permits if public else anywhere)


def test_a_host_that_was_public_does_not_become_one_of_ours() -> None:
    redirects, first = Redirects([SOURCE]), urlsplit(SOURCE)

    permits = redirects.permitted(first, first, urlsplit(f"{SOURCE}?x"), was_public=True)

    assert permits("93.184.216.34")
    assert not permits("127.0.0.1")


REFUSED = {
    "another host": "https://example.com/x",
    "another port": "https://symbols.example:8443/x",
    "a listed host on another port": "https://cdn.example:22/x",
    "another port than the listed": "https://other.example/x",
    "an address in a listed network": "https://10.1.2.3/x",
    "to http": "http://symbols.example/x",
    "to http of a listed host": "http://cdn.example/x",
}


@pytest.mark.parametrize("target", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(target: str) -> None:
    first = urlsplit(SOURCE)

    with pytest.raises(ForbiddenRedirect):
        Redirects([SOURCE], LISTED).permitted(first, first, urlsplit(target), was_public=False)


def test_http_may_become_https() -> None:
    first = urlsplit("http://symbols.example/x")

    Redirects().permitted(first, first, urlsplit(SOURCE), was_public=False)


ADDRESSES = {
    "93.184.216.34": True, "2606:2800:220:1:248:1893:25c8:1946": True, "::ffff:93.184.216.34": True,
    "127.0.0.1": False, "127.255.255.254": False, "0.0.0.0": False, "::": False, "::1": False,
    "10.0.0.1": False, "172.16.0.1": False, "172.31.255.255": False, "172.32.0.1": True,
    "192.168.0.1": False, "100.64.0.1": False, "169.254.169.254": False, "224.0.0.1": False,
    "239.255.255.255": False, "255.255.255.255": False, "240.0.0.1": False, "fe80::1": False,
    "fc00::1": False, "fd00:ec2::254": False, "ff02::1": False, "ff0e::1": False,
    "::ffff:127.0.0.1": False, "::ffff:169.254.169.254": False, "2002:7f00:1::": False,
    "64:ff9b::7f00:1": False, "64:ff9b::5db8:d822": True, "::7f00:1": False,
    "2001:0:4136:e378:8000:63bf:80ff:fffe": False,
}  # fmt: skip


@pytest.mark.parametrize(("address", "public"), ADDRESSES.items(), ids=ADDRESSES)
def test_so_addresses_are_told_apart(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
    assert Redirects().permits(address) is public


def test_what_is_no_address_is_not_permitted() -> None:
    assert not Redirects().permits("localhost")
    assert not Redirects(listed=["10.0.0.0/8"]).permits("")


@pytest.mark.parametrize(
    "entry", ["", " ", "https://host/", "host/path", "host:port", "host:66000", "me@host", "a b"]
)
def test_an_entry_that_is_no_host_is_an_error_of_the_setting(entry: str) -> None:
    with pytest.raises(ValueError, match="is not a host, host:port or network"):
        check_listed([entry])
    with pytest.raises(ValueError, match="is not a host, host:port or network"):
        SymbolsConfig(redirect_hosts=[entry])
