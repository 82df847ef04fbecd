"""One GET of a source outside: bounded in time, bytes and redirects; an error names no secrets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3

from cron.config import CronConfig
from cron.job import JobFailed
from socorro import __version__
from socorro.symbols.inflate import BadGzip, inflate

_STEP: Final = 2**16  # bytes read at once
_REDIRECTS: Final = 5
_MOVED: Final = (301, 302, 303, 307, 308)
_HEADERS: Final = {"User-Agent": f"Socorro/{__version__}", "Accept-Encoding": "gzip"}


class SourceFailed(JobFailed):
    """A source gave no answer that can be used; trying again later may help."""


class SourceLacks(SourceFailed):
    """The source has no such page (404, 410)."""


class Fetcher:
    """Connections to sources, kept for the next page; safe to share between threads."""

    def __init__(self, config: CronConfig, connections: int = 4) -> None:
        self._config = config
        silence = urllib3.Timeout(connect=min(10.0, config.http_seconds), read=config.http_seconds)
        self._pool = urllib3.PoolManager(
            maxsize=connections, block=True, timeout=silence, retries=False, headers=_HEADERS
        )

    def get(self, url: str) -> bytes:
        """Return the body of the page at *url*. Raises SourceFailed, SourceLacks."""
        deadline = time.monotonic() + self._config.http_total_seconds
        at = url
        for _ in range(_REDIRECTS + 1):
            _must_be_http(at)
            with _told(at):
                response = self._pool.request("GET", at, preload_content=False, redirect=False)
                with _given_back(response):
                    to = response.headers.get("Location")
                    if response.status not in _MOVED or not to:
                        return self._body(response, at, deadline)
                at = urljoin(at, to)
        raise SourceFailed(f"{shown(url)} redirects more than {_REDIRECTS} times")

    def text(self, url: str) -> str:
        """Return the page at *url* as text; what is no UTF-8 is replaced."""
        return self.get(url).decode("utf-8", "replace")

    def _body(self, response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
        if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise SourceLacks(f"{shown(url)} does not exist ({response.status})")
        if response.status != HTTPStatus.OK:
            raise SourceFailed(f"{shown(url)} answered {response.status}")
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise SourceFailed(f"{shown(url)} answered in an encoding that nobody asked for")
        wire = self._wire(response, url, deadline)
        body = bytearray()
        for piece in wire if encoding == "identity" else inflate(wire):
            body += piece
            if len(body) > self._config.http_bytes:
                raise SourceFailed(
                    f"{shown(url)} is larger than {self._config.http_bytes:,} bytes"
                    " (SOCORRO_CRON_HTTP_BYTES)"
                )
        return bytes(body)

    def _wire(
        self, response: urllib3.BaseHTTPResponse, url: str, deadline: float
    ) -> Iterator[bytes]:
        while piece := response.read1(_STEP, decode_content=False):
            if time.monotonic() > deadline:
                raise SourceFailed(f"{shown(url)} took too long")
            yield piece


@contextmanager
def _given_back(response: urllib3.BaseHTTPResponse) -> Iterator[None]:
    """Give the connection back to its pool: closed, unless the answer was read to its end."""
    try:
        yield
    finally:
        response.close()
        response.release_conn()


def shown(url: str) -> str:
    """Return *url* as it may be shown: no password, and no query, which may hold a key."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _must_be_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceFailed(f"{parts.scheme or 'nothing'}:… is neither http nor https")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Raise SourceFailed for whatever the network may raise."""
    try:
        yield
    except urllib3.exceptions.HTTPError as why:
        raise SourceFailed(f"{shown(url)}: {_words(why)}") from None
    except BadGzip as why:
        raise SourceFailed(f"{shown(url)}: {why}") from None
    except (OSError, ValueError) as why:
        raise SourceFailed(f"{shown(url)}: {type(why).__name__}") from None


def _words(why: urllib3.exceptions.HTTPError) -> str:
    known: tuple[tuple[type[Exception], str], ...] = (
        (urllib3.exceptions.NameResolutionError, "no such host"),
        (urllib3.exceptions.NewConnectionError, "cannot be reached"),
        (urllib3.exceptions.ConnectTimeoutError, "does not answer in time"),
        (urllib3.exceptions.ReadTimeoutError, "fell silent"),
        (urllib3.exceptions.SSLError, "TLS failed"),
        (urllib3.exceptions.ProtocolError, "the connection broke"),
    )
    return next((words for kind, words in known if isinstance(why, kind)), type(why).__name__)
