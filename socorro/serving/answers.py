"""Runs a WSGI application (PEP 3333) for one request, and makes the bytes of its answer."""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.utils import formatdate
from typing import IO, Final, NamedTuple

from socorro import log
from socorro.serving.health import WsgiApp
from socorro.serving.http_request import Environ, Request
from socorro.serving.limits import IN_MEMORY, PHRASES, OnRefusal, Refusal, Refused
from socorro.serving.public import SAFE_HEADERS
from socorro.serving.request import path_to

NAME: Final = "socorro"  # web.py fails on requests of a server without a name
Headers = Sequence[tuple[str, str]]


def _nothing() -> None:
    """Do nothing."""


class Answer(NamedTuple):
    """The bytes to send: *data*, then *size* bytes of *file* from its position on, if any."""

    data: bytes
    file: IO[bytes] | None = None
    size: int = 0
    close: Callable[[], None] = _nothing  # called when all is sent, or cannot be


class FileWrapper:
    """wsgi.file_wrapper: a file that the loop sends; no thread waits for the client."""

    def __init__(self, file: IO[bytes], block_size: int = 64 * 1024) -> None:
        self.file = file
        self._block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self._block_size), b"")

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def size(self) -> int | None:
        """Return the bytes from the position to the end; None for what only looks like a file."""
        try:
            return os.fstat(self.file.fileno()).st_size - self.file.tell()
        except (OSError, AttributeError):
            return None


def environ_of(request: Request, client: str, address: tuple[str, int]) -> Environ:
    """Return the WSGI environment of a complete request to *address*. Raises Refusal."""
    environ = request.header_fields()
    environ.update(
        {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "SERVER_SOFTWARE": NAME,
            "REMOTE_ADDR": client,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": request.body.stream(),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
        }
    )
    if request.length is None:
        environ["CONTENT_LENGTH"] = str(request.body.size)  # chunked: it is known now
    return environ


def call(app: WsgiApp, environ: Environ, keep_alive: bool, on_refusal: OnRefusal) -> Answer:
    """Return the answer of *app*; one that fails is answered with 500 and logged."""
    path = str(environ["PATH_INFO"])  # an application may change it
    response = _Response(environ["REQUEST_METHOD"] == "HEAD", keep_alive)
    result: Iterable[bytes] = ()
    try:
        result = app(environ, response.start)
        return response.answer(result)
    except Exception as error:
        log.get().error("request failed", error=type(error).__name__, path=path_to(error))
        _close(result)
        failed = Refusal(500, "Internal server error", path)
        return refusal_answer(500, on_refusal(failed), keep_alive)


def refusal_answer(status: int, refused: Refused, keep_alive: bool = False) -> Answer:
    """Return an answer of the server itself."""
    headers = [("Content-Type", refused.content_type), *SAFE_HEADERS, *refused.headers]
    line = f"{status} {PHRASES[status]}"
    return Answer(_head(line, headers, len(refused.body), keep_alive) + refused.body)


class _Response:
    """What the application says of its answer, and its body."""

    def __init__(self, is_head: bool, keep_alive: bool) -> None:
        self._is_head, self._keep_alive = is_head, keep_alive
        self._status = ""
        self._headers: Headers = ()
        self._pieces: list[bytes] = []

    def start(
        self, status: str, headers: Headers, exc_info: object = None
    ) -> Callable[[bytes], object]:
        """Be start_response of PEP 3333."""
        if self._status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self._status, self._headers = status, headers
        return self._pieces.append

    def answer(self, result: Iterable[bytes]) -> Answer:
        """Take the whole body, so that its length is known; a file stays one."""
        size = result.size() if isinstance(result, FileWrapper) and not self._pieces else None
        if isinstance(result, FileWrapper) and size is not None:
            size = min(size, self._declared(size))
            return self._with_file(size, result.file, result.close)
        try:
            return self._gathered(result)
        finally:
            _close(result)

    def _gathered(self, result: Iterable[bytes]) -> Answer:
        size, file = sum(map(len, self._pieces)), None
        for piece in result:
            self._pieces.append(piece)
            size += len(piece)
            if size > IN_MEMORY:
                file = file or tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
                file.writelines(self._pieces)
                self._pieces.clear()
        if file is not None:
            file.writelines(self._pieces)
            file.flush()
            file.seek(0)
            return self._with_file(size, file, file.close)
        if self._is_head or self._is_bodiless():
            return Answer(self._head(self._declared(size)))
        return Answer(b"".join((self._head(size), *self._pieces)))

    def _with_file(self, size: int, file: IO[bytes], close: Callable[[], None]) -> Answer:
        if self._is_head or self._is_bodiless():
            close()
            return Answer(self._head(size))
        return Answer(self._head(size), file, size, close)

    def _head(self, size: int) -> bytes:
        length = None if self._is_bodiless() else size
        return _head(self._status, self._headers, length, self._keep_alive)

    def _is_bodiless(self) -> bool:
        return self._status[:3] in ("204", "304")

    def _declared(self, size: int) -> int:
        """Return the Content-Length that the application declared, else *size*."""
        lengths = [value for name, value in self._headers if name.lower() == "content-length"]
        return int(lengths[0]) if lengths else size


def _head(status: str, headers: Headers, length: int | None, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    for name, value in headers:
        # What an application passes on from outside must not become a header of its own.
        if "\n" in value or "\r" in value:
            raise ValueError("a header has a line end in it")
        if name.lower() not in _OURS:
            lines.append(f"{name}: {value}")
    lines.append(f"Server: {NAME}\r\nDate: {_date()}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1")


_OURS = ("content-length", "connection", "server", "date", "transfer-encoding", "keep-alive")


def _close(result: Iterable[bytes]) -> None:
    close = getattr(result, "close", None)
    if close is not None:
        close()


_latest_date = (0, "")


def _date() -> str:
    """Return the time as HTTP writes it; made once a second."""
    global _latest_date  # a tuple is replaced as a whole
    now = int(time.time())
    if _latest_date[0] != now:
        _latest_date = (now, formatdate(now, usegmt=True))
    return _latest_date[1]
