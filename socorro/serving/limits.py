"""What a server grants its clients: sizes, times and shares, and how it counts what it refuses."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

PLAIN: Final = "text/plain; charset=utf-8"
PHRASES: Final = {
    400: "Bad Request",
    403: "Forbidden",
    413: "Content Too Large",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


class Addresses(Protocol):
    """Some addresses."""

    def __contains__(self, address: str, /) -> bool: ...


class Limits(NamedTuple):
    """Limits of one process. Sizes in bytes, times in seconds."""

    body: int  # largest body; a larger one is refused with 413
    unidentified_body: int | None = None  # largest body from clients that `admits` does not admit
    head: int = 32 * 1024
    connections: int = 1000
    address_connections: int = 250  # of one address; 0: all
    proxies: Addresses = ()  # addresses that have as many as they want
    head_seconds: float = 20  # from the first byte of a request to the end of its head
    idle_seconds: float = 60  # without a request
    body_seconds: float = 1800
    body_rate: int = 500  # bytes a second that a body brings on average, after a start
    answer_seconds: float = 60  # in which a client reads nothing of its answer
    stop_seconds: float = 10  # to finish what has begun when the server is told to stop


BODY_START: Final = 30.0  # seconds of a body before its rate counts
SMALL_CHUNKS: Final = 1000  # of one body; with more, they have at least ...
CHUNK: Final = 64  # bytes on average
FRAMING: Final = (
    64 * 1024
)  # bytes of chunk extensions and trailers, besides as many as the body has
MOST_PIPELINED: Final = 32  # requests that wait on one connection
IN_MEMORY: Final = 256 * 1024  # bytes of one body or answer; the rest is in a temporary file


class Refusal(Exception):
    """A request that the server answers by itself, without the application; the connection ends.

    *path* is that of the request, as PATH_INFO; empty: it was not read.
    """

    def __init__(self, status: int, text: str, path: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.path = path


class Refused(NamedTuple):
    """The answer to such a request."""

    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def plainly(refusal: Refusal) -> Refused:
    """Return the answer in plain text."""
    return Refused(PLAIN, f"{refusal.text}\n".encode())


OnRefusal = Callable[[Refusal], Refused]  # counts a refusal and words its answer
Admits = Callable[[Mapping[str, Any]], bool]  # may this client send a large body?
