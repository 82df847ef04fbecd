"""Health for our own networks only, and headers that every answer has, whoever makes it."""

from typing import Any

import pytest

from socorro.serving.config import ServingConfig
from socorro.serving.limits import plainly
from socorro.serving.proxies import Proxies
from socorro.serving.public import public, refusals
from tests.serving.running import exchange, running
from tests.wsgi import ask

POLICY = "default-src 'none'; frame-ancestors 'none'"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("content-security-policy", "own")] if "own" in str(environ) else [])
    return [b"answer"]


@pytest.mark.parametrize("path", ["/", "/__lbheartbeat__", "/__heartbeat__", "/__version__"])
@pytest.mark.parametrize("https", [True, False])
def test_every_answer_is_safe(path: str, https: bool) -> None:
    headers = ask(public(app, {}, proxies=Proxies("webapp"), https=https), path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == POLICY
    assert headers.get("Strict-Transport-Security") == ("max-age=31536000" if https else None)


def test_a_policy_of_the_application_stays() -> None:
    headers = ask(public(app, {}, proxies=Proxies("webapp"), https=False), "/own").headers

    assert headers["content-security-policy"] == "own"
    assert "Content-Security-Policy" not in headers


INSIDE = (
    "127.0.0.1", "::1", "::ffff:127.0.0.1", "10.255.255.255", "172.16.0.0", "172.31.255.255",
    "192.168.0.1", "169.254.0.1", "fc00::1", "fdff::1", "fe80::1%eth0",
)  # fmt: skip
OUTSIDE = ("203.0.113.9", "172.32.0.0", "11.0.0.0", "2001:db8::1", "::ffff:203.0.113.9", "", "x")


@pytest.mark.parametrize("path", ["/metrics", "/__heartbeat__", "/__version__"])
def test_health_and_metrics_are_for_our_own_networks(path: str) -> None:
    front = public(app, {}, proxies=Proxies("webapp"), https=False)

    assert {ask(front, path, REMOTE_ADDR=peer).body for peer in OUTSIDE} == {b"answer"}
    assert b"answer" not in {ask(front, path, REMOTE_ADDR=peer).body for peer in INSIDE}


@pytest.mark.parametrize("peer", ["127.0.0.1", "203.0.113.9"])
def test_the_heartbeat_of_load_balancers_is_open(peer: str) -> None:
    front = public(app, {}, proxies=Proxies("webapp", inside=[]), https=False)

    assert ask(front, "/__lbheartbeat__", REMOTE_ADDR=peer).body == b""


@pytest.mark.parametrize(
    ("peer", "header", "trusted", "answered"),
    [
        ("127.0.0.1", "10.0.0.7", [], False),
        ("10.0.0.1", "10.0.0.7", [], False),
        ("10.0.0.1", "10.0.0.7", ["10.0.0.1"], True),
        ("10.0.0.1", "203.0.113.9", ["10.0.0.1"], False),
        ("10.0.0.1", "10.0.0.7, 203.0.113.9", ["10.0.0.1"], False),
        ("10.0.0.1", "203.0.113.9, 10.0.0.7", ["10.0.0.1"], True),
        ("10.0.0.1", "garbage", ["10.0.0.1"], False),
        ("203.0.113.9", "10.0.0.7", ["10.0.0.1"], False),
    ],
)
def test_through_a_proxy_the_client_counts(
    peer: str, header: str, trusted: list[str], answered: bool
) -> None:
    front = public(app, {}, proxies=Proxies("webapp", trusted), https=False)

    for name in ("X_FORWARDED_FOR", "FORWARDED"):
        value = header if name.startswith("X") else f"for={header.replace(', ', ', for=')}"
        body = ask(front, "/metrics", REMOTE_ADDR=peer, **{name: value}).body

        assert (body != b"answer") is answered


def test_the_networks_are_a_setting() -> None:
    config = ServingConfig(health_networks=["203.0.113.0/24"], trusted_proxies=["192.0.2.1"])
    front = public(app, {}, proxies=config.proxies("webapp"), https=False)

    assert ask(front, "/metrics", REMOTE_ADDR="203.0.113.9").body != b"answer"
    assert ask(front, "/metrics", REMOTE_ADDR="127.0.0.1").body == b"answer"
    with pytest.raises(ValueError, match="is not an address or network"):
        ServingConfig(health_networks=["here"])


@pytest.mark.parametrize("https", [True, False])
@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9" + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
    ],
)
def test_answers_of_the_server_itself_are_safe_too(sent: bytes, https: bool) -> None:
    front = public(app, {}, proxies=Proxies("webapp"), https=https)

    with running(front, on_refusal=refusals(plainly, https=https)) as server:
        received = exchange(server, sent)

    assert received.startswith(b"HTTP/1.1 4")
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in received
    assert f"\r\nContent-Security-Policy: {POLICY}\r\n".encode() in received
    assert (b"\r\nStrict-Transport-Security: max-age=31536000\r\n" in received) is https


@pytest.mark.parametrize("https", [True, False])
def test_a_500_of_the_server_itself_is_safe_too(https: bool) -> None:
    def failing(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("X-Line", "one\nanother")])  # refused only behind the front
        return [b""]

    front = public(failing, {}, proxies=Proxies("webapp"), https=https)
    sent = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    with running(front, on_refusal=refusals(plainly, https=https)) as server:
        received = exchange(server, sent)

    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in received
    assert (b"\r\nStrict-Transport-Security: max-age=31536000\r\n" in received) is https
