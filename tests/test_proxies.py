"""Clients behind proxies: whose header is believed, and how its entries are read."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from socorro import metrics
from socorro.serving.config import ServingConfig
from socorro.serving.proxies import MOST_HOPS, UNKNOWN, Proxies, forwarded, parse_hop
from socorro.serving.rate_limit import RateLimit
from tests.moved import moves

TRUSTED = ("10.0.0.0/24", "192.0.2.1", "2001:db8:1::/48", "127.0.0.0/8")
CLIENTS = {
    "no proxy": ("203.0.113.9", "", "203.0.113.9"),
    "no header": ("192.0.2.1", "", "192.0.2.1"),
    "one proxy": ("192.0.2.1", "203.0.113.9", "203.0.113.9"),
    "what the client wrote": ("192.0.2.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
    "two proxies": ("192.0.2.1", "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
    "a network of IPv6": ("2001:db8:1::5", "2001:db8:9::1", "2001:db8:9::1"),
    "IPv4 in IPv6": ("::ffff:192.0.2.1", "203.0.113.9", "203.0.113.9"),
    "a client on the proxy's machine": ("10.0.0.7", "127.0.0.1", "127.0.0.1"),
    "only proxies": ("10.0.0.7", "10.0.0.8, 10.0.0.9", "10.0.0.8"),
    "garbage": ("192.0.2.1", "203.0.113.9, not an address", UNKNOWN),
    "garbage of the client": ("192.0.2.1", "not an address, 203.0.113.9", "203.0.113.9"),
    "no entry": ("192.0.2.1", "203.0.113.9,", UNKNOWN),
    "a stranger": ("203.0.113.9", "6.6.6.6", "203.0.113.9"),
    "a stranger who says it is us": ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
}


@pytest.mark.parametrize(("peer", "header", "client"), CLIENTS.values(), ids=CLIENTS)
def test_a_proxy_of_ours_is_believed_and_nobody_else(peer: str, header: str, client: str) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": header}

    assert Proxies("webapp", TRUSTED).client(environ) == client


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", UNKNOWN),  # a client's own words, that the proxy passed on
        ("garbage", UNKNOWN),
    ],
)
def test_behind_a_proxy_of_this_machine_that_nobody_configured_clients_are_limited(
    peer: str, header: str, client: str
) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": header}
    address, limit = Proxies("webapp").client(environ), RateLimit(1)

    assert address == client
    assert [limit.take(address, 0) > 0 for _ in range(2)] == [False, True]


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "203.0.113.9"])
def test_a_header_that_is_not_believed_is_logged_once_and_counted(name: str, peer: str) -> None:
    proxies = Proxies("webapp", ["192.0.2.1"])

    with capture_logs() as events, moves(metrics.forwarded_untrusted, by=3, service="webapp"):
        for _ in range(3):
            proxies.client({"REMOTE_ADDR": peer, name: "for=203.0.113.1"})

    assert [event["setting"] for event in events] == ["SOCORRO_TRUSTED_PROXIES"]


def test_what_is_believed_is_not_counted() -> None:
    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}

    with moves(metrics.forwarded_untrusted, by=0, service="webapp"):
        Proxies("webapp", ["192.0.2.1"]).client(environ)
        Proxies("webapp").client({"REMOTE_ADDR": "192.0.2.1"})


HOPS = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "192.0.2.1:80": "192.0.2.1",
    "192.0.2.1:65535": "192.0.2.1",
    "2001:DB8::0:1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:443": "2001:db8::1",
    '"[2001:db8::1]:443"': "2001:db8::1",
    '"192.0.2.1"': "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "[::ffff:192.0.2.1]:80": "192.0.2.1",
    "fe80::1%eth0": "fe80::1",
    "": UNKNOWN,
    "unknown": UNKNOWN,
    "_hidden": UNKNOWN,
    "192.0.2.1:": UNKNOWN,
    "192.0.2.1:http": UNKNOWN,
    "192.0.2.1:123456": UNKNOWN,
    "192.0.2.1 80": UNKNOWN,
    "192.0.2": UNKNOWN,
    "3221225985": UNKNOWN,
    "[2001:db8::1": UNKNOWN,
    "[2001:db8::1]443": UNKNOWN,
    "[192.0.2.1]x": UNKNOWN,
    "localhost": UNKNOWN,
}


@pytest.mark.parametrize(("entry", "address"), HOPS.items(), ids=map(repr, HOPS))
def test_so_an_entry_is_read(entry: str, address: str) -> None:
    assert parse_hop(entry) == address


FORWARDED = {
    "for=192.0.2.1": ["192.0.2.1"],
    "For=192.0.2.1;proto=https;by=10.0.0.1": ["192.0.2.1"],
    'for="[2001:db8::1]:4711", for=192.0.2.1': ["2001:db8::1", "192.0.2.1"],
    "proto=https": [],
    "for=unknown,for=_x": [UNKNOWN, UNKNOWN],
    'for=", for=192.0.2.1': [UNKNOWN, "192.0.2.1"],
    "xfor=192.0.2.1": [],
}


@pytest.mark.parametrize(("header", "addresses"), FORWARDED.items(), ids=FORWARDED)
def test_forwarded_is_read_too(header: str, addresses: list[str]) -> None:
    assert forwarded({"HTTP_FORWARDED": header}) == addresses


def test_of_both_headers_x_forwarded_for_counts() -> None:
    environ = {"HTTP_X_FORWARDED_FOR": "192.0.2.1", "HTTP_FORWARDED": "for=6.6.6.6"}

    assert forwarded(environ) == ["192.0.2.1"]


@pytest.mark.parametrize("count", [MOST_HOPS, MOST_HOPS + 1])
def test_so_many_hops_are_read(count: int) -> None:
    hops = [f"192.0.2.{number}" for number in range(count)]

    assert forwarded({"HTTP_X_FORWARDED_FOR": ",".join(hops)}) == hops[-MOST_HOPS:]
    entries = ",".join(f"for={hop}" for hop in hops)
    assert forwarded({"HTTP_FORWARDED": entries}) == hops[-MOST_HOPS:]


ANY_ADDRESS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@given(st.text(), st.text(), st.sampled_from(["127.0.0.1", "192.0.2.1", "203.0.113.1", ""]))
def test_any_header_gives_an_address_or_unknown(first: str, second: str, peer: str) -> None:
    environ = {
        "REMOTE_ADDR": peer,
        "HTTP_X_FORWARDED_FOR": first,
        "HTTP_FORWARDED": second,
    }

    client = Proxies("webapp", ["192.0.2.1"]).client(environ)

    assert client in (UNKNOWN, peer) or str(ipaddress.ip_address(client)) == client


@given(ANY_ADDRESS, st.integers(0, 65535), st.text(alphabet="0123456789.:[], x"))
def test_any_spelling_of_an_address_is_read_whatever_the_client_wrote_before(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int, before: str
) -> None:
    text = f"[{address}]" if address.version == 6 else str(address)
    plain = str(getattr(address, "ipv4_mapped", None) or address)

    for entry in (str(address), text, f"{text}:{port}"):
        assert forwarded({"HTTP_X_FORWARDED_FOR": f"{before}, {entry}"})[-1] == plain
        assert forwarded({"HTTP_FORWARDED": f'for="{entry}"'}) == [plain]


@pytest.mark.parametrize("entry", ["", "localhost", "10.0.0.1/8", "10.0.0.0/33", "proxy:80"])
def test_a_proxy_that_is_no_network_is_an_error_of_the_setting(entry: str) -> None:
    with pytest.raises(ValueError, match="is not an address or network"):
        ServingConfig(trusted_proxies=[entry])
