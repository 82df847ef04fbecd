"""Takes the compression off a stream: gzip, bzip2 and xz, with bounded memory."""

import bz2
import lzma
from collections.abc import Iterable, Iterator
from typing import Protocol

from socorro.inflate import inflate
from socorro.symbols.symfile import BadSymbols

HEAD = 32  # bytes that show what a stream is
_STEP = 2**18  # bytes unpacked at once
_MOST_MEMORY = 65 * 2**20  # of xz: its dictionary is 64 MiB at `xz -9`
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
SUFFIXES = (".gz", ".bz2", ".xz")
# Files that nobody unpacks here, by their first bytes.
_UNREADABLE = (
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"MSCF\0\0\0\0", "a Windows cabinet"),
    (b"SZDD\x88\xf0\x27\x33", "a file of compress.exe"),
)


class _Decompressor(Protocol):
    """The part of the decompressors of Python that we use."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def unreadable(head: bytes) -> str:
    """Return what kind of file begins with *head* if it is one that is not unpacked, else ""."""
    for start, kind in _UNREADABLE:
        if head.startswith(start):
            return f"{kind}, which is not unpacked (gzip, bzip2, xz, zip and tar are)"
    return ""


def is_compressed(head: bytes) -> bool:
    """Return whether a stream that begins with *head* is compressed."""
    return head.startswith((_GZIP, _BZIP2, _XZ))


def split_head(pieces: Iterable[bytes], size: int = HEAD) -> tuple[bytes, Iterator[bytes]]:
    """Return the first *size* bytes of a stream, or all it has, and the whole stream."""
    source = iter(pieces)
    head = b""
    for piece in source:
        head += piece
        if len(head) >= size:
            break
    return head[:size], _chained(head, source)


def decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a stream, as it is when it is not compressed.

    Raises BadSymbols, BadGzip. The caller has to limit how much it takes.
    """
    head, whole = split_head(pieces)
    if head.startswith(_GZIP):
        yield from inflate(whole)
    elif head.startswith(_BZIP2):
        yield from _decompressed(whole, "bzip2")
    elif head.startswith(_XZ):
        yield from _decompressed(whole, "xz")
    else:
        yield from whole


def _decompressor(kind: str) -> _Decompressor:
    if kind == "bzip2":
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, _MOST_MEMORY)


def _decompressed(pieces: Iterable[bytes], kind: str) -> Iterator[bytes]:
    decompressor = _decompressor(kind)
    try:
        for piece in pieces:
            rest = piece
            while rest or not (decompressor.eof or decompressor.needs_input):
                if decompressor.eof:
                    decompressor = _decompressor(kind)
                content = decompressor.decompress(rest, _STEP)
                rest = decompressor.unused_data if decompressor.eof else b""
                if content:
                    yield content
    except (OSError, ValueError, EOFError, lzma.LZMAError) as error:
        raise BadSymbols(f"cannot be unpacked: {error}") from None
    if not decompressor.eof:
        raise BadSymbols(f"cannot be unpacked: the {kind} stream is cut short")


def _chained(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces
