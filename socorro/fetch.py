"""HTTP GET from servers outside: streamed, with limits on time, bytes and redirects.

A server may be slow, broken or somebody else's. So every silence has a time-out, and a watch cuts
the connection when the whole took too long: a server that sends one byte every second breaks no
time-out. Redirects are followed to configured hosts only (`socorro.redirects`), and the address
that was checked is the one that is connected to. Bytes are limited as sent and as inflated.
A password in the URL is sent to that server only. No error shows a password or a query.
"""

import base64
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Final, NamedTuple, Self
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from socorro import __version__
from socorro.inflate import BadGzip, CutShort, inflate
from socorro.redirects import Connection, ForbiddenRedirect, Permits, Redirects, anywhere

REDIRECTS: Final = 5
_STEP: Final = 2**18  # bytes read at once
_SAFE: Final = "%/?#[]@:!$&'()*+,;=~"  # characters of a URL that stay as they are
_MOVED: Final = (301, 302, 303, 307, 308)
_HEADERS: Final = {
    "User-Agent": f"Socorro/{__version__}",
    "Accept-Encoding": "gzip",
    "Accept": "*/*",
}


class Limits(NamedTuple):
    """How long one GET may take; *answer_seconds* is the longest silence."""

    connect_seconds: float = 5
    answer_seconds: float = 15
    download_seconds: float = 120


class FetchFailed(Exception):
    """No answer that can be used. The text says why and leaves out the URL."""


