"""Columns of bits, 64 to a word: what a row has or has not, for many rows and attributes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

BITS = 64


def pack(rows: Integers, columns: Integers, size: int, count: int) -> Words:
    """Return *count* columns of *size* rows, from the row and column of each bit: each once."""
    width = -(-size // BITS) * BITS // 8
    flat = np.zeros(count * width, dtype=np.uint8)
    np.add.at(flat, columns * width + (rows >> 3), (128 >> (rows & 7)).astype(np.uint8))
    return flat.reshape(count, width).view(np.uint64)


class Span(NamedTuple):
    """The rows [start, end): the words that hold them, and which bits of these are theirs."""

    words: slice
    mask: Words

    @property
    def first(self) -> int:
        """The row of the first bit."""
        return int(self.words.start) * BITS


def span(start: int, end: int) -> Span:
    """Return where the rows [start, end) are."""
    first, last = start // BITS, -(-end // BITS)
    bits = np.zeros((last - first) * BITS, dtype=np.uint8)
    bits[start - first * BITS : end - first * BITS] = 1
    return Span(slice(first, last), np.packbits(bits).view(np.uint64))


def size_of(words: Words) -> int:
    """Return how many bits are set."""
    return int(np.bitwise_count(words).sum())
