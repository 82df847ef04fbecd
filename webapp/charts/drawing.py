"""What lines and bars have in common: axes, columns, marks, words, and the table of numbers."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from webapp.charts import places as axis
from webapp.charts.numbers import highest, number, tick_texts
from webapp.charts.places import Label, Place
from webapp.charts.series import Mark, Series, clip, colour

TOP: Final = 16  # px above the plot, for the names of marks
HEIGHT: Final = 160  # px of the plot
BELOW: Final = 20  # px for the labels of the x axis
WIDTH: Final = 1000  # of the plot in units of its own; it is stretched to the page
_CHARACTER: Final = 8  # px of a digit
_MARK_SPACE: Final = 9.0  # percent of the width that the name of a mark takes
_MOST_CHARACTERS: Final = 16  # of the name of a mark in the drawing


class Segment(NamedTuple):
    """A piece of a stacked bar; *colour* is its class, *y* its upper end in px."""

    colour: str
    y: float
    height: float


class Column(NamedTuple):
    """One place: from *x*, percent of the width. *text* is its tooltip.

    *is_gap*: no series has a number here.
    """

    x: float
    bar_x: float
    text: str
    segments: Sequence[Segment]
    is_gap: bool


class Dot(NamedTuple):
    """A point without neighbours; *x* in percent of the width, *y* in px."""

    x: float
    y: float


class Line(NamedTuple):
    """The line of a series and the band of its interval, as paths; points that stand alone."""

    colour: str
    path: str
    band: str
    dots: Sequence[Dot]


class Tick(NamedTuple):
    """A number of the y axis, its height in px."""

    y: float
    text: str


class Flag(NamedTuple):
    """A mark: *text* is "" where the name of a neighbour takes its space."""

    x: float
    text: str
    anchor: str


class Entry(NamedTuple):
    """A line of the legend; *shape* is line or bar."""

    colour: str
    name: str
    shape: str


class Table(NamedTuple):
    """The numbers of the chart as text; the first heading is that of the places."""

    headings: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


class Chart(NamedTuple):
    """A drawing: x in percent of the width, y in px from the top of the plot."""

    key: str
    name: str
    unit: str
    text: str
    ticks: Sequence[Tick]
    labels: Sequence[Label]
    columns: Sequence[Column]
    lines: Sequence[Line]
    flags: Sequence[Flag]
    legend: Sequence[Entry]
    table: Table
    more: int  # series that only the table has
    column_width: float
    bar_width: float
    is_empty: bool
    scale_width: int
    flag_name: str  # what marks are
    axis: str  # what the places are, where their labels do not say it
    top: int = TOP
    height: int = HEIGHT
    width: int = WIDTH
    label_y: int = TOP + HEIGHT + BELOW - 5
    whole_height: int = TOP + HEIGHT + BELOW


def html_id(text: str) -> str:
    """Return an HTML id of ASCII letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", text.lower()[:60]).strip("-") or "chart"


def within_a_sentence(text: str) -> str:
    """Return a heading as it reads after other words: Days out, days out."""
    return f"{text[:1].lower()}{clip(text[1:])}"


def y_of(value: float, limit: float) -> float:
    """Return the height of a number in px from above; those beyond the axis lie on its end."""
    return round(HEIGHT * (1 - min(max(value / limit, 0.0), 1.0)), 2)


def tick_marks(numbers: Sequence[float]) -> list[Tick]:
    """Return the marks of the y axis; the last of *numbers* is its upper end."""
    texts = tick_texts(numbers)
    return [
        Tick(y_of(value, numbers[-1]), text) for value, text in zip(numbers, texts, strict=True)
    ]


def scale_width(ticks: Sequence[Tick]) -> int:
    """Return the px that the numbers of the y axis take."""
    return 8 + _CHARACTER * max(len(tick.text) for tick in ticks)


