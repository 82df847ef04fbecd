"""Where an answer may redirect to, and which addresses such a host may have.

A server that we were told to read may be somebody else's, and its answers are: a redirect could
send our requests to our own machines. So a redirect leads to configured hosts only, on a port
that is configured too, and never from https to http. A name that is not a source itself has to
resolve to public addresses, or to a listed one. The address is checked when the connection is
made, so a name that resolves otherwise a moment later gains nothing.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # its last four bytes are an IPv4 address
_UNICAST: Final = ipaddress.ip_network("2000::/3")  # all of IPv6 that the internet uses
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


Permits = Callable[[str], bool]  # says whether an address may be connected to


def anywhere(_address: str) -> bool:
    """Permit every address: the host is one that is to be read."""
    return True


class ForbiddenRedirect(Exception):
    """The redirect is not followed. The text says why, without the URL."""


class Place(NamedTuple):
    """A host and the port that it is asked on."""

    host: str
    port: int

    @classmethod
    def of(cls, url: SplitResult) -> Self:
        """Return where *url*, of http or https, leads."""
        return cls(_name(url.hostname or ""), url.port or PORTS[url.scheme])


class Redirects:
    """The configured hosts: *sources* are URLs that are read anyway, *listed* comes from settings.

    An entry of *listed* is a host (on the usual ports), a host with port, or a network: names may
    then resolve into it though it is not public.
    """

    def __init__(self, sources: Iterable[str] = (), listed: Iterable[str] = ()) -> None:
        """Take both lists. Raises ValueError for an entry that is none of these."""
        self._sources = set(filter(None, map(_place, sources)))
        self._networks: list[Network] = []
        self._hosts: set[tuple[str, int | None]] = set()
        for entry in listed:
            self._add(entry)

    def _add(self, entry: str) -> None:
        network = _network(entry)
        if network is None or network.prefixlen == network.max_prefixlen:
            self._hosts.add(_host(entry))
        if network is not None:
            self._networks.append(network)

    def permitted(
        self, first: SplitResult, before: SplitResult, after: SplitResult, was_public: bool
    ) -> Permits:
        """Return which addresses *after* may have, to which the page *before* redirects.

        *first* is what was to be read; *was_public* says whether its own address is. Raises
        ForbiddenRedirect.
        """
        if before.scheme == "https" and after.scheme == "http":
            raise ForbiddenRedirect("redirected from https to http")
        own, place = Place.of(first), Place.of(after)
        usual = place.port == PORTS[after.scheme]
        if place == own or (place.host == own.host and usual and own.port == PORTS[first.scheme]):
            return self.permits if was_public else anywhere
        if place in self._sources:
            return anywhere
        if place in self._hosts or (usual and (place.host, None) in self._hosts):
            return anywhere if _address(place.host) else self.permits
        raise ForbiddenRedirect(f"redirected to {place.host}:{place.port}, which is not configured")

    def permits(self, address: str) -> bool:
        """Say whether *address* is public, or in a listed network."""
        parsed = _address(address)
        if parsed is None:
            return False
        return is_public(parsed) or any(parsed in network for network in self._networks)


def is_public(address: Address) -> bool:
    """Say whether *address* is one of the internet, also where IPv6 only wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    inner = (address.sixtofour, *(address.teredo or ()))
    return (
        address in _UNICAST
        and address.is_global
        and all(is_public(wrapped) for wrapped in inner if wrapped)
    )


class Connection(http.client.HTTPConnection):
    """Connects to an address of the host that *permits* allows, and to no other; with TLS or not.

    The name is resolved once: what was checked is what is connected to.
    """

    sock: socket.socket
    peer = ""  # the address that it is connected to

    def __init__(
        self, target: SplitResult, seconds: float, tls: ssl.SSLContext | None, permits: Permits
    ) -> None:
        self.default_port = PORTS[target.scheme]
        port = target.port or PORTS[target.scheme]
        super().__init__(target.hostname or "", port, timeout=seconds)
        self._seconds, self._tls, self._permits = seconds, tls, permits

    def connect(self) -> None:
        """Connect. Raises OSError; ForbiddenRedirect when no address is permitted."""
        resolved = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        permitted = [place for place in resolved if self._permits(str(place[4][0]))]
        if not permitted:
            raise ForbiddenRedirect(f"redirected to {self.host}, whose address is not public")
        for family, kind, protocol, _, address in permitted:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self._seconds)
                opened.connect(address)
                break
            except OSError as error:
                opened.close()
                failure = error
        else:
            raise failure
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer = str(address[0])
        self.sock = self._secured(opened)

    def _secured(self, opened: socket.socket) -> socket.socket:
        if self._tls is None:
            return opened
        try:
            return self._tls.wrap_socket(opened, server_hostname=self.host)
        except BaseException:
            opened.close()
            raise


def check_listed(entries: list[str]) -> list[str]:
    """Return *entries* of a setting. Raises ValueError, with words, for one that is no host."""
    Redirects(listed=entries)
    return entries


def _place(url: str) -> Place | None:
    try:
        return Place.of(urlsplit(url))
    except (ValueError, KeyError):
        return None  # not of the web, or no URL at all: whoever reads it says so


def _host(entry: str) -> tuple[str, int | None]:
    bare = _address(entry)
    try:
        url = urlsplit(f"//[{bare}]" if bare and bare.version == 6 else f"//{entry}")
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if not host or url.path or url.query or url.username or " " in entry:
        raise ValueError(f"{entry!r} is not a host, host:port or network")
    return _name(host), port


def _name(host: str) -> str:
    """Return a host as it is compared: lower case, no last dot, an address in its one spelling."""
    address = _address(host)
    return str(address) if address else host.lower().removesuffix(".")


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None