class BadStatus(FetchFailed):
    """The server answered with a status other than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


class ServerFailed(FetchFailed):
    """The server cannot be reached, is too slow or broke off; trying again later may help.

    *server_wide*: its other pages will not work either just now.
    """

    def __init__(self, reason: str, server_wide: bool = False) -> None:
        super().__init__(reason)
        self.server_wide = server_wide


class BadAnswer(FetchFailed):
    """The answer cannot be used, and will not be better soon."""


class TooLarge(BadAnswer):
    """The page is over the limit of bytes."""


class HttpClient:
    """Connections that are kept for the next page; safe to share between threads. Close it."""

    def __init__(
        self,
        limits: Limits,
        most_bytes: int,
        on_bytes: Callable[[int], object] = lambda _size: None,
        redirects: Redirects | None = None,
    ) -> None:
        """Take pages of *most_bytes* at most; *on_bytes* is called with the size of each read.

        Without *redirects*, an answer may redirect to its own host only.
        """
        self._limits, self._most_bytes, self._on_bytes = limits, most_bytes, on_bytes
        self._redirects = redirects or Redirects()
        self._tls = ssl.create_default_context()
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[Connection]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections that are not in use."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def read(self, url: str) -> bytes:
        """Return the page at *url*. Raises FetchFailed."""
        with self.stream(url) as pieces:
            return b"".join(pieces)

    @contextmanager
    def stream(self, url: str, deadline: float = math.inf) -> Iterator[Iterator[bytes]]:
        """Yield an iterator over the page at *url*, inflated, piece by piece.

        Both may raise FetchFailed. *deadline* is of the monotonic clock.
        """
        watch = _Watch(min(deadline, time.monotonic() + self._limits.download_seconds))
        try:
            try:
                exchange = self._follow(url, watch)
            except ForbiddenRedirect as error:
                raise BadAnswer(str(error)) from None
            try:
                _check_status(exchange.response)
                yield self._content(exchange.response, watch)
            finally:
                self._release(exchange, watch)
        finally:
            watch.end()

    def _follow(self, url: str, watch: "_Watch") -> "_Exchange":
        """Send the request, and again to where the answer redirects."""
        target = first = _split(url, "not an http or https URL")
        permits: Permits = anywhere
        for _ in range(REDIRECTS + 1):
            own = (target.scheme, target.netloc) == (first.scheme, first.netloc)
            with _network_errors(watch):
                exchange = self._send(target, own, watch, permits)
            location = exchange.response.getheader("Location")
            if exchange.response.status not in _MOVED or not location:
                return exchange
            _drain(exchange.response)
            if target is first:
                was_public = self._redirects.permits(exchange.connection.peer)
            self._release(exchange, watch)
            before, target = target, _redirected(target, location)
            permits = self._redirects.permitted(first, before, target, was_public)
        raise BadAnswer(f"redirected more than {REDIRECTS} times")

    def _send(
        self, target: SplitResult, own: bool, watch: "_Watch", permits: Permits
    ) -> "_Exchange":
        """Send one GET, on a connection that was kept or on a new one."""
        key = (target.scheme, target.netloc)
        path = f"{target.path or '/'}{f'?{target.query}' if target.query else ''}"
        headers = _HEADERS | (_authorization(target) if own else {})
        for connection in (self._take(key, permits), self._connect(target, permits)):
            if connection is None:
                continue
            is_new = connection.sock is None
            try:
                if is_new:
                    connection.connect()
                    connection.sock.settimeout(self._limits.answer_seconds)
                watch.over(connection.sock)
                connection.request("GET", quote(path, safe=_SAFE), headers=headers)
                return _Exchange(key, connection, connection.getresponse())
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                if is_new:
                    raise
                continue  # the server had closed the connection that was kept
            except BaseException:
                connection.close()
                raise
        raise AssertionError("the second connection is always new")

    def _connect(self, target: SplitResult, permits: Permits) -> Connection:
        tls = self._tls if target.scheme == "https" else None
        return Connection(target, self._limits.connect_seconds, tls, permits)

    def _take(self, key: tuple[str, str], permits: Permits) -> Connection | None:
        """Return a kept connection to an address that *permits* allows."""
        with self._lock:
            kept = self._idle.get(key, [])
            for connection in reversed(kept):
                if permits(connection.peer):
                    kept.remove(connection)
                    return connection
        return None

    def _release(self, exchange: "_Exchange", watch: "_Watch") -> None:
        """Keep the connection when the answer was read to its end; else close it."""
        watch.over(None)
        if exchange.response.isclosed() and not watch.rang:
            with self._lock:
                self._idle.setdefault(exchange.key, []).append(exchange.connection)
        else:
            exchange.response.close()
            exchange.connection.close()

    def _content(self, response: http.client.HTTPResponse, watch: "_Watch") -> Iterator[bytes]:
        encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise BadAnswer(f"the content encoding {encoding[:40]!a} is not supported")
        wire = self._wire(response, watch)
        size = 0
        try:
            for piece in wire if encoding == "identity" else inflate(wire):
                size += len(piece)
                self._check_size(size)
                yield piece
        except CutShort as error:
            raise ServerFailed(str(error)) from None
        except BadGzip as error:
            raise BadAnswer(str(error)) from None

    def _wire(self, response: http.client.HTTPResponse, watch: "_Watch") -> Iterator[bytes]:
        length = response.length  # None when the server gave none
        self._check_size(length or 0)
        received = 0
        while piece := _read(response, watch):
            received += len(piece)
            self._on_bytes(len(piece))
            self._check_size(received)
            yield piece
        if watch.rang:
            raise ServerFailed("took too long")
        if length is not None and received < length:
            raise ServerFailed(f"cut short: {received:,} of {length:,} bytes came")
        response.close()

    def _check_size(self, size: int) -> None:
        if size > self._most_bytes:
            raise TooLarge(f"larger than {self._most_bytes:,} bytes")


class _Exchange(NamedTuple):
    """A request that was sent, and its answer."""

    key: tuple[str, str]
    connection: Connection
    response: http.client.HTTPResponse


class _Watch:
    """Cuts a connection at a moment of the monotonic clock, whatever it is doing."""

    def __init__(self, deadline: float) -> None:
        self._socket: socket.socket | None = None
        self.rang = False
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._ring)
        self._timer.daemon = True
        self._timer.start()

    def over(self, connected: socket.socket | None) -> None:
        """Watch this socket from now on; none, when None."""
        self._socket = connected
        if self.rang:
            self._ring()

    def end(self) -> None:
        """Stop watching."""
        self._socket = None
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        watched = self._socket
        if watched is not None:
            with suppress(OSError):
                # Not TLS's own, which takes the connection away from a thread that reads it.
                socket.socket.shutdown(watched, socket.SHUT_RDWR)


def shown(url: str) -> str:
    """Return *url* as it may be shown: no password, and no query, which may hold a key."""
    try:
        split = urlsplit(url)
    except ValueError:
        return "something that is not a URL"
    return split._replace(netloc=split.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _split(url: str, refusal: str) -> SplitResult:
    """Return the pieces of an http or https URL. Raises BadAnswer with the text *refusal*."""
    try:
        split = urlsplit(url)
        is_usable = split.scheme in ("http", "https") and bool(split.hostname and split.port != 0)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise BadAnswer(refusal)
    return split


def _redirected(target: SplitResult, location: str) -> SplitResult:
    refusal = "redirected to something that is neither http nor https"
    try:
        # http.client reads headers as Latin-1, whatever their bytes are.
        url = urljoin(target.geturl(), quote(location.encode("latin-1"), safe=_SAFE))
    except ValueError:
        raise BadAnswer(refusal) from None
    return _split(url, refusal)


def _authorization(target: SplitResult) -> dict[str, str]:
    if target.username is None:
        return {}
    credentials = f"{unquote(target.username)}:{unquote(target.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def _check_status(response: http.client.HTTPResponse) -> None:
    if response.status == HTTPStatus.OK:
        return
    if 400 <= response.status < 500:
        _drain(response)
    raise BadStatus(response.status)


def _drain(response: http.client.HTTPResponse) -> None:
    """Read what a short answer holds, so that the connection can be kept."""
    with suppress(OSError, http.client.HTTPException):
        response.read(_STEP)


def _read(response: http.client.HTTPResponse, watch: _Watch) -> bytes:
    with _network_errors(watch):
        return response.read1(_STEP)


@contextmanager
def _network_errors(watch: _Watch) -> Iterator[None]:
    """Raise ServerFailed for every error that the network may raise."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _server_failed(error, watch) from None


def _server_failed(error: Exception, watch: _Watch) -> ServerFailed:
    if watch.rang:
        return ServerFailed("took too long")
    if isinstance(error, TimeoutError):
        return ServerFailed("does not answer in time", server_wide=True)
    if isinstance(error, http.client.IncompleteRead):
        return ServerFailed("cut short")
    strerror = error.strerror if isinstance(error, OSError) else None
    detail = strerror or type(error).__name__
    return ServerFailed(f"cannot be reached: {detail}", server_wide=isinstance(error, OSError))
