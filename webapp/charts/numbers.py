"""Numbers of charts: which can be drawn, how they read, and round steps of an axis."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

_STEPS: Final = (1, 2, 2.5, 5, 10)
_MOST_TICKS: Final = 4  # above 0
_LONG: Final = 1e15  # from here on numbers are written with an exponent
_SHORT: Final = (  # the largest number from which on, what it is divided by, and its letter
    (1e12, 1e12, "T"),
    (1e9, 1e9, "G"),
    (1e6, 1e6, "M"),
    (1e4, 1e3, "k"),
)


def finite(value: object) -> float | None:
    """Return a number as a float; None for None, NaN, infinity and what no float can hold."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def number(value: float | None) -> str:
    """Write a number: thousands separated, three digits of a fraction; a gap as `no data`."""
    if value is None:
        return "no data"
    if abs(value) >= _LONG:
        return f"{value:.3g}"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def ticks(highest: float) -> list[float]:
    """Return 0 and two to four round numbers above it; the last is the first above *highest*.

    Without a positive number: 0 and 1.
    """
    if highest <= 0:
        return [0.0, 1.0]
    # Very small numbers have no tenth, fifth or half that is a float of its own.
    scale = 10.0 ** max(-300, math.floor(math.log10(highest)) - 1)
    steps = (step * scale * power for power in (1, 10) for step in _STEPS)
    step = next(step for step in steps if highest <= step * _MOST_TICKS * (1 + 1e-9))
    count = max(1, math.ceil(highest / step * (1 - 1e-9)))
    return [round_to(index * step) for index in range(count + 1)]


def round_to(value: float) -> float:
    """Return a number without what floats add to it: 0.6000000000000001 is 0.6."""
    return float(f"{value:.12g}")


def tick_texts(values: Sequence[float]) -> list[str]:
    """Write the numbers of an axis in at most six characters: 0, 0.25 or 0, 800 or 0, 5k, 10k.

    All have the letter of the last one, the largest.
    """
    largest = values[-1]
    unit, letter = next(
        ((unit, letter) for least, unit, letter in _SHORT if _LONG > largest >= least), (1.0, "")
    )
    return [_tick(value / unit, letter if value else "") for value in values]


def _tick(value: float, letter: str) -> str:
    if letter:
        return f"{value:.4g}{letter}"
    return f"{value:,.0f}" if 1000 <= value < _LONG else f"{value:.3g}"


def highest(values: Iterable[float | None]) -> float:
    """Return the largest number, at least 0."""
    return max((value for value in values if value is not None), default=0.0)
