"""One GET of a symbol server: streamed, and bounded in time and redirects.

A server may be slow, broken or somebody else's. So the connection has a time-out for every
silence, and a watch that cuts it when the whole took too long: a server that sends one byte every
second breaks no time-out. Redirects are followed to http and https only.
"""

import base64
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from socorro import __version__, metrics
from socorro.symbols.inflate import BadGzip, CutShort, inflate
from socorro.symbols.module import ModuleId
from socorro.symbols.symfile import BadSymbols, check_size

_STEP = 2**18  # bytes read at once
_REDIRECTS = 5
_HEADERS = {"User-Agent": f"Socorro/{__version__}", "Accept-Encoding": "gzip", "Accept": "*/*"}
_AGAIN = {408, 425, 429}  # of the 4xx, those that may pass
_BUSY = {429, 503}  # what a server says that wants to be left alone


class NotThere(Exception):
    """The server has no symbols of this module."""


class Unavailable(Exception):
    """No answer that can be used; *server_wide*: other modules will fare no better just now."""

    def __init__(self, reason: str, server_wide: bool = False) -> None:
        super().__init__(reason)
        self.server_wide = server_wide


class Limits(NamedTuple):
    """How long one download may take."""

    connect_seconds: float = 5
    answer_seconds: float = 15
    download_seconds: float = 120


class Downloader:
    """Connections of one thread, kept for the next module; close when done."""

    def __init__(self, limits: Limits, largest: int) -> None:
        """Refuse at once what says that it is larger than *largest* bytes."""
        self._limits, self._largest = limits, largest
        self._tls = ssl.create_default_context()
        self._kept: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def close(self) -> None:
        """Close all connections."""
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()

    @contextmanager
    def get(self, server: str, module: ModuleId, deadline: float) -> Iterator[Iterator[bytes]]:
        """Ask *server* for the symbols of *module*; yield an iterator over the file's pieces.

        Both may raise NotThere, Unavailable and BadSymbols. *deadline* is of the monotonic clock.
        """
        watch = _Watch(min(deadline, time.monotonic() + self._limits.download_seconds))
        response = None
        try:
            with _told(watch):
                url = f"{server.rstrip('/')}/{quote(module.path.as_posix())}"
                response = self._follow(url, watch)
                _check_status(response)
            yield _content(response, watch, self._largest)
        finally:
            watch.end()
            if response is None or not response.isclosed():
                self.close()

    def _follow(self, url: str, watch: "_Watch") -> http.client.HTTPResponse:
        first = urlsplit(url)
        for _ in range(_REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise BadSymbols("redirected to something that is not http")
            response = self._ask(parts, parts.netloc == first.netloc, watch)
            where = response.getheader("Location")
            if response.status not in (301, 302, 303, 307, 308) or not where:
                return response
            response.read(_STEP)
            if not response.isclosed():
                self.close()
            url = urljoin(url, where)
        raise BadSymbols(f"redirected more than {_REDIRECTS} times")

    def _ask(self, parts: SplitResult, own: bool, watch: "_Watch") -> http.client.HTTPResponse:
        key = (parts.scheme, parts.netloc)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = _HEADERS | (_authorization(parts) if own else {})
        for connection in (self._kept.pop(key, None), self._connect(parts)):
            if connection is None:
                continue
            fresh = connection.sock is None
            try:
                if fresh:
                    connection.connect()
                    connection.sock.settimeout(self._limits.answer_seconds)
                watch.over(connection.sock)
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                if fresh:
                    raise
                continue  # the server had closed what was kept
            except BaseException:
                connection.close()
                raise
            self._kept[key] = connection
            return response
        raise AssertionError("the second connection is always fresh")

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port, seconds = parts.hostname or "", parts.port, self._limits.connect_seconds
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=seconds)


class _Watch:
    """Cuts a connection at a moment of the monotonic clock, whatever it is doing."""

    def __init__(self, deadline: float) -> None:
        self._socket: socket.socket | None = None
        self.rang = False
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._ring)
        self._timer.daemon = True
        self._timer.start()

    def over(self, connected: socket.socket) -> None:
        """Watch over this socket from now on."""
        self._socket = connected
        if self.rang:
            self._ring()

    def end(self) -> None:
        """Watch no more."""
        self._socket = None
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        watched = self._socket
        if watched is not None:
            with suppress(OSError):
                # Not TLS's own, which takes the connection away from a thread that reads it.
                socket.socket.shutdown(watched, socket.SHUT_RDWR)


def shown(server: str) -> str:
    """Return a server's URL as it may be shown: without a password."""
    parts = urlsplit(server)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    told = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(told.encode()).decode()}"}


def _check_status(response: http.client.HTTPResponse) -> None:
    status = response.status
    if status == 200:
        return
    told = f"answered {status}"
    if 400 <= status < 500 and status not in _AGAIN:
        with suppress(OSError, http.client.HTTPException):
            response.read(_STEP)  # so that the connection can be kept
        raise NotThere("" if status in (404, 410) else told)
    raise Unavailable(told, server_wide=status in _BUSY)


def _content(response: http.client.HTTPResponse, watch: _Watch, limit: int) -> Iterator[bytes]:
    length = response.length  # None when the server gave none
    check_size(length or 0, limit)
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    wire = _wire(response, length, watch)
    if encoding == "identity":
        yield from wire
    elif encoding in ("gzip", "x-gzip"):
        try:
            yield from inflate(wire)
        except CutShort as why:
            raise Unavailable(str(why)) from None
        except BadGzip as why:
            raise BadSymbols(str(why)) from None
    else:
        raise BadSymbols(f"the server's content encoding {encoding[:40]!a} is not known")


def _wire(response: http.client.HTTPResponse, length: int | None, watch: _Watch) -> Iterator[bytes]:
    received = 0
    while piece := _read(response, watch):
        received += len(piece)
        metrics.symbols_download_bytes.inc(len(piece))
        yield piece
    if watch.rang:
        raise Unavailable("took too long")
    if length is not None and received < length:
        raise Unavailable(f"cut short: {received:,} of {length:,} bytes came")
    response.close()


def _read(response: http.client.HTTPResponse, watch: _Watch) -> bytes:
    with _told(watch):
        return response.read1(_STEP)


@contextmanager
def _told(watch: _Watch) -> Iterator[None]:
    """Raise Unavailable for whatever the network may raise."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as why:
        if isinstance(why, BadSymbols):
            raise
        raise _unavailable(why, watch) from None


def _unavailable(why: Exception, watch: _Watch) -> Unavailable:
    if watch.rang:
        return Unavailable("took too long")
    if isinstance(why, TimeoutError):
        return Unavailable("does not answer in time", server_wide=True)
    if isinstance(why, http.client.IncompleteRead):
        return Unavailable("cut short")
    told = why.strerror if isinstance(why, OSError) and why.strerror else type(why).__name__
    return Unavailable(f"cannot be reached: {told}", server_wide=isinstance(why, OSError))
