"""Which columns a table shows where not all fit: the first ones are the important ones. Pure.

A column of text may wrap, down to its least width; numbers never do.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

GAP: Final = 2  # between two columns
NAME: Final = 30  # least width of a signature, where it is longer
TEXT: Final = 12  # of other texts


class Width(NamedTuple):
    """How wide the content of a column is, and how narrow it may become."""

    natural: int
    least: int


def width_of(cells: Sequence[str], title: str, is_text: bool, is_name: bool) -> Width:
    """Return the width of a column: *is_name* for the one that says what a row is about."""
    natural = max([len(title), *map(len, cells)])
    if not is_text:
        return Width(natural, natural)
    word = max((len(word) for cell in cells for word in cell.split()), default=0)
    least = NAME if is_name else max(TEXT, min(word, NAME))  # words are not broken
    return Width(natural, max(min(natural, least), len(title)))


def fitting(widths: Sequence[Width], screen: int) -> list[int]:
    """Return the places of the columns that fit on *screen* columns; the last are left out first.

    The first two stay, however narrow it is.
    """
    shown = list(range(len(widths)))
    while len(shown) > 2 and _total(widths, shown) > screen:
        shown.pop()
    return shown


def _total(widths: Sequence[Width], shown: Sequence[int]) -> int:
    return sum(widths[place].least for place in shown) + GAP * (len(shown) - 1)
