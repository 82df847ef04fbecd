"""Inflates gzip piece by piece: bounded memory, and a stream that breaks off is an error."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 2**18  # bytes inflated at once


class BadGzip(ValueError):
    """The bytes are no gzip stream."""


class CutShort(BadGzip):
    """The stream broke off."""


def inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of the gzip stream in *pieces*, in steps of 256 KiB. Raises BadGzip.

    The caller has to limit how much it takes: some kilobytes may inflate to gigabytes.
    """
    inflater = zlib.decompressobj(_GZIP)
    at_start = True  # of a member; between two members the stream may end
    for piece in pieces:
        rest = piece
        while rest:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP)
            try:
                content = inflater.decompress(rest, _STEP)
            except zlib.error as error:
                raise BadGzip(f"no gzip stream: {error}") from None
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            at_start = inflater.eof
            if content:
                yield content
    while not inflater.eof and (content := inflater.decompress(b"", _STEP)):
        yield content
    if not (at_start or inflater.eof):
        raise CutShort("the gzip stream is cut short")
