"""Bars by day, hour, age or name, stacked by series, with a line for what was expected."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from webapp.charts import drawing
from webapp.charts import places as axis
from webapp.charts.drawing import Chart, Column, Entry, Segment, y_of
from webapp.charts.lines import line
from webapp.charts.numbers import highest, number, ticks
from webapp.charts.places import Place
from webapp.charts.series import Mark, Numbers, Series, clip, colour, spread, sum_up, total

_FILLED: Final = 0.8  # of the width of a column
EXPECTED: Final = "expected"


def bars(
    key: str,
    name: str,
    unit: str,
    at: Sequence[Place],
    series: Sequence[Series],
    *,
    expected: Numbers | None = None,
    marks: Sequence[Mark] = (),
    mark_name: str = "release",
    axis_name: str = "",
) -> Chart:
    """Draw stacked bars; the first series is at the bottom. Arguments as those of lines().

    Series beyond the sixth are summed up as `other`. *expected* is drawn as a line over the bars,
    one number for each of *at*. Intervals of series are not drawn.
    Raises ValueError when a series has more or fewer values than *at*.
    """
    places = axis.fill(at)
    drawn = [Series(one.name, one.values) for one in sum_up(spread(series, at, places))]
    totals = _totals(drawn)
    usual = [] if expected is None else spread([Series(EXPECTED, expected)], at, places)
    scale = ticks(highest([*totals, *(value for one in usual for value in one.values)]))
    tick_marks = drawing.tick_marks(scale)
    every = [*drawn, *usual]
    return Chart(
        key=drawing.html_id(key),
        name=name,
        unit=unit,
        text=drawing.describe(every, places),
        ticks=tick_marks,
        labels=axis.labels(places),
        columns=list(_columns(places, axis_name, drawn, usual, drawing.marked(marks), scale[-1])),
        lines=[line(EXPECTED, one, scale[-1]) for one in usual],
        flags=drawing.flags(marks, places),
        legend=_legend(drawn, usual),
        table=drawing.table(
            axis_name or axis.heading(places),
            every,
            places,
            marks,
            totals if len(drawn) > 1 else None,
        ),
        more=0,
        column_width=round(100 / (len(places) or 1), 3),
        bar_width=round(100 / (len(places) or 1) * _FILLED, 3),
        is_empty=all(value is None for value in totals),
        scale_width=drawing.scale_width(tick_marks),
        flag_name=mark_name,
        axis=drawing.within_a_sentence(axis_name),
    )


def _totals(series: Sequence[Series]) -> list[float | None]:
    return [total(values) for values in zip(*(one.values for one in series), strict=True)]


def _columns(
    places: Sequence[Place],
    axis_name: str,
    drawn: Sequence[Series],
    usual: Sequence[Series],
    marks: Mapping[Place, str],
    limit: float,
) -> Iterator[Column]:
    width = 100 / (len(places) or 1)
    totals = _totals(drawn)
    for index, place in enumerate(places):
        mark = f"; {marks[place]}" if place in marks else ""
        yield Column(
            round(index * width, 3),
            round((index + (1 - _FILLED) / 2) * width, 3),
            _text(place, axis_name, [*drawn, *usual], totals, index) + mark,
            _segments(drawn, index, limit),
            not totals or totals[index] is None,
        )


def _segments(series: Sequence[Series], index: int, limit: float) -> list[Segment]:
    segments: list[Segment] = []
    below = 0.0
    for order, one in enumerate(series):
        value = one.values[index]
        if value is not None and value > 0:
            top, bottom = y_of(below + value, limit), y_of(below, limit)
            segments.append(Segment(colour(order, one), top, round(bottom - top, 2)))
            below += value
    return segments


def _text(
    place: Place,
    axis_name: str,
    series: Sequence[Series],
    totals: Sequence[float | None],
    index: int,
) -> str:
    """Return the tooltip of a column: 14:00 UTC: 3 (Fenix 1, Firefox 2)."""
    value = totals[index] if totals else None
    shares = ", ".join(
        f"{one.name} {number(share)}" for one in series if (share := one.values[index])
    )
    more = f" ({shares})" if value is not None and shares and len(series) > 1 else ""
    return f"{clip(axis.short_name(place, axis_name))}: {number(value)}{more}"


def _legend(drawn: Sequence[Series], usual: Sequence[Series]) -> list[Entry]:
    if len(drawn) + len(usual) < 2:
        return []
    named = [Entry(colour(index, one), one.name, "bar") for index, one in enumerate(drawn)]
    return named + [Entry(EXPECTED, EXPECTED, "line") for _ in usual]
