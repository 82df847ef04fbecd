"""Durations and sizes in words, as sentences and rows write them. Pure."""

from typing import Final

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))
_BYTES: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def span(seconds: float) -> str:
    """Return a duration: 0.4 s, 13 s, 14 min, 3 h, 2 d."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def size(count: float) -> str:
    """Return a number of bytes with three digits: 1.23 GB."""
    step = 0
    while count >= 1000 and step < len(_BYTES) - 1:
        count, step = count / 1000, step + 1
    return f"{count:.3g} {_BYTES[step]}"
