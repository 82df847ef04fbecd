"""Who may send a large body: asked when its headers are here, before any of it is taken.

waitress reads a whole body, to a temporary file when it is large, before the application is asked
anything. So a route that takes large files from the few who may send them would take them from
everybody, only to throw them away.

A client that is refused may send on, and read the answer only then. To close while it sends would
take the answer away from it, so its bytes are read into nothing for a while first.
"""

import copy
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from socorro.postgres import Unavailable

LINGER_SECONDS = 10  # for which a refused client may send on
LINGER_BYTES = 2**26  # that it may send on

Admits = Callable[[Mapping[str, Any]], bool]


class _Refused(Error):
    """Sent in place of reading the body; the connection ends."""

    code = 403
    reason = "Forbidden"


class _Away(Error):
    """Sent while nobody can be known; trying later may help."""

    code = 503
    reason = "Service Unavailable"


def channel(admits: Admits, small: int) -> type[HTTPChannel]:
    """Return a channel that takes bodies over *small* bytes only from those whom *admits* knows.

    *admits* gets the request as a WSGI environment of method, path and headers, in the thread
    that reads from all clients, and only for bodies that are large or tell no length. It must be
    quick, and raise nothing but one of Unavailable, which is answered with 503.
    """

    class Request(HTTPRequestParser):
        """A request of which the headers decide how much is read."""

        def parse_header(self, header_plus: bytes) -> None:
            """Read the headers."""
            super().parse_header(header_plus)
            if self.content_length <= small and not self.chunked:
                return
            if self.content_length >= self.adj.max_request_body_size:
                self.expect_continue = False  # waitress refuses it, but would ask for the body
                return
            try:
                if admits(_environ(self)):
                    return
            except Unavailable:
                self._refuse(_Away("Database away, try again later"))
                return
            if self.content_length > small:
                text = f"A body over {small} bytes needs a token with the permission to send it"
                self._refuse(_Refused(text))
            else:  # chunked: 413 as soon as it is large
                self.adj = copy.copy(self.adj)
                self.adj.max_request_body_size = small + 1  # waitress refuses what is as large, too

        def _refuse(self, error: Error) -> None:
            self.error, self.completed = error, True
            self.expect_continue = False  # else waitress asks for the body, and reads all of it

    class Channel(_Lingering):
        """One connection."""

        parser_class = Request

    return Channel


class _Lingering(HTTPChannel):
    """A connection that ends, after a refusal, when the client has had the time to read it."""

    _refused = False
    _until = 0.0  # monotonic; once set, what comes is thrown away
    _taken = 0  # bytes of that

    def service(self) -> None:
        """Answer a request; runs in a thread of the application."""
        self._refused = bool(self.requests[0].error)
        super().service()

    def handle_close(self) -> None:
        """Say that nothing more is sent, and close when the client has closed, or in the end."""
        if self.socket and self._refused and not self._until and not self.total_outbufs_len:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:  # the client is gone
                pass
            else:
                self._until = time.monotonic() + LINGER_SECONDS
                self.will_close = False
                return
        super().handle_close()

    def received(self, data: bytes) -> bool:
        """Take what came; throw it away after a refusal."""
        if not self._until:
            return bool(super().received(data))
        self._taken += len(data)
        if self._taken > LINGER_BYTES or time.monotonic() > self._until:
            self.handle_close()
        return True


def _environ(request: HTTPRequestParser) -> dict[str, Any]:
    headers = {f"HTTP_{name}": value for name, value in request.headers.items()}
    return {"REQUEST_METHOD": request.command, "PATH_INFO": vars(request)["path"], **headers}
