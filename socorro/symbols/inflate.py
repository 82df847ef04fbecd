"""Undoes gzip piece by piece: never more in memory than a step, and no end without an end."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 2**18  # bytes


class BadGzip(ValueError):
    """What came is no gzip stream."""


class CutShort(BadGzip):
    """The stream broke off."""


def inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the gzip stream in *pieces* holds. Raises BadGzip.

    How much that is the caller has to limit: some kilobytes may inflate to gigabytes.
    """
    inflater = zlib.decompressobj(_GZIP)
    fresh = True  # between two members of the stream
    for piece in pieces:
        rest = piece
        while rest:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP)
            try:
                out = inflater.decompress(rest, _STEP)
            except zlib.error as why:
                raise BadGzip(f"no gzip stream: {why}") from None
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            fresh = inflater.eof
            if out:
                yield out
    while not inflater.eof and (out := inflater.decompress(b"", _STEP)):
        yield out
    if not (fresh or inflater.eof):
        raise CutShort("the gzip stream is cut short")
