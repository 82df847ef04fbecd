"""The body of a POST: a stream whose length is known before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from middleware.parameters import Parameter, read_texts
from middleware.reply import Refused, bad_request, error_reply

STEP = 64 * 1024  # bytes read at once, unless the caller says otherwise
FORM = "application/x-www-form-urlencoded"


class Readable(Protocol):
    """The part of a file that we use."""

    def read(self, size: int, /) -> bytes:
        """Return at most *size* bytes; none at the end."""
        ...


@dataclass(frozen=True)
class BodyRule:
    """The body that a route accepts: at most *most_bytes*, of one of *content_types*.

    With *form* it is a form with these parameters, which the route gets by name, like those of
    its query.
    """

    description: str
    most_bytes: int
    content_types: tuple[str, ...]
    form: tuple[Parameter, ...] = ()
    schema: Mapping[str, Any] | None = None  # JSON Schema of a body that is JSON


class Body:
    """Reads what the client sent, once and in order; enough of a file for readers of archives."""

    def __init__(self, stream: Readable, length: int, content_type: str, encoding: str) -> None:
        self._stream = stream
        self._left = length
        self.length = length
        self.content_type = content_type  # as sent, with its parameters
        self.encoding = encoding  # Content-Encoding, lower case; "" when the body is not encoded

    def read(self, size: int = STEP) -> bytes:
        """Return at most *size* bytes; none at the end. Raises Refused for a cut body."""
        if self._left == 0 or size == 0:
            return b""
        chunk = self._stream.read(min(size, self._left) if size > 0 else self._left)
        if not chunk:
            raise bad_request({"body": "shorter than its Content-Length"})
        self._left -= len(chunk)
        return chunk


def form(description: str, most_bytes: int, *parameters: Parameter) -> BodyRule:
    """Return the rule of a body that is a form with these *parameters*."""
    return BodyRule(description, most_bytes, (FORM,), parameters)


def read_form(rule: BodyRule, body: Body) -> dict[str, Any]:
    """Return the values of a form by name. Raises Refused: 400, or 415 for an encoded body."""
    return read_texts(rule.form, read_text(body), "body")


def read_text(body: Body) -> str:
    """Return the whole body as text. Raises Refused, 415, for an encoded one."""
    if body.encoding not in ("", "identity"):
        text = "Unsupported Content-Encoding (a form is not compressed)"
        raise Refused(error_reply("415 Unsupported Media Type", text))
    return b"".join(iter(body.read, b"")).decode("utf-8", "replace")


def body_of(rule: BodyRule, environ: Mapping[str, Any]) -> Body:
    """Return the body of a request, unread. Raises Refused: 411, 413 or 415."""
    kind = str(environ.get("CONTENT_TYPE") or "")
    if kind.partition(";")[0].strip().lower() not in rule.content_types:
        text = f"Unsupported Content-Type (expected {', '.join(rule.content_types)})"
        raise Refused(error_reply("415 Unsupported Media Type", text))
    length = str(environ.get("CONTENT_LENGTH") or "")  # of chunked bodies, too
    if not (length.isascii() and length.isdigit()):
        raise Refused(
            error_reply("411 Length Required", "Content-Length is missing or not a number")
        )
    if len(length) > 15 or int(length) > rule.most_bytes:
        text = f"The body is over the limit of {rule.most_bytes} bytes"
        raise Refused(error_reply("413 Content Too Large", text, limit=rule.most_bytes))
    encoding = str(environ.get("HTTP_CONTENT_ENCODING") or "").strip().lower()
    return Body(environ["wsgi.input"], int(length), kind, encoding)
