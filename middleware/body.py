"""The body of a POST, as a stream with an end that is known before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from middleware.reply import Refused, bad_request, error

STEP = 64 * 1024  # bytes read at once, when nothing else is asked for


class Readable(Protocol):
    """The part of a file that we use."""

    def read(self, size: int, /) -> bytes:
        """Return at most *size* bytes; none at the end."""
        ...


@dataclass(frozen=True)
class BodyRule:
    """What a route takes as its body: at most *most* bytes, of one of these types."""

    description: str
    most: int
    content_types: tuple[str, ...]


class Body:
    """Reads what the client sent, in order, once; a file as far as readers of archives care."""

    def __init__(self, stream: Readable, length: int, content_type: str, encoding: str) -> None:
        self._stream = stream
        self._left = length
        self.length = length
        self.content_type = content_type  # as sent, with its parameters
        self.encoding = encoding  # Content-Encoding, lower case; "" when it is not packed

    def read(self, size: int = STEP) -> bytes:
        """Return at most *size* bytes; none at the end. Raises Refused when it was cut off."""
        if self._left == 0 or size == 0:
            return b""
        chunk = self._stream.read(min(size, self._left) if size > 0 else self._left)
        if not chunk:
            raise bad_request({"body": "shorter than its Content-Length"})
        self._left -= len(chunk)
        return chunk


def body_of(rule: BodyRule, environ: Mapping[str, Any]) -> Body:
    """Return the body of a request. Raises Refused: 411, 413 or 415, nothing of it read."""
    kind = str(environ.get("CONTENT_TYPE") or "")
    if kind.partition(";")[0].strip().lower() not in rule.content_types:
        text = f"This takes {', '.join(rule.content_types)}"
        raise Refused(error("415 Unsupported Media Type", text))
    told = str(environ.get("CONTENT_LENGTH") or "")  # waitress counts chunked bodies for us
    if not (told.isascii() and told.isdigit()):
        raise Refused(error("411 Length Required", "A body with its length is needed"))
    if len(told) > 15 or int(told) > rule.most:
        text = f"The body is over the limit of {rule.most} bytes"
        raise Refused(error("413 Content Too Large", text, limit=rule.most))
    encoding = str(environ.get("HTTP_CONTENT_ENCODING") or "").strip().lower()
    return Body(environ["wsgi.input"], int(told), kind, encoding)
