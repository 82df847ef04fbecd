"""Crashes by hour as a bar chart: geometry and words here, colours in the style sheet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from socorro.queries.activity import Hour

HOURS = 24
WIDTH, HEIGHT = 720, 120  # of the drawing, in its own units
GAP = 3
OTHER = "other"
UNNAMED = "(no product)"


class Part(NamedTuple):
    """The share of one product in one bar; *series* numbers its colour."""

    series: int
    y: float
    height: float


class Bar(NamedTuple):
    """One hour; *words* tells it without the drawing."""

    hour: datetime
    x: float
    parts: list[Part]
    counts: list[int]
    total: int
    words: str


class Chart(NamedTuple):
    """All bars, oldest first. *highest* is the number the full height stands for."""

    bars: list[Bar]
    series: list[str]
    highest: int
    total: int
    last_hour: int
    bar_width: float = WIDTH / HOURS - GAP
    width: int = WIDTH
    height: int = HEIGHT


def window(now: datetime) -> tuple[datetime, datetime]:
    """Return the 24 hours that are shown, [start, end): the running one is the last."""
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return end - timedelta(hours=HOURS), end


def chart(found: Sequence[Hour], start: datetime) -> Chart:
    """Draw what was counted in the 24 hours from *start*."""
    counts = {(entry.hour, _name(entry.product)): entry.crash_count for entry in found}
    sums: dict[str, int] = {}
    for (_, name), count in counts.items():
        sums[name] = sums.get(name, 0) + count
    series = sorted(sums, key=lambda name: (name == OTHER, -sums[name], name))
    hours = [start + timedelta(hours=place) for place in range(HOURS)]
    table = [[counts.get((hour, name), 0) for name in series] for hour in hours]
    highest = round_up(max(sum(row) for row in table))
    bars = [
        _bar(place, hour, row, series, highest)
        for place, (hour, row) in enumerate(zip(hours, table, strict=True))
    ]
    return Chart(bars, series, highest, sum(sums.values()), bars[-1].total)


def round_up(highest: int) -> int:
    """Return the next number with one digit that counts, 1, …, 9, 10, 20, …: easy to read."""
    scale = 1
    while True:
        for step in range(1, 10):
            if highest <= step * scale:
                return step * scale
        scale *= 10


def _bar(
    place: int, hour: datetime, row: Sequence[int], series: Sequence[str], highest: int
) -> Bar:
    parts, top = [], float(HEIGHT)
    for number, count in enumerate(row):
        height = HEIGHT * count / highest
        top -= height
        if count:
            parts.append(Part(number, round(top, 2), round(height, 2)))
    total = sum(row)
    named = [f"{name} {count:,}" for name, count in zip(series, row, strict=True) if count]
    words = f"{hour:%H:%M} UTC: {total:,}" + (
        f" ({', '.join(named)})" if total and len(series) > 1 else ""
    )
    return Bar(hour, place * WIDTH / HOURS, parts, list(row), total, words)


def _name(product: str | None) -> str:
    return OTHER if product is None else product or UNNAMED
