"""Requests out of bytes: HTTP/1.1 framing by httptools (llhttp), limits on what it costs us.

llhttp refuses what two servers might understand differently: Content-Length beside
Transfer-Encoding, two lengths, odd lengths and line ends (RFC 9112, section 6).
"""

from collections import deque
from typing import Any
from urllib.parse import unquote_to_bytes

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from socorro.serving.limits import (
    CHUNK,
    FRAMING,
    MOST_PIPELINED,
    SMALL_CHUNKS,
    Limits,
    Refusal,
)
from socorro.serving.received_body import Budgets, ReceivedBody

Environ = dict[str, Any]


class Request:
    """One request: its head, and its body as far as it has arrived."""

    def __init__(self, body: ReceivedBody) -> None:
        self.method = ""
        self.target = b""
        self.version = ""
        self.headers: list[tuple[str, str]] = []  # names in lower case
        self.keep_alive = False
        self.length: int | None = 0  # Content-Length; None: chunked
        self.expects = False  # the client waits for "100 Continue"
        self.asks = False  # it has a large body, and nobody has decided yet whether to read it
        self.body = body

    def header_fields(self) -> Environ:
        """Return method, path, query and headers as in a WSGI environment (PEP 3333)."""
        path, _, query = _origin_form(self.target).partition(b"?")
        environ: Environ = {
            "REQUEST_METHOD": self.method,
            "SERVER_PROTOCOL": f"HTTP/{self.version}",
            "PATH_INFO": unquote_to_bytes(b"/" + path.lstrip(b"/")).decode("latin-1"),
            "QUERY_STRING": query.partition(b"#")[0].decode("latin-1"),
        }
        for name, value in self.headers:
            # A name with "_" could pass for one with "-".
            if "_" not in name:
                key = _CGI.get(name) or "HTTP_" + name.upper().replace("-", "_")
                environ[key] = f"{environ[key]}, {value}" if key in environ else value
        return environ


_CGI = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def _origin_form(target: bytes) -> bytes:
    """Return path and query of a request target; a proxy's form has the host before them."""
    if target[:1] == b"/":
        return target
    scheme, separator, rest = target.partition(b"://")
    if separator and scheme.lower() in (b"http", b"https"):
        return b"/" + rest.partition(b"/")[2]
    return b"/*"  # OPTIONS * and CONNECT: no route has this path


def _read_framing(request: Request) -> None:
    """Set how the body comes. Raises Refusal for what we do not speak."""
    if request.version not in ("1.0", "1.1"):
        raise Refusal(505, "The versions of HTTP supported are 1.0 and 1.1")
    for name, value in request.headers:
        if name == "content-length":
            request.length = int(value)  # the parser accepts 64 bits of decimal digits
        elif name == "transfer-encoding":
            if value.lower() != "chunked":
                raise Refusal(501, "Only chunked is supported as Transfer-Encoding")
            request.length = None
        elif name == "expect":
            if value.lower() != "100-continue":
                raise Refusal(417, "Only 100-continue can be expected")
            request.expects = request.version == "1.1"
    if request.length is not None and request.length > request.body.limit:
        raise Refusal(413, f"The body exceeds the limit of {request.body.limit} bytes")


def _words(error: HttpParserError) -> str:
    if isinstance(error, HttpParserInvalidMethodError | HttpParserInvalidURLError):
        return "Start line is invalid"
    for name in ("Content-Length", "Transfer-Encoding"):
        if name in str(error):
            return f"{name} is invalid"
    return "The request is not HTTP/1.1"


class RequestReader:
    """Reads the requests of one connection; complete ones are in `complete`.

    Requests of which `asks` is True may have a body only if the server admits them.
    """

    def __init__(self, limits: Limits, budgets: Budgets) -> None:
        self.complete: deque[Request] = deque()
        self.current: Request | None = None  # whose end has not arrived
        self.head_complete = False  # of the current request
        self._limits, self._budgets = limits, budgets
        self._parser = HttpRequestParser(self)
        self._wire = 0  # bytes of the current request
        self._head = 0
        self._chunks = 0
        self._refusal: Refusal | None = None

    def feed(self, data: memoryview) -> None:
        """Read *data*. Raises Refusal; after it, nothing more can be read."""
        while data:
            # What is not a body yet goes in by at most the rest of what a head may have.
            step = len(data) if self.head_complete else self._limits.head - 1 - self._head
            part, data = data[:step], data[step:]
            self._wire += len(part)
            self._feed(part)
            if self.current is None:
                continue
            if not self.head_complete:
                self._head += len(part)
                if self._head >= self._limits.head - 1:
                    raise Refusal(431, f"The head exceeds the limit of {self._limits.head} bytes")
            elif self._wire > 2 * self.current.body.size + self._limits.head + FRAMING:
                raise Refusal(400, "Chunk extensions or trailers that are longer than the body")

    def _feed(self, part: memoryview) -> None:
        try:
            self._parser.feed_data(part)
        except HttpParserUpgrade:
            # No other protocol is spoken here; the request itself is answered as usual.
            if not self.complete or self.complete[-1].length != 0:
                raise Refusal(400, "Upgrade is not supported for a request with a body") from None
            self.complete[-1].keep_alive = False
        except HttpParserError as error:
            if self._refusal is not None:
                raise self._refusal from None
            if self.complete and not self.complete[-1].keep_alive:
                return  # bytes after the last request
            raise Refusal(400, _words(error)) from None

    # Called by the parser. What they raise ends it; the refusal is kept, to be raised again.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self.complete) >= MOST_PIPELINED:
            self._refuse(Refusal(400, "Too many requests at once"))
        self.current = Request(ReceivedBody(self._limits.body, self._budgets))
        self.head_complete = False
        self._head = self._wire = self._chunks = 0

    def on_url(self, part: bytes) -> None:
        """Read a part of the target."""
        if self.current is not None:
            self.current.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read one header; trailers are ignored."""
        if self.current is not None and not self.head_complete:
            header = (name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t"))
            self.current.headers.append(header)

    def on_headers_complete(self) -> None:
        """Decide whether the body is read."""
        request = self.current
        if request is None:
            return
        request.method = self._parser.get_method().decode("latin-1")
        request.version = self._parser.get_http_version()
        request.keep_alive = self._parser.should_keep_alive()
        try:
            _read_framing(request)
        except Refusal as refusal:
            self._refuse(refusal)
        small = self._limits.unidentified_body
        request.asks = small is not None and (request.length is None or request.length > small)
        self.head_complete = True

    def on_chunk_header(self) -> None:
        """Bound what chunks cost: each calls us, however small it is."""
        self._chunks += 1
        size = self.current.body.size if self.current is not None else 0
        if self._chunks > SMALL_CHUNKS and size < (self._chunks - 1) * CHUNK:
            self._refuse(Refusal(400, f"Chunks of less than {CHUNK} bytes on average"))

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        if self.current is not None:
            try:
                self.current.body.write(piece)
            except Refusal as refusal:
                self._refuse(refusal)

    def on_message_complete(self) -> None:
        """Put the request to the complete ones."""
        if self.current is not None:
            self.complete.append(self.current)
            self.current, self.head_complete = None, False
            self._head = self._wire = 0

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise refusal

    def drop_complete(self) -> None:
        """Drop the requests that wait."""
        while self.complete:
            self.complete.popleft().body.close()

    def close(self) -> None:
        """Drop all that was received."""
        self.drop_complete()
        if self.current is not None:
            self.current.body.close()
            self.current = None
