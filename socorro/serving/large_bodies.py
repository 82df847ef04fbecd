"""Who may send a large body: decided when its headers have arrived, before the body is read.

waitress reads a whole body, to a temporary file when it is large, before it calls the application.
So a route for large files from a few permitted clients would read them from everybody, only to
throw them away.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from socorro.postgres import Unavailable
from socorro.serving.lingering import Lingering

Admits = Callable[[Mapping[str, Any]], bool]


class _Refused(Error):
    """The answer instead of reading the body; the connection ends."""

    code = 403
    reason = "Forbidden"


class _Away(Error):
    """The answer while Postgres is unavailable, so that nobody can be identified."""

    code = 503
    reason = "Service Unavailable"


def channel(admits: Admits, small: int) -> type[HTTPChannel]:
    """Return a channel that reads a body over *small* bytes only when *admits* returns True.

    *admits* gets the request as a WSGI environment of method, path and headers, in the thread that
    reads from all clients, and only for bodies that are large or of unknown length. It must be
    quick, and raise nothing but one of Unavailable, which is answered with 503.
    """

    class Request(HTTPRequestParser):
        """A request whose headers decide how much of the body is read."""

        def parse_header(self, header_plus: bytes) -> None:
            """Read the headers."""
            super().parse_header(header_plus)
            if self.content_length <= small and not self.chunked:
                return
            if self.content_length >= self.adj.max_request_body_size:
                self.expect_continue = False  # waitress refuses it, but would request the body
                return
            try:
                if admits(_environ(self)):
                    return
            except Unavailable:
                self._refuse(_Away("Database unavailable, try again later"))
                return
            if self.content_length > small:
                text = f"A body over {small} bytes needs a token with the permission to send it"
                self._refuse(_Refused(text))
            else:  # chunked: 413 as soon as it is large
                self.adj = copy.copy(self.adj)
                self.adj.max_request_body_size = small + 1  # waitress refuses this size, too

        def _refuse(self, error: Error) -> None:
            self.error, self.completed = error, True
            self.expect_continue = False  # else waitress requests the body, and reads all of it

    class Channel(Lingering):
        """One connection."""

        parser_class = Request

    return Channel


def _environ(request: HTTPRequestParser) -> dict[str, Any]:
    headers = {f"HTTP_{name}": value for name, value in request.headers.items()}
    return {"REQUEST_METHOD": request.command, "PATH_INFO": vars(request)["path"], **headers}
