"""The streams of a minidump, read without trust and written anew. Pure.

A minidump is a header, a directory of streams, and the streams, which refer to one another and to
names by their place in the file. Nothing here raises for what a minidump says.
"""

import re
import struct
from collections.abc import Mapping
from typing import NamedTuple

MOST_STREAMS = 1000  # clients write some twenty
MOST_ENTRIES = 20_000  # of one list
MOST_NAME = 1024  # characters that are kept of a name, its last ones
LONGEST_NAME = 65_534  # bytes; no path of Windows is longer
MOST_NAME_BYTES = 2**24  # of all names of a minidump together

THREADS, MODULES, MEMORY, EXCEPTION, SYSTEM, UNLOADED = 3, 4, 5, 6, 7, 14

_ORDERS = {b"MDMP": "<", b"PMDM": ">"}  # the byte order of the machine that wrote it
_CODECS = {"<": "utf-16-le", ">": "utf-16-be"}
_HEADER_BYTES = 32
_SEARCHED = 2 * 520  # bytes in which the end of a name is looked for when its length is wrong
_NAME_END = re.compile(rb"(?:..)*?(?=\0\0)", re.DOTALL)


class Stream(NamedTuple):
    """Where a stream is, as the directory says."""

    at: int
    size: int


class Layout(NamedTuple):
    """How a list is laid out: its header, where its count is, and the size of an entry."""

    header: int
    count_at: int
    entry: int


class Entries(NamedTuple):
    """The entries of a list, and whether the list is what it says it is."""

    entries: list[bytes]
    is_whole: bool


class Name(NamedTuple):
    """A name, None when there is nothing to read, and whether it is as it should be."""

    text: str | None
    is_good: bool


class Minidump:
    """The directory of a minidump and what it leads to."""

    def __init__(self, data: bytes, order: str, entries: list[tuple[int, int, int]]) -> None:
        self.data, self.order = data, order
        self.directory = entries
        self._name_bytes = MOST_NAME_BYTES
        self.streams: dict[int, Stream] = {}
        for kind, size, at in entries:
            self.streams.setdefault(kind, Stream(at, size))

    def unpack(self, layout: str, at: int) -> tuple[int, ...] | None:
        """Return the numbers at a place, None when they are beyond the end."""
        if at + struct.calcsize(self.order + layout) > len(self.data):
            return None
        return struct.unpack_from(self.order + layout, self.data, at)

    def pack(self, layout: str, *numbers: int) -> bytes:
        """Return numbers as this minidump writes them."""
        return struct.pack(self.order + layout, *numbers)

    def holds(self, at: int, size: int) -> bool:
        """Return whether so many bytes are at a place."""
        return at + size <= len(self.data)

    def count(self, kind: int, layout: Layout) -> int:
        """Return how many entries a list claims to have; 0 without the list."""
        stream = self.streams.get(kind)
        numbers = self.unpack("I", stream.at + layout.count_at) if stream else None
        return numbers[0] if numbers else 0

    def entries_of(self, kind: int, layout: Layout) -> Entries:
        """Return the entries of a list. When count and size disagree the likelier one counts."""
        stream = self.streams.get(kind)
        if stream is None:
            return Entries([], True)
        size, claimed = layout.entry, self.count(kind, layout)
        # Some writers pad the count, so that the first entry is aligned.
        header = layout.header + (4 if (stream.size - layout.header) % size == 4 else 0)
        by_size, rest = divmod(stream.size - header, size)
        fits = max(0, len(self.data) - stream.at - header) // size
        is_whole = claimed == by_size and rest == 0 and by_size <= fits
        size_is_likely = rest == 0 and 0 <= by_size <= fits
        count = by_size if size_is_likely else claimed if claimed <= MOST_ENTRIES else by_size
        count = max(0, min(count, fits, MOST_ENTRIES))
        first = stream.at + header
        entries = [self.data[first + n * size : first + (n + 1) * size] for n in range(count)]
        return Entries(entries, is_whole and count == claimed)

    def name(self, at: int) -> Name:
        """Return the name at a place: its length in bytes, then UTF-16."""
        length = self.unpack("I", at)
        if length is None or at < _HEADER_BYTES or self._name_bytes <= 0:
            return Name(None, False)
        size, start, is_good = length[0], at + 4, True
        if size > LONGEST_NAME or not self.holds(start, size):
            match = _NAME_END.match(self.data[start : start + _SEARCHED])
            size, is_good = match.end() if match else 0, False
        content = self.data[start : start + size - size % 2]
        self._name_bytes -= size
        text = content.decode(_CODECS[self.order], "replace")
        is_good = is_good and not size % 2 and len(text) <= MOST_NAME
        is_good = is_good and text.encode(_CODECS[self.order], "replace") == content
        return Name(text[-MOST_NAME:] or None, is_good)

    def encoded(self, name: str) -> bytes:
        """Return a name as this minidump writes it."""
        content = name.encode(_CODECS[self.order], "replace")
        return self.pack("I", len(content)) + content + bytes(2)


def read(data: bytes) -> Minidump | None:
    """Return a minidump with its directory; None for what is no minidump."""
    order = _ORDERS.get(bytes(data[:4]))
    if order is None or len(data) < struct.calcsize(f"{order}4xIII"):
        return None
    _, count, at = struct.unpack_from(f"{order}4xIII", data)
    size = struct.calcsize(f"{order}III")
    content = data[at : at + size * min(count, MOST_STREAMS)]
    whole = content[: len(content) // size * size]
    return Minidump(data, order, list(struct.iter_unpack(f"{order}III", whole)))


class Writer:
    """A copy of a minidump with some streams replaced; what is new is at its end."""

    def __init__(self, minidump: Minidump) -> None:
        self._minidump = minidump
        self._content = bytearray(minidump.data)

    def add(self, content: bytes) -> int:
        """Append something; return where it is."""
        self._content += bytes(-len(self._content) % 8)
        self._content += content
        return len(self._content) - len(content)

    def finish(self, streams: Mapping[int, bytes]) -> bytes:
        """Return the copy, with these streams instead of those of the same kinds."""
        pack = self._minidump.pack
        entries = [entry for entry in self._minidump.directory if entry[0] not in streams]
        entries += [(kind, len(data), self.add(data)) for kind, data in streams.items()]
        directory = self.add(b"".join(pack("III", *entry) for entry in entries))
        self._content[8:16] = pack("II", len(entries), directory)
        return bytes(self._content)
