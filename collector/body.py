"""The body of a POST as a stream: inflated in steps, counted before and after, never whole."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

STEP = 256 * 1024  # bytes read, or inflated, at once

_GZIP = 16 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class Malformed(Exception):
    """The post is not a crash; *reason* is sent to the client and counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(Exception):
    """The body is over the limit, as sent or inflated."""


class Readable(Protocol):
    """The one method of a file that we use."""

    def read(self, size: int, /) -> bytes:
        """Return at most *size* bytes; none at the end."""
        ...


class Request(NamedTuple):
    """What we read of a POST; *length* is None when the client sent none (chunked)."""

    stream: Readable
    length: int | None
    content_type: str
    encoding: str

    @classmethod
    def of(cls, environ: dict[str, Any]) -> "Request":
        """Read a WSGI environment. Raises Malformed when Content-Length is not a number."""
        length = str(environ.get("CONTENT_LENGTH") or "")
        if length and not (length.isascii() and length.isdigit()):
            raise Malformed("invalid_payload_structure")
        return cls(
            environ["wsgi.input"],
            int(length) if length else None,
            str(environ.get("CONTENT_TYPE") or ""),
            str(environ.get("HTTP_CONTENT_ENCODING") or "").strip().lower(),
        )


class Body:
    """Iterates over the body's content once; *wire_size* is then the bytes received."""

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self.wire_size = 0
        self.compressed = request.encoding not in ("", "identity")

    def __iter__(self) -> Iterator[bytes]:
        return self._inflated(self._wire()) if self.compressed else self._wire()

    def _wire(self) -> Iterator[bytes]:
        length = self._request.length
        most = self._limit if length is None else length
        if most > self._limit:
            raise TooLarge
        # Without a length, reading one byte over the limit shows that there is more.
        end = most + 1 if length is None else most
        while chunk := self._request.stream.read(min(STEP, end - self.wire_size)):
            self.wire_size += len(chunk)
            if self.wire_size > self._limit:
                raise TooLarge
            yield chunk
        if length is None and not self.wire_size:
            raise Malformed("no_content_length")  # neither a length nor chunks
        if length is not None and self.wire_size < length:
            raise Malformed("invalid_payload_structure")  # the client went away

    def _inflated(self, wire: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        inflater = None
        for chunk in wire:
            inflater = inflater or _inflater(self._request.encoding, chunk[0])
            for piece in _steps(inflater, chunk):
                size += len(piece)
                if size > self._limit:
                    raise TooLarge
                yield piece
        if inflater is None or not inflater.eof:
            raise Malformed("bad_gzip")


def _inflater(encoding: str, first: int) -> "zlib._Decompress":
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    if encoding == "deflate":
        # "deflate" means the zlib format, whose first byte ends in 8; some send bare deflate.
        return zlib.decompressobj(zlib.MAX_WBITS if first & 15 == 8 else _RAW_DEFLATE)
    raise Malformed("unknown_encoding")


def _steps(inflater: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    if inflater.eof:
        raise Malformed("bad_gzip")  # bytes after the compressed stream
    while True:
        try:
            piece = inflater.decompress(chunk, STEP)
        except zlib.error:
            raise Malformed("bad_gzip") from None
        if piece:
            yield piece
        if inflater.unused_data:
            raise Malformed("bad_gzip")
        chunk = inflater.unconsumed_tail
        if not chunk and len(piece) < STEP:
            return
