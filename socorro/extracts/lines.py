"""Turns rows as COPY writes them into lines of the files, a block of many rows at a time. Pure.

Nearly every cell stands in the file as COPY wrote it. A map of the block, one byte for each of its
bytes, is searched for what may not stay: something rare, an escape, a formula. Only the cells in
which it is found are looked at one by one; `columns.cell` says what becomes of them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from socorro.extracts import columns

_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

# The map: where cells end, what may begin a formula, what is rare (control characters, and all
# that is not ASCII), and the two bytes of NULL. All else is "x".
_MARKS: Final = {
    **dict.fromkeys([*range(32), *range(127, 256)], b"R"),
    **dict.fromkeys(b" '=+-@\"", b"F"),
    **dict.fromkeys(b"\t\n", b"|"),
    **dict.fromkeys(b"\\", b"\\"),
    **dict.fromkeys(b"N", b"N"),
}
_MAP: Final = b"".join(_MARKS.get(byte, b"x") for byte in range(256))
_SUSPECTS: Final = tuple(map(re.compile, (rb"\|F", rb"\\(?!N\|)", rb"R")))


def lines(copied: bytes) -> bytes:
    """Return the lines of a file for whole rows of COPY."""
    parts: list[bytes] = []
    last = 0
    for start, end in _suspect_cells((b"\n" + copied).translate(_MAP)):
        parts += (copied[last:start], _rewritten(copied, start, end))
        last = end
    return b"".join((*parts, copied[last:])) if parts else copied


def masked(written: bytes, blanks: Mapping[int, bytes]) -> bytes:
    """Return whole lines with *blanks* in place of what is protected, by place of the column."""
    cuts = max(blanks, default=0) + 1  # what comes behind is not parted
    parted = [line.split(b"\t", cuts) for line in written[:-1].split(b"\n") if written]
    for cells in parted:
        for place, blank in blanks.items():
            cells[place] = blank
    return b"".join(b"\t".join(cells) + b"\n" for cells in parted)


def _suspect_cells(seen: bytes) -> Iterator[tuple[int, int]]:
    """Tell where cells that must be looked at begin and end; *seen* is the map, behind a mark."""
    found = sorted(hit.start() for each in _SUSPECTS for hit in each.finditer(seen))
    end = 0
    for at in found:
        if at >= end:
            start = seen.rindex(b"|", 0, at + 1) + 1
            end = seen.index(b"|", start)
            yield start - 1, end - 1


def _rewritten(copied: bytes, start: int, end: int) -> bytes:
    text = copied[start:end].decode()
    value = _ESCAPED.sub(_meant, text) if "\\" in text else text
    place = copied.count(b"\t", copied.rfind(b"\n", 0, start) + 1, start)
    return columns.cell(value, columns.COLUMNS[place].is_number).encode()


def _meant(escaped: re.Match[str]) -> str:
    return _ESCAPES.get(escaped[1], escaped[1])
