"""The client's address behind proxies: which peers are believed, and what their headers say.

A proxy appends the address that it answers to X-Forwarded-For; what is left of that was written by
the client. So entries are read from the right, past those of our own proxies. A peer that is no
proxy of ours is not believed, with one exception: behind a proxy on this very machine that nobody
configured, all clients would look like this machine, which has no limits. There the header counts.
Our own pages, which pass /api/ on to REST, are such a proxy: on one machine they need no setting.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from socorro import log, metrics
from socorro.serving.rate_limit import is_own

PAGES_VIA: Final = "1.1 socorro-pages"  # the header Via of what the pages pass on to REST
UNKNOWN: Final = "unknown"  # what cannot be read as an address; all of these share one limit
MOST_HOPS: Final = 20  # that are read, from the right
_BRACKETED: Final = re.compile(r"\[([^\]]*)\](?::\d{1,5})?")
_FOR: Final = re.compile(r'(?:^|[;,])\s*for\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*)', re.IGNORECASE)

# Loopback, private and link-local networks.
INSIDE: Final = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies in front of one service; safe to share between threads."""

    def __init__(
        self, service: str, trusted: Iterable[str] = (), inside: Iterable[str] = INSIDE
    ) -> None:
        """Take networks or addresses of *trusted* proxies, and those that are ours.

        Raises ValueError for other text.
        """
        self._service = service
        self._trusted, self._inside = Networks(trusted), Networks(inside)
        self._has_warned = False

    def client(self, environ: Mapping[str, Any]) -> str:
        """Return the address of the client that sent a request, or UNKNOWN."""
        peer = str(environ.get("REMOTE_ADDR", ""))
        hops = forwarded(environ)
        if not hops:
            return peer
        if peer not in self._trusted:
            if not (is_own(peer) and environ.get("HTTP_VIA") == PAGES_VIA):
                self._warn()  # our own pages need no setting
            if not is_own(peer):
                return peer
            return UNKNOWN if is_own(hops[-1]) else hops[-1]
        for hop in reversed(hops):
            if hop not in self._trusted:
                return hop
        return hops[0]

    def is_inside(self, environ: Mapping[str, Any]) -> bool:
        """Say whether a request comes from a network of ours.

        One that came through a proxy which is not trusted does not: who sent it is not certain.
        """
        peer = str(environ.get("REMOTE_ADDR", ""))
        if forwarded(environ) and peer not in self._trusted:
            self._warn()
            return False
        return self.client(environ) in self._inside

    def _warn(self) -> None:
        """Count a header that is not believed, and log the first one."""
        metrics.forwarded_untrusted.labels(self._service).inc()
        if not self._has_warned:
            self._has_warned = True
            log.get().warning(
                "X-Forwarded-For from a peer that is not a trusted proxy",
                setting="SOCORRO_TRUSTED_PROXIES",
            )


class Networks:
    """Networks and single addresses, as a setting lists them."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Raises ValueError, with words, for an entry that is neither."""
        self._networks = [_network(entry) for entry in entries]

    def __contains__(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def check_networks(entries: list[str]) -> list[str]:
    """Return *entries* of a setting. Raises ValueError, with words, for what is no network."""
    Networks(entries)
    return entries


def forwarded(environ: Mapping[str, Any]) -> list[str]:
    """Return the addresses that proxies wrote into a request, the nearest one last.

    X-Forwarded-For, or Forwarded (RFC 7239) where there is none. What is no address is UNKNOWN.
    """
    header = str(environ.get("HTTP_X_FORWARDED_FOR") or "")
    if header.strip():
        return [parse_hop(entry) for entry in header.rsplit(",", MOST_HOPS)[-MOST_HOPS:]]
    entries = _FOR.findall(str(environ.get("HTTP_FORWARDED") or ""))
    return [parse_hop(entry) for entry in entries[-MOST_HOPS:]]


def parse_hop(entry: str) -> str:
    """Return the address in one entry, in its usual spelling: without port, brackets and quotes."""
    text = entry.strip().strip('"').strip()
    if bracketed := _BRACKETED.fullmatch(text):
        text = bracketed[1]
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not (port.isascii() and port.isdigit() and len(port) <= 5):
            return UNKNOWN
    parsed = parse_address(text)
    return UNKNOWN if parsed is None else str(parsed)


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address without its zone, an IPv4 one also where IPv6 wraps it; None for others."""
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry.strip())
    except ValueError:
        raise ValueError(
            f"{entry!r} is not an address or network (expected e.g. 10.0.0.0/8)"
        ) from None
