"""Reads tar files from outside as a stream, member by member, with limits on sizes and counts.

Python's own reader takes the extended headers of a member into memory, however long they claim to
be. Only regular files are of interest here; links, devices and folders are passed by.
"""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from socorro.symbols.archive import BadArchive, Limits, Member, check_member, check_total

_BLOCK = TAR_HEAD = 512  # bytes; the first ones show that it is a tar file
_LONGEST_NAME = 4096  # bytes, with all that an extended header says
_REGULAR = (b"0", b"\0", b"7")
_LONG_NAME, _EXTENDED = b"L", b"x"
_PATH = re.compile(rb"(?:^|\n)\d{1,9} path=([^\n\0]*)\n")


def is_tar(head: bytes) -> bool:
    """Return whether a file that begins with *head*, 512 bytes, is a tar file."""
    return len(head) >= _BLOCK and _sum_is_right(head[:_BLOCK])


def tar_members(pieces: Iterable[bytes], limits: Limits) -> Iterator[Member]:
    """Yield the files in a tar file; each can be read until the next one is requested.

    Raises BadArchive, and what *pieces* raises.
    """
    stream = _Stream(pieces)
    count = total = 0
    name = b""
    while (header := stream.exactly(_BLOCK)) and header.strip(b"\0"):
        if not _sum_is_right(header):
            raise BadArchive("not a readable tar file: a header is damaged")
        size, kind = _number(header[124:136]), header[156:157]
        count += 1
        check_total(count, total := total + size, limits)
        stream.open_part(size)
        if kind in (_LONG_NAME, _EXTENDED):
            name = _long_name(stream, size, kind)
        else:
            if kind in _REGULAR:
                text = (name or _short_name(header)).decode("utf-8", "replace")
                path = PurePosixPath(text.replace("\\", "/"))
                yield Member(path, size, stream, check_member(path, "tar"))
            name = b""
        stream.skip_part()


class _Stream(io.RawIOBase):
    """A stream of pieces; `read` reads the part that is open, and no further."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), memoryview(b"")
        self._left = self._padding = 0

    def open_part(self, size: int) -> None:
        """Let `read` return the next *size* bytes."""
        self._left, self._padding = size, -size % _BLOCK

    def skip_part(self) -> None:
        """Pass by what is left of the part."""
        self._left, self._padding = self._left + self._padding, 0
        while self._left and self.read(2**16):
            pass

    def read(self, size: int = -1) -> bytes:
        """Return at most *size* bytes of the part, some if there are any."""
        most = self._left if size < 0 else min(size, self._left)
        piece = self._take(most)
        self._left -= len(piece)
        if most and not piece:
            raise BadArchive("the tar file is cut short")
        return piece

    def exactly(self, size: int) -> bytes:
        """Return *size* bytes, of no part; none at the end of the file."""
        taken = b""
        while len(taken) < size and (piece := self._take(size - len(taken))):
            taken += piece
        if taken and len(taken) < size:
            raise BadArchive("the tar file is cut short")
        return taken

    def readable(self) -> bool:
        """Return True."""
        return True

    def _take(self, most: int) -> bytes:
        while most and not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = bytes(self._rest[:most]), self._rest[most:]
        return taken


def _long_name(stream: _Stream, size: int, kind: bytes) -> bytes:
    if size > _LONGEST_NAME:
        raise BadArchive(f"a member's name is longer than {_LONGEST_NAME} bytes")
    content = b""
    while len(content) < size:
        content += stream.read(size - len(content))
    if kind == _LONG_NAME:
        return content.partition(b"\0")[0]
    match = _PATH.search(content)
    return match[1] if match else b""


def _short_name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _sum_is_right(header: bytes) -> bool:
    try:
        claimed = int(header[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    return claimed == sum(header[:148]) + 8 * 32 + sum(header[156:])


def _number(field: bytes) -> int:
    """Return an octal number, or one in binary, as GNU tar writes large ones."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & (2**88 - 1)
    try:
        return int(field.strip(b" \0") or b"0", 8) & (2**88 - 1)
    except ValueError:
        raise BadArchive("not a readable tar file: a size is not a number") from None
