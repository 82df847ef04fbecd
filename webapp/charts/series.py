"""What a chart shows: series of numbers, and marks on the x axis."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from webapp.charts.numbers import finite
from webapp.charts.places import Place

MOST_SERIES: Final = 6  # with a colour of their own; bars sum up the others
OTHER: Final = "other"
_LONGEST: Final = 80  # characters of a name

Numbers = Sequence[float | None]


class Series(NamedTuple):
    """A name and a number for each place; *low* and *high* are the ends of its interval.

    None and NaN are gaps. A series named `other` has the colour of what is summed up.
    """

    name: str
    values: Numbers
    low: Numbers | None = None
    high: Numbers | None = None


class Mark(NamedTuple):
    """Something that happened at a place, such as a release; *text* names it."""

    at: Place
    text: str


def colour(index: int, series: Series) -> str:
    """Return the class of the colour of a series by its number."""
    return OTHER if series.name == OTHER else f"s{index}"


def clip(text: str) -> str:
    """Return a name that is no longer than a chart bears."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def spread(series: Sequence[Series], at: Sequence[Place], places: Sequence[Place]) -> list[Series]:
    """Return the series with a value for each of *places*, None where *at* has none."""

    def over(values: Numbers | None) -> Numbers | None:
        if values is None:
            return None
        by_place = {place: finite(value) for place, value in zip(at, values, strict=True)}
        return [by_place.get(place) for place in places]

    return [
        Series(clip(one.name), over(one.values) or [], over(one.low), over(one.high))
        for one in series
    ]


def sum_up(series: Sequence[Series]) -> list[Series]:
    """Keep the first six series and add the others up, as the series `other`."""
    others = [one for one in series if one.name == OTHER]
    named = [one for one in series if one.name != OTHER]
    rest = named[MOST_SERIES:] + others
    if not rest:
        return named
    columns = zip(*(one.values for one in rest), strict=True)
    return [*named[:MOST_SERIES], Series(OTHER, [total(column) for column in columns])]


def total(values: Sequence[float | None]) -> float | None:
    """Add numbers up; None when all of them are gaps."""
    numbers = [value for value in values if value is not None]
    return finite(sum(numbers)) if numbers else None
