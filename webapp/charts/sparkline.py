"""A small line for a cell of a table: the trend of some weeks, its words for those who hear it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from webapp.charts.numbers import finite, highest, number

HEIGHT: Final = 20  # px
_STEP: Final = 3.0  # px for each day
_WIDEST: Final = 126.0  # px
_EDGE: Final = 2.0  # px, so that no stroke is cut


def sparkline(
    values: Sequence[float | None], last: date | None = None, unit: str = "crashes"
) -> SafeString:
    """Draw *values*, one for each day, oldest first; *last* is the day of the last one.

    From 0 to the highest of them. None and NaN are gaps; the last number is marked. Without any
    number: the words `no data`.
    """
    numbers = [finite(value) for value in values]
    if all(value is None for value in numbers):
        return mark_safe('<span class="quiet">no data</span>')
    width = min(_WIDEST, _STEP * len(numbers)) + 2 * _EDGE
    points = _points(numbers, width)
    x, y = next(point for point in reversed(points) if point is not None)
    return format_html(
        '<svg class="spark" role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
        '<title>{2}</title><path d="{3}"/><circle cx="{4}" cy="{5}" r="2"/></svg>',
        f"{width:g}", HEIGHT, words(numbers, last, unit), _path(points), f"{x:g}", f"{y:g}",
    )  # fmt: skip


def words(values: Sequence[float | None], last: date | None, unit: str) -> str:
    """Say a trend: 28 days to 2026-11-28: from 12 to 40 crashes, highest 52; no data on 2 days."""
    present = [value for value in values if value is not None]
    until = f" to {last}" if last else ""
    days = f"{len(values)} day{'s' * (len(values) != 1)}{until}"
    range_ = f"from {number(present[0])} to {number(present[-1])} {unit}"
    missing = len(values) - len(present)
    gaps = f"; no data on {missing} day{'s' * (missing != 1)}" if missing else ""
    return f"{days}: {range_}, highest {number(max(present))}{gaps}"


def _points(values: Sequence[float | None], width: float) -> list[tuple[float, float] | None]:
    top = highest(values) or 1.0
    step = (width - 2 * _EDGE) / max(1, len(values) - 1)
    height = HEIGHT - 2 * _EDGE
    return [
        None
        if value is None
        else (
            round(_EDGE + index * step, 1),
            round(_EDGE + height * (1 - max(value, 0.0) / top), 1),
        )
        for index, value in enumerate(values)
    ]


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return a path that gaps interrupt; a point alone is a stroke without length, a dot."""
    path, draws = [], False
    for index, point in enumerate(points):
        if point is not None:
            path.append(f"{'L' if draws else 'M'}{point[0]:g} {point[1]:g}")
            is_last = index + 1 == len(points) or points[index + 1] is None
            path.append("h0" if is_last and not draws else "")
        draws = point is not None
    return "".join(path)