def flags(marks: Sequence[Mark], places: Sequence[Place]) -> list[Flag]:
    """Place marks; only those with enough space have their name in the drawing."""
    index = {place: number for number, place in enumerate(places)}
    ordered = sorted((index[mark.at], mark.text) for mark in marks if mark.at in index)
    result: list[Flag] = []
    free = -_MARK_SPACE
    for number_of_place, text in ordered:
        x = axis.middle(number_of_place, len(places))
        shows = x - free >= _MARK_SPACE
        free = x if shows else free
        anchor = "end" if x > 100 - _MARK_SPACE else "start"
        result.append(Flag(x, _cut(text) if shows else "", anchor))
    return result


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def marked(marks: Sequence[Mark]) -> dict[Place, str]:
    """Return the names of the marks of each place."""
    names: dict[Place, str] = {}
    for mark in marks:
        names[mark.at] = (
            f"{names[mark.at]}, {clip(mark.text)}" if mark.at in names else clip(mark.text)
        )
    return names


def entries(series: Sequence[Series], shape: str) -> list[Entry]:
    """Return the legend; a single series needs none."""
    if len(series) < 2:
        return []
    return [Entry(colour(index, one), one.name, shape) for index, one in enumerate(series)]


def cell(series: Series, index: int) -> str:
    """Write the number of a series at a place, with its interval."""
    value = series.values[index]
    low = series.low[index] if series.low else None
    high = series.high[index] if series.high else None
    if value is None or (low is None and high is None):
        return number(value)
    if high is None:
        return f"{number(value)} ({number(low)} or more)"
    return f"{number(value)} ({number(low or 0.0)} to {number(high)})"


def table(
    heading: str,
    series: Sequence[Series],
    places: Sequence[Place],
    marks: Sequence[Mark],
    totals: Sequence[float | None] | None = None,
) -> Table:
    """Return the numbers under the chart: a row for each place; *totals* are a column of theirs."""
    names = marked(marks)
    headings = [heading, *(one.name for one in series)]
    headings += ["All"] if totals else []
    headings += ["Marks"] if names else []
    rows = []
    for index, place in enumerate(places):
        cells = [cell(one, index) for one in series]
        cells += [number(totals[index])] if totals else []
        cells += [names.get(place, "")] if names else []
        rows.append((axis.name(place), cells))
    return Table(headings, rows)


def describe(series: Sequence[Series], places: Sequence[Place]) -> str:
    """Say the range and the trend of each series."""
    if not places:
        return "No numbers."
    span = f"From {axis.name(places[0])} to {axis.name(places[-1])}."
    return " ".join([span, *(_trend(one, places) for one in series), "The table has all numbers."])


def _trend(series: Series, places: Sequence[Place]) -> str:
    values = [
        (value, place)
        for value, place in zip(series.values, places, strict=True)
        if value is not None
    ]
    if not values:
        return f"{series.name}: no data."
    ends = ", ".join(_at(*values[index]) for index in dict.fromkeys((0, len(values) - 1)))
    if len(values) > 2:
        lowest, top = min(values, key=_first), max(values, key=_first)
        ends += f"; lowest {_at(*lowest)}, highest {_at(*top)}"
    missing = len(places) - len(values)
    gaps = f"; no data at {missing:,} of {len(places):,}" if missing else ""
    return f"{series.name}: {ends}{gaps}."


def _first(item: tuple[float, Place]) -> float:
    return item[0]


def _at(value: float, place: Place) -> str:
    return f"{number(value)} at {axis.name(place)}"


def upper_end(series: Sequence[Series]) -> float:
    """Return how far up the y axis has to reach.

    An interval without much behind it may reach far beyond all numbers; its band is cut at one and
    a half times the largest number, or nothing else could be read.
    """
    top = highest(value for one in series for value in one.values)
    ends = highest(value for one in series for value in one.high or ())
    return min(ends, 1.5 * top) if ends > top > 0 else top or ends
