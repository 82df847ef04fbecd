"""/api/ under the pages' own address: passed on to the REST interface, and its answer passed back.

Only what REST needs is passed on: no cookies, so that a page elsewhere can do nothing here in the
name of a visitor who is signed in; tokens are all that counts. The client's address goes along,
so that rate limits count clients and not the pages.

The list of resources itself, /api/, is a page for browsers (crashstats/api.py), and REST's own for
programs.

An answer is complete before its first byte is sent: when the REST interface dies in the middle of
one, the client gets 503 instead of half an answer. Large ones are in a temporary file.
"""

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Final
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from socorro import log, metrics
from socorro.accounts import tokens
from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.postgres import Database
from socorro.serving.answers import FileWrapper
from socorro.serving.health import WsgiApp
from socorro.serving.json_refusals import json_refusal
from socorro.serving.limits import Admits, Refusal, Refused, plainly
from socorro.serving.proxies import PAGES_VIA, Proxies
from socorro.serving.rate_limit import is_own
from socorro.serving.request import new_request_id

OWN_PATHS: Final = ("/api/tokens",)  # pages below /api/
CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 30  # between two pieces of an answer, when nothing was uploaded
UPLOAD_READ_SECONDS: Final = 300  # symbol files are checked before the first byte of the answer
ANSWER_SECONDS: Final = 300  # for a whole answer
LARGEST_ANSWER: Final = 2**30  # bytes
LARGEST_UPLOAD: Final = 2**30  # bytes; REST may take less
IN_MEMORY: Final = 256 * 1024  # bytes of an answer; a longer one is in a temporary file
WAIT_SECONDS: Final = 1  # for others to finish, when as many requests are passed on as may be
RETRY_SECONDS: Final = 1
STEP: Final = 64 * 1024  # bytes

REQUEST_HEADERS: Final = (
    "Accept",
    "Accept-Encoding",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Auth-Token",
    "Content-Encoding",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "User-Agent",
)
NOT_PASSED_BACK: Final = {  # of the connection, or of the pages
    *("connection", "content-length", "date", "keep-alive", "server", "set-cookie"),
    *("trailer", "transfer-encoding", "upgrade"),
}
# urllib3 quotes every % of a query in which one stands alone; so none may.
_LONE_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "#")

Environ = dict[str, Any]


class _Unavailable(Exception):
    """The REST interface does not answer, or not as it should; the text says it to clients."""


