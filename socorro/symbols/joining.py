"""Joins two symbol files of one module, so that no kind of record becomes less.

The main file gives what both have. A function gets its INLINE records from the file that has more
of them for it, and its lines from the same file unless the other one has more lines; a STACK CFI
INIT gets the records below it from the file that has more. What only the other file has, at its
address, is added. Source files and inlined functions of the other file get numbers of their own.

The main file is read as a stream. Of the other one, an index of its records is in memory;
MOST_RECORDS bounds it, and MOST_LINES bounds what belongs to one record.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from socorro.symbols.symfile import NAMELESS, BadSymbols

MOST_RECORDS = 2_000_000  # FUNC, PUBLIC, STACK, FILE and INLINE_ORIGIN of the other file
MOST_LINES = 500_000  # below one FUNC or STACK CFI INIT
_STEP = 2**18  # bytes that are yielded at once
_MOST_NUMBER = 3_999_999_999  # of a source file; the -1 beyond is written as 2^32 - 1
_NONE = b"4294967295"
_ADDRESSED = (b"FUNC", b"PUBLIC", b"CFI", b"WIN")
_NAMELESS = re.compile(NAMELESS.encode())
_HEX_DIGITS = frozenset(bytes([digit]) for digit in b"0123456789abcdefABCDEF")
_FUNC, _PUBLIC, _CFI, _WIN = range(4)  # kinds in a key; a STACK WIN adds its own type to its kind
_SIZE_BITS = 32  # of a place


@dataclass
class _Record:
    """A record with the lines that belong to it."""

    kind: bytes  # FUNC, PUBLIC, CFI, WIN; INFO, FILE, ORIGIN; "" for others
    lines: list[bytes]
    start: int  # where it is in its file
    end: int

    @property
    def key(self) -> int:
        """What the record is about: its kind and its address, in one number."""
        words = self.lines[0].split(None, 4)
        if self.kind == b"FUNC":
            return _key(_FUNC, words[2] if words[1] == b"m" else words[1])
        if self.kind == b"PUBLIC":
            return _key(_PUBLIC, words[2] if words[1] == b"m" else words[1])
        if self.kind == b"WIN":
            return _key(_WIN + int(words[2], 16), words[3])
        return _key(_CFI, words[3])

    @property
    def is_nameless(self) -> bool:
        """Whether it is a FUNC or PUBLIC without a name, as dump_syms writes for stripped code."""
        if self.kind not in (b"FUNC", b"PUBLIC") or b"<" not in self.lines[0]:
            return False
        count = 4 if self.kind == b"FUNC" else 3
        words = self.lines[0].split(None, count + (self.lines[0].split(None, 2)[1] == b"m"))
        return bool(_NAMELESS.match(words[-1]))


def joined(main: Path, other: Path) -> Iterator[bytes]:
    """Yield the file that has all of *main* and what *other* has besides. Raises BadSymbols."""
    piece = bytearray()
    for line in _joined_lines(main, other):
        piece += line
        if len(piece) >= _STEP:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _joined_lines(main: Path, other: Path) -> Iterator[bytes]:
    with main.open("rb") as first, other.open("rb") as second, main.open("rb") as numbers:
        index = _Index(second, _Numbers(numbers))
        information: set[bytes] = set()
        for record in _records(first):
            if record.kind in _ADDRESSED:
                match = index.pop(record.key)
                yield from _merged(record, match) if match else record.lines
            else:
                if record.kind == b"INFO":
                    information.add(_subject(record.lines[0]))
                yield from record.lines
        yield from (line for line in index.information if _subject(line) not in information)
        yield from index.numbers.added
        yield from index.rest()


def _merged(main: _Record, other: _Record) -> Iterator[bytes]:
    """Yield the record of one address from both files."""
    if main.kind == b"FUNC":
        yield other.lines[0] if main.is_nameless and not other.is_nameless else main.lines[0]
        # The lines go with the INLINE records, unless the other file has more of them.
        first, second = (_below(record) for record in (main, other))
        if len(second.inlines) > len(first.inlines):
            first, second = second, first
        yield from first.inlines
        yield from second.lines if len(second.lines) > len(first.lines) else first.lines
    elif main.kind == b"PUBLIC":
        yield from other.lines if main.is_nameless else main.lines
    else:
        yield from other.lines if len(other.lines) > len(main.lines) else main.lines


class _Below(NamedTuple):
    inlines: list[bytes]
    lines: list[bytes]


def _below(function: _Record) -> _Below:
    below = _Below([], [])
    for line in function.lines[1:]:
        (below.inlines if line.startswith(b"INLINE") else below.lines).append(line)
    return below


class _Numbers:
    """The numbers of source files and inlined functions in the joined file."""

    def __init__(self, main: IO[bytes]) -> None:
        self._numbers: dict[bytes, dict[bytes, int]] = {b"FILE": {}, b"INLINE_ORIGIN": {}}
        self._next = dict.fromkeys(self._numbers, 0)
        self._new: dict[bytes, dict[int, bytes]] = {b"FILE": {}, b"INLINE_ORIGIN": {}}
        self.added: list[bytes] = []
        for line in main:
            if line.startswith((b"FILE", b"INLINE_ORIGIN")):
                kind, number, name = _numbered(line)
                self._numbers[kind].setdefault(name, number)
                if number <= _MOST_NUMBER:
                    self._next[kind] = max(self._next[kind], number + 1)
                _check_count(sum(map(len, self._numbers.values())))

    def add(self, line: bytes) -> None:
        """Note a source file, or an inlined function, of the other file."""
        kind, old, name = _numbered(line)
        number = self._numbers[kind].get(name)
        if number is None:
            number = self._numbers[kind][name] = self._next[kind]
            self._next[kind] += 1
            if number > _MOST_NUMBER:
                raise BadSymbols("too many source files to be joined")
            self.added.append(b"%s %d %s\n" % (kind, number, name))
        self._new[kind][old] = b"%d" % number
        _check_count(sum(map(len, self._numbers.values())))

    def renumbered(self, line: bytes) -> bytes:
        """Return a line or INLINE record of the other file with the numbers of the joined one."""
        words = line.split()
        if words[0] == b"INLINE":
            words[3] = self._new[b"FILE"].get(int(words[3]), _NONE)
            words[4] = self._new[b"INLINE_ORIGIN"].get(int(words[4]), _NONE)
        else:
            words[3] = self._new[b"FILE"].get(int(words[3]), _NONE)
        return b" ".join(words) + b"\n"


class _Index:
    """Where the records of the other file are, by what they are about.

    Records about the same are counted: the second one of a file goes with the second of the other.
    """

    def __init__(self, file: IO[bytes], numbers: _Numbers) -> None:
        self.numbers = numbers
        self.information: list[bytes] = []
        self._file = file
        self._places: dict[int, int] = {}  # where the first record is, and its size
        self._more: dict[int, list[int]] = {}  # the others, last first
        for count, record in enumerate(_records(file), 1):
            _check_count(count)
            if record.kind in (b"FILE", b"ORIGIN"):
                numbers.add(record.lines[0])
            elif record.kind == b"INFO":
                self.information.append(record.lines[0])
            elif record.kind in _ADDRESSED:
                place = record.start << _SIZE_BITS | record.end - record.start
                if (key := record.key) in self._places:
                    self._more.setdefault(key, []).append(place)
                else:
                    self._places[key] = place
        for places in self._more.values():
            places.reverse()

    def pop(self, key: int) -> _Record | None:
        """Return the next record with this key, if there is one, and forget it."""
        place = self._places.get(key)
        if place is None:
            return None
        if more := self._more.get(key):
            self._places[key] = more.pop()
        else:
            del self._places[key]
        return self._read(place)

    def rest(self) -> Iterator[bytes]:
        """Yield the records that were not popped, except those without a name and lines."""
        for key, first in self._places.items():
            for place in (first, *reversed(self._more.get(key, ()))):
                record = self._read(place)
                if not record.is_nameless or len(record.lines) > 1:
                    yield from record.lines

    def _read(self, place: int) -> _Record:
        start, size = place >> _SIZE_BITS, place & (1 << _SIZE_BITS) - 1
        self._file.seek(start)
        head, *below = [line + b"\n" for line in self._file.read(size).split(b"\n")[:-1]]
        kind = _kind(head)
        if kind == b"FUNC":
            below = [self.numbers.renumbered(line) for line in below if _kind(line) != b"ORIGIN"]
        return _Record(kind, [head, *below], start, start + size)


def _key(kind: int, address: bytes) -> int:
    return kind << 64 | int(address, 16)


def _records(file: Iterable[bytes]) -> Iterator[_Record]:
    """Yield the records of a file that was checked; each has the lines that belong to it.

    An INLINE_ORIGIN may be among the lines of a FUNC; it is a record of its own.
    """
    record, at = None, 0
    for line in file:
        start, at = at, at + len(line)
        kind = _kind(line)
        if record and kind in (b"below FUNC", b"below CFI"):
            record.lines.append(line)
            record.end = at
            if len(record.lines) > MOST_LINES:
                raise BadSymbols("too many lines of one function to be joined")
        elif kind == b"ORIGIN" and record and record.kind == b"FUNC":
            yield _Record(kind, [line], start, at)
        else:
            if record:
                yield record
            record = _Record(kind, [line], start, at)
    if record:
        yield record


def _kind(line: bytes) -> bytes:
    if line.startswith((b"FUNC", b"PUBLIC", b"FILE", b"INFO")):
        return line.split(None, 1)[0]
    if line.startswith(b"STACK CFI INIT"):
        return b"CFI"
    if line.startswith(b"STACK CFI"):
        return b"below CFI"
    if line.startswith(b"STACK WIN"):
        return b"WIN"
    if line.startswith(b"INLINE_ORIGIN"):
        return b"ORIGIN"
    if line.startswith(b"INLINE") or line[:1] in _HEX_DIGITS:
        return b"below FUNC"
    return b""


def _numbered(line: bytes) -> tuple[bytes, int, bytes]:
    kind, number, *name = line.rstrip(b"\r\n").split(None, 2)
    return kind, int(number), name[0] if name else b""


def _subject(line: bytes) -> bytes:
    """Return what an INFO record is about: CODE_ID, URL, GENERATOR."""
    return b" ".join(line.split(None, 2)[1:2])


def _check_count(count: int) -> None:
    if count > MOST_RECORDS:
        raise BadSymbols("too many records to be joined")
