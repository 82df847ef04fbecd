"""Requests to a WSGI application, without a socket."""

import gzip
import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

from socorro.serving.health import WsgiApp


@dataclass(frozen=True)
class Answer:
    """The response."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()  # each Set-Cookie

    @property
    def text(self) -> str:
        body = self.body
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode()

    def json(self) -> Any:
        return json.loads(self.text)


def ask(
    app: WsgiApp, address: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    """Send one request; the header Auth-Token is AUTH_TOKEN here, REMOTE_ADDR is no header."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": headers.pop("REMOTE_ADDR", "127.0.0.1"),
        "CONTENT_TYPE": headers.pop("CONTENT_TYPE", ""),
        "wsgi.input": BytesIO(body or b""),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(environ)
    response: list[Any] = []
    sent = app(environ, lambda status, headers, _error=None: response.extend((status, headers)))
    whole = b"".join(sent)
    if hasattr(sent, "close"):
        sent.close()
    cookies = tuple(value.strip() for name, value in response[1] if name == "Set-Cookie")
    return Answer(int(response[0][:3]), dict(response[1]), whole, cookies)
