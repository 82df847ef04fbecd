"""Lines by day, hour or age: up to six series, each with the band of its interval."""

from collections.abc import Iterator, Sequence

from webapp.charts import drawing
from webapp.charts import places as axis
from webapp.charts.drawing import WIDTH, Chart, Column, Dot, Line, y_of
from webapp.charts.numbers import ticks
from webapp.charts.places import Place
from webapp.charts.series import MOST_SERIES, OTHER, Mark, Numbers, Series, clip, colour, spread


def lines(
    key: str,
    name: str,
    unit: str,
    at: Sequence[Place],
    series: Sequence[Series],
    *,
    marks: Sequence[Mark] = (),
    mark_name: str = "release",
    axis_name: str = "",
) -> Chart:
    """Draw lines. *key* is the HTML id, *name* the caption, *unit* what the y axis counts.

    *at* are the places of the values of each series, in any order; places between them that are
    not in it are gaps. Series beyond the sixth are in the table only (rates do not add up), except
    one named `other`. *axis_name* is the heading of places that are numbers or names.
    Raises ValueError when a series has more or fewer values than *at*.
    """
    places = axis.fill(at)
    every = spread(series, at, places)
    drawn = _drawn(every)
    scale = ticks(drawing.upper_end(drawn))
    tick_marks = drawing.tick_marks(scale)
    heading = axis_name or axis.heading(places)
    return Chart(
        key=drawing.html_id(key),
        name=name,
        unit=unit,
        text=drawing.describe(drawn, places),
        ticks=tick_marks,
        labels=axis.labels(places),
        columns=list(_columns(drawn, places, drawing.marked(marks), axis_name)),
        lines=[line(colour(index, one), one, scale[-1]) for index, one in enumerate(drawn)],
        flags=drawing.flags(marks, places),
        legend=drawing.entries(drawn, "line"),
        table=drawing.table(heading, every, places, marks),
        more=len(every) - len(drawn),
        column_width=100 / (len(places) or 1),
        bar_width=0,
        is_empty=all(value is None for one in drawn for value in one.values),
        scale_width=drawing.scale_width(tick_marks),
        flag_name=mark_name,
        axis=drawing.within_a_sentence(axis_name),
    )


def line(class_name: str, series: Series, limit: float) -> Line:
    """Return the paths of a series; *limit* is the upper end of the y axis. Gaps part it."""
    count = len(series.values)
    path, dots = [], []
    for start, run in _runs(series.values):
        if len(run) == 1:
            dots.append(Dot(axis.middle(start, count), y_of(run[0], limit)))
        else:
            path.append(_path(start, run, count, limit))
    return Line(class_name, "".join(path), _band(series, count, limit), dots)


def _drawn(series: Sequence[Series]) -> list[Series]:
    named = [one for one in series if one.name != OTHER][:MOST_SERIES]
    return named + [one for one in series if one.name == OTHER][:1]


def _runs(values: Numbers) -> Iterator[tuple[int, list[float]]]:
    """Yield the numbers between two gaps, and the index of the first of them."""
    run: list[float] = []
    for index, value in enumerate(values):
        if value is not None:
            run.append(value)
        elif run:
            yield index - len(run), run
            run = []
    if run:
        yield len(values) - len(run), run


def _path(start: int, run: Sequence[float], count: int, limit: float) -> str:
    points = (
        f"{_x(start + offset, count)} {y_of(value, limit):g}" for offset, value in enumerate(run)
    )
    return "M" + "L".join(points)


def _x(index: int, count: int) -> str:
    return f"{(index + 0.5) * WIDTH / count:.5g}"


def _band(series: Series, count: int, limit: float) -> str:
    if series.low is None and series.high is None:
        return ""
    highs = series.high or [None] * count
    lows = series.low or [None] * count
    # Without an upper limit the band reaches the upper end, without a lower one 0.
    ends = [
        None if value is None or (low is None and high is None) else (low or 0.0, high)
        for value, low, high in zip(series.values, lows, highs, strict=True)
    ]
    path = []
    for start, run in _runs([None if end is None else 0.0 for end in ends]):
        pairs = [end for end in ends[start : start + len(run)] if end is not None]
        upper = [limit if high is None else high for _, high in pairs]
        back = [
            f"{_x(start + offset, count)} {y_of(low, limit):g}"
            for offset, (low, _) in enumerate(pairs)
        ]
        path.append(f"{_path(start, upper, count, limit)}L{'L'.join(reversed(back))}Z")
    return "".join(path)


def _columns(
    series: Sequence[Series], places: Sequence[Place], marks: dict[Place, str], axis_name: str
) -> Iterator[Column]:
    for index, place in enumerate(places):
        is_gap = all(one.values[index] is None for one in series)
        values = ", ".join(
            f"{one.name} {drawing.cell(one, index)}"
            if len(series) > 1
            else drawing.cell(one, index)
            for one in series
        )
        text = f"{clip(axis.short_name(place, axis_name))}: {'no data' if is_gap else values}"
        if place in marks:
            text += f"; {marks[place]}"
        x = round(index * 100 / len(places), 3)
        yield Column(x, x, text, (), is_gap)
