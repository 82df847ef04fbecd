"""Horizontal bars around a middle line, in a table that has each number beside its bar."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from webapp.charts.drawing import html_id
from webapp.charts.numbers import finite, highest, number
from webapp.charts.series import clip

WIDTH, HEIGHT = 200, 16  # of one bar, px
_FARTHEST: Final = 5.0  # times doubled or halved; 0 is as far

Measured = tuple[float | None, float | None, float | None]  # value, low, high from the middle


class Difference(NamedTuple):
    """A name and how far it is from the middle: up is right, worse.

    *low* and *high* are the ends of its interval. *text* is the number as the table shows it;
    "" writes the value. *url* is an address of this site; "" is no link. Without *is_clear* it may
    be chance, and is neither better nor worse.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""
    url: str = ""
    is_clear: bool = True


class Row(NamedTuple):
    """A bar from *x*, px; its interval from *low* to *high*, px, or None. *side* is its class."""

    name: str
    url: str
    text: str
    side: str
    x: float
    width: float
    low: float | None
    high: float | None


class Differences(NamedTuple):
    """All bars; the middle line is *middle_text*."""

    key: str
    name: str
    unit: str
    heading: str
    middle_text: str
    rows: Sequence[Row]
    width: int = WIDTH
    height: int = HEIGHT
    middle: int = WIDTH // 2


def differences(
    key: str,
    name: str,
    unit: str,
    rows: Sequence[Difference],
    *,
    ratios: bool = False,
    heading: str = "Name",
) -> Differences:
    """Draw bars around 0, or of *ratios* around 1, where 2 and 0.5 are equally far from it.

    A bar for each row, in their order; one without a number has none. A ratio of 0 reaches the
    left end.
    """
    measured = [_measured(row, ratios) for row in rows]
    largest = highest(abs(value) for value, _, _ in measured if value is not None)
    ends = highest(abs(end) for row in measured for end in row if end is not None)
    # Intervals far wider than all differences end at the edge, or no bar could be seen.
    reach = min(ends, 2 * largest) if largest else ends
    drawn = [_row(row, values, reach or 1.0) for row, values in zip(rows, measured, strict=True)]
    return Differences(html_id(key), name, unit, heading, "1" if ratios else "0", drawn)


def _measured(row: Difference, ratios: bool) -> Measured:
    value, low, high = (_distance(finite(end), ratios) for end in (row.value, row.low, row.high))
    return value, low, high


def _distance(value: float | None, ratios: bool) -> float | None:
    if value is None or not ratios:
        return value
    far = math.log2(value) if value > 0 else -_FARTHEST
    return max(-_FARTHEST, min(far, _FARTHEST))


def _row(row: Difference, values: Measured, reach: float) -> Row:
    middle = WIDTH / 2
    x, low, high = (
        None if value is None else round(middle + middle * max(-1.0, min(value / reach, 1.0)), 1)
        for value in values
    )
    side = "none" if x is None else "up" if x > middle else "down" if x < middle else "none"
    if not row.is_clear and side != "none":
        side = "other"
    ends = (low, high) if low is not None and high is not None else (None, None)
    x = middle if x is None else x
    return Row(
        name=clip(row.name),
        url=row.url,
        text=row.text or number(finite(row.value)),
        side=side,
        x=min(x, middle),
        width=round(abs(x - middle), 1),
        low=ends[0],
        high=ends[1],
    )