class RestProxy:
    """Passes requests on to the REST interface at *url*, *most_at_once* of them.

    Safe to share between threads.
    """

    def __init__(self, url: str, proxies: Proxies, most_at_once: int) -> None:
        self._pool = urllib3.connection_from_url(url, maxsize=most_at_once)
        self._prefix = urlsplit(url).path.rstrip("/")
        self._proxies = proxies
        self._free = threading.BoundedSemaphore(most_at_once)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, as WSGI."""
        started = time.monotonic()
        if PAGES_VIA in str(environ.get("HTTP_VIA", "")):
            status, headers, body = _problem("webapp.middleware_url is the address of the pages")
        elif not self._free.acquire(timeout=WAIT_SECONDS):
            status, headers, body = _problem("Too many requests to /api/ at once: try again")
        else:
            try:
                status, headers, body = self._pass_on(environ, started + ANSWER_SECONDS)
            except _Unavailable as error:
                status, headers, body = _problem(str(error))
            finally:
                self._free.release()
        metrics.requests.labels("webapp", "api", status[:3]).inc()
        metrics.request_seconds.labels("webapp", "api").observe(time.monotonic() - started)
        start_response(status, headers)
        return body

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _pass_on(
        self, environ: Environ, deadline: float
    ) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
        try:
            response = self._send(environ)
            try:
                body, size = _read_all(response, deadline)
            finally:
                response.close()  # of a complete answer: the connection is in the pool already
        except (HTTPError, OSError) as error:
            log.get().warning("REST is unavailable", error=type(error).__name__)
            raise _Unavailable("The REST interface is unavailable: try again later") from None
        headers = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in NOT_PASSED_BACK
        ]
        length = response.headers.get("Content-Length") if _is_head(environ) else str(size)
        if length is not None:
            headers.append(("Content-Length", length))
        return f"{response.status} {response.reason or ''}".strip(), headers, body

    def _send(self, environ: Environ) -> urllib3.BaseHTTPResponse:
        """Send the request. One without a body is sent again when its connection was stale."""
        method = environ["REQUEST_METHOD"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        has_body = length > 0 or method in ("POST", "PUT")
        read_seconds = UPLOAD_READ_SECONDS if has_body else READ_SECONDS
        for is_last in (has_body, True):
            try:
                return self._pool.urlopen(
                    method,
                    self._prefix + _target(environ),
                    body=_body(environ["wsgi.input"], length) if has_body else None,
                    headers=self._headers(environ, length if has_body else None),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
                )
            except ProtocolError:
                if is_last:
                    raise
        raise AssertionError("the last try returns or raises")

    def _headers(self, environ: Environ, length: int | None) -> dict[str, str]:
        headers = {
            name: value
            for name in REQUEST_HEADERS
            if (value := environ.get(f"HTTP_{name.upper().replace('-', '_')}"))
        }
        headers.setdefault("User-Agent", "")  # else urllib3 names itself
        headers["Via"] = PAGES_VIA
        if length is not None:
            headers["Content-Length"] = str(length)
            headers["Content-Type"] = environ.get("CONTENT_TYPE") or ""
        client = self._proxies.client(environ)
        if not is_own(client):  # this machine has no limits, there either
            headers["X-Forwarded-For"] = client
        return headers


def with_api(pages: WsgiApp, rest: WsgiApp) -> WsgiApp:
    """Return an application that answers /api/ by *rest*, all else by *pages*."""

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_rest = is_api(str(environ.get("PATH_INFO", ""))) and not _is_page(environ)
        return (rest if is_rest else pages)(environ, start_response)

    return wrapped


def _is_page(environ: Environ) -> bool:
    """Say whether a browser asks for the list of resources, which is a page for it."""
    return (
        str(environ.get("PATH_INFO", "")).rstrip("/") == "/api"
        and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and "text/html" in str(environ.get("HTTP_ACCEPT", ""))
    )


def is_api(path: str) -> bool:
    """Say whether a path belongs to the REST interface, and not to a page."""
    is_below = path.startswith(("/api/", "/bpapi/"))  # the latter leads on from 2012's addresses
    return (is_below and path.rstrip("/") not in OWN_PATHS) or path == "/api"


def refused(refusal: Refusal) -> Refused:
    """Return the answer to a request that the server itself refuses: JSON below /api/."""
    if not is_api(refusal.path):
        return plainly(refusal)
    return json_refusal(refusal, "webapp", "api", retry_seconds=RETRY_SECONDS)


def uploaders(database: Database) -> Admits:
    """Return a check of who may send a body larger than a form: holders of upload_symbols."""

    def admits(environ: Mapping[str, Any]) -> bool:
        if not is_api(environ["PATH_INFO"]):
            return False
        token = str(environ.get("HTTP_AUTH_TOKEN") or "").strip()
        with database.transaction() as db:
            holder = tokens.find(db, token, datetime.now(UTC))
        return holder is not None and UPLOAD_SYMBOLS in holder.permissions

    return admits


def _target(environ: Environ) -> str:
    """Return path and query as they were sent, quoted where they must be."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~!$&'()*+,;=:@")
    query = str(environ.get("QUERY_STRING", ""))
    if not query:
        return path
    whole = _LONE_PERCENT.sub("%25", query)
    return f"{path}?{quote(whole.encode('latin-1', 'replace'), safe=_PRINTABLE)}"


def _body(stream: IO[bytes], length: int) -> Iterator[bytes]:
    left = length
    while left and (chunk := stream.read(min(STEP, left))):
        left -= len(chunk)
        yield chunk


def _read_all(response: urllib3.BaseHTTPResponse, deadline: float) -> tuple[Iterable[bytes], int]:
    """Return the whole answer, and its size in bytes."""
    pieces: list[bytes] = []
    file: IO[bytes] | None = None
    size = 0
    for chunk in response.stream(STEP, decode_content=False):
        pieces.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise _Unavailable("This answer is too large: narrow the request")
        if time.monotonic() > deadline:
            raise _Unavailable("This answer takes too long: narrow the request")
        if size > IN_MEMORY:
            file = file or tempfile.TemporaryFile()  # noqa: SIM115 - the server closes it
            file.writelines(pieces)
            pieces.clear()
    if file is None:
        return pieces, size
    file.flush()
    file.seek(0)
    return FileWrapper(file), size


def _is_head(environ: Environ) -> bool:
    return bool(environ["REQUEST_METHOD"] == "HEAD")


def _problem(text: str) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    request_id = new_request_id()
    body = json.dumps({"error": text, "errors": {}, "request_id": request_id}).encode()
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(RETRY_SECONDS)),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
        ("X-Request-Id", request_id),
    ]
    return "503 Service Unavailable", headers, [body]
