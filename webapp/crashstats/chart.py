"""Crashes by hour as a bar chart: geometry and text here, colours in the style sheet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from socorro.no_product import shown
from socorro.queries.activity import Hour

HOURS = 24
WIDTH, HEIGHT = 720, 120  # of the drawing, in its own units
GAP = 3
OTHER = "other"


class Segment(NamedTuple):
    """The share of one product in one bar; *series* is the number of its colour."""

    series: int
    y: float
    height: float


class Bar(NamedTuple):
    """One hour; *text* is what a screen reader or a tooltip says."""

    hour: datetime
    x: float
    segments: list[Segment]
    counts: list[int]
    total: int
    text: str


class Chart(NamedTuple):
    """All bars, oldest first. *highest* is the number the full height stands for."""

    bars: list[Bar]
    series: list[str]
    highest: int
    total: int
    last_hour: int
    last_start: datetime  # of the current hour
    quiet_since: datetime  # end of the last hour with crashes; the start, without any
    bar_width: float = WIDTH / HOURS - GAP
    width: int = WIDTH
    height: int = HEIGHT


def window(now: datetime) -> tuple[datetime, datetime]:
    """Return the 24 hours of the chart, [start, end); the last one is the current hour."""
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return end - timedelta(hours=HOURS), end


def chart(entries: Sequence[Hour], start: datetime) -> Chart:
    """Draw the crashes of the 24 hours from *start*."""
    counts = {(entry.hour, _name(entry.product)): entry.crash_count for entry in entries}
    sums: dict[str, int] = {}
    for (_, name), count in counts.items():
        sums[name] = sums.get(name, 0) + count
    series = sorted(sums, key=lambda name: (name == OTHER, -sums[name], name))
    hours = [start + timedelta(hours=index) for index in range(HOURS)]
    table = [[counts.get((hour, name), 0) for name in series] for hour in hours]
    highest = round_up(max(sum(row) for row in table))
    bars = [
        _bar(index, hour, row, series, highest)
        for index, (hour, row) in enumerate(zip(hours, table, strict=True))
    ]
    quiet_since = max((bar.hour + timedelta(hours=1) for bar in bars if bar.total), default=start)
    return Chart(bars, series, highest, sum(sums.values()), bars[-1].total, hours[-1], quiet_since)


def round_up(highest: int) -> int:
    """Round up to one significant digit: 1, …, 9, 10, 20, …"""
    scale = 1
    while True:
        for step in range(1, 10):
            if highest <= step * scale:
                return step * scale
        scale *= 10


def _bar(
    index: int, hour: datetime, row: Sequence[int], series: Sequence[str], highest: int
) -> Bar:
    segments, top = [], float(HEIGHT)
    for number, count in enumerate(row):
        height = HEIGHT * count / highest
        top -= height
        if count:
            segments.append(Segment(number, round(top, 2), round(height, 2)))
    total = sum(row)
    shares = [f"{name} {count:,}" for name, count in zip(series, row, strict=True) if count]
    text = f"{hour:%H:%M} UTC: {total:,}" + (
        f" ({', '.join(shares)})" if total and len(series) > 1 else ""
    )
    return Bar(hour, index * WIDTH / HOURS, segments, list(row), total, text)


def _name(product: str | None) -> str:
    return OTHER if product is None else shown(product)
