"""A symbol server on this machine that answers as a test requires."""

import gzip
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Handler = BaseHTTPRequestHandler
Play = Callable[[Handler], None]


class SymbolServer(ThreadingHTTPServer):
    """Answers GET by path; counts requests. An unknown path is a 404."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((address, port), _Request)
        self.plays: dict[str, Play] = {}
        self.default: Play = answer(404, b"no such symbols")
        self.requests: Counter[str] = Counter()
        self.connections = 0
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()  # answers that drip or hang stop with the server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: object, address: object) -> None:
        self.connections += 1
        super().process_request(request, address)  # type: ignore[arg-type]

    def handle_error(self, request: object, address: object) -> None:
        """A client that goes away is what these tests are about."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SymbolServer

    def do_GET(self) -> None:
        self.server.requests[self.path] += 1
        self.server.headers.append(dict(self.headers.items()))
        self.server.plays.get(self.path, self.server.default)(self)

    def log_message(self, *_words: object) -> None:
        pass


@contextmanager
def serving(
    tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
) -> Iterator[SymbolServer]:
    server = SymbolServer(address, port)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(status: int, body: bytes = b"", **headers: str) -> Play:
    """Answer completely, with a length; the header Content-Type is written Content_Type."""

    def play(request: Handler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return play


def packed(body: bytes, cut: int = 0) -> Play:
    """Answer gzipped, *cut* bytes short though the length fits."""
    whole = gzip.compress(body, mtime=0)
    return answer(200, whole[: len(whole) - cut], Content_Encoding="gzip")


def chunked(body: bytes, whole: bool = True) -> Play:
    """Answer in chunks of 1000 bytes; not *whole*: the last one never comes."""

    def play(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for start in range(0, len(body), 1000):
            piece = body[start : start + 1000]
            request.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if whole:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = True

    return play


def cut_short(body: bytes, missing: int) -> Play:
    """Promise more bytes than come."""

    def play(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body) + missing))
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True

    return play


def endless(start: bytes, piece: bytes) -> Play:
    """Send *start*, then *piece* again and again, without a length."""

    def play(request: Handler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(start)
        while not request.server.closing.is_set():  # type: ignore[attr-defined]
            request.wfile.write(piece)

    return play


def dripping(body: bytes, headers_too: bool = False) -> Play:
    """Send a byte every 20 ms forever: no silence is long enough for a time-out."""

    def play(request: Handler) -> None:
        closing: threading.Event = request.server.closing  # type: ignore[attr-defined]
        if not headers_too:
            request.send_response(200)
            request.end_headers()
        else:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            body_or_header = b"x" * 100_000
            _drip(request, body_or_header, closing)
        _drip(request, body, closing)

    return play


def _drip(request: Handler, body: bytes, closing: threading.Event) -> None:
    for byte in body:
        if closing.wait(0.02):
            return
        request.wfile.write(bytes([byte]))
        request.wfile.flush()


def silent(request: Handler) -> None:
    """Say nothing until the server is closed."""
    request.server.closing.wait(60)  # type: ignore[attr-defined]
    request.close_connection = True
