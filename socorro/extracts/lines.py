"""Turns rows as COPY writes them into lines of the files, a block of many rows at a time. Pure.

Nearly every cell goes into the file as COPY wrote it. A map of the block, one byte for each of its
bytes, is searched for what must change: something rare, an escape, a formula. Only the cells that
contain one are rewritten one by one, by `columns.cell`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from socorro.extracts import columns

_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

# The map: ends of cells, starts of formulas, rare bytes (control characters, and all that is not
# ASCII), and the two bytes of NULL. Every other byte is "x".
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
    pieces: list[bytes] = []
    last = 0
    for start, end in _suspect_cells((b"\n" + copied).translate(_MAP)):
        pieces += (copied[last:start], _rewritten(copied, start, end))
        last = end
    return b"".join((*pieces, copied[last:])) if pieces else copied


def masked(written: bytes, blanks: Mapping[int, bytes]) -> bytes:
    """Return whole lines with *blanks* in place of protected cells, by place of the column."""
    cuts = max(blanks, default=0) + 1  # later columns stay in one piece
    table = [line.split(b"\t", cuts) for line in written[:-1].split(b"\n") if written]
    for cells in table:
        for place, blank in blanks.items():
            cells[place] = blank
    return b"".join(b"\t".join(cells) + b"\n" for cells in table)


def _suspect_cells(marks: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of cells that may have to change; *marks* is the map, after a newline."""
    suspects = sorted(hit.start() for pattern in _SUSPECTS for hit in pattern.finditer(marks))
    end = 0
    for at in suspects:
        if at >= end:
            start = marks.rindex(b"|", 0, at + 1) + 1
            end = marks.index(b"|", start)
            yield start - 1, end - 1


def _rewritten(copied: bytes, start: int, end: int) -> bytes:
    text = copied[start:end].decode()
    value = _ESCAPED.sub(_unescaped, text) if "\\" in text else text
    place = copied.count(b"\t", copied.rfind(b"\n", 0, start) + 1, start)
    return columns.cell(value, columns.COLUMNS[place].is_number).encode()


def _unescaped(escaped: re.Match[str]) -> str:
    return _ESCAPES.get(escaped[1], escaped[1])
