"""The most frequent values of a public field on the last whole day, by search."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from socorro.search.catalog import catalog
from socorro.search.interface import (
    Aggregation,
    Engine,
    Permitted,
    Query,
    SearchField,
    SearchUnavailable,
    Term,
    TooManySearches,
    TooSlow,
)

MOST = 10
COUNTED = ("keyword", "boolean")  # a number, a moment or a text is hardly ever the same twice
NAME = "values"


class Value(NamedTuple):
    """A value, the crashes that have it (estimated, and reports), and where to find them."""

    text: str
    estimated: int
    reports: int
    percent: float  # of the estimated crashes of the day
    address: str


class TopValues(NamedTuple):
    """The values of one day; *problem* says why there are none."""

    day: date
    values: Sequence[Value] = ()
    estimated: int = 0
    problem: str = ""


def is_counted(name: str) -> bool:
    """Return whether values of a field of the processed crash are shown to everybody."""
    field = catalog().get(name)
    return field is not None and field.public and field.type in COUNTED


def top_values(engine: Engine | None, name: str, now: datetime) -> TopValues:
    """Return the most frequent values of a field for which is_counted() holds."""
    end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = (end - timedelta(days=1)).date()
    if engine is None:
        return TopValues(day, problem="Search is not available.")
    field = catalog()[name]
    query = Query(
        end - timedelta(days=1),
        end,
        number=0,
        aggregations=(Aggregation("terms", NAME, field, size=MOST),),
    )
    try:
        result = engine.search(query, Permitted())
    except (SearchUnavailable, TooManySearches, TooSlow):
        return TopValues(day, problem="Search does not answer now. Reload this page later.")
    terms = result.counts[NAME]
    if isinstance(terms, int) or not result.total:
        return TopValues(day, problem=f"No crash on {day}.")
    if not terms:
        return TopValues(day, problem=f"No crash of {day} has this field.")
    if len(terms) == MOST and terms[0].count == 1:
        return TopValues(day, problem=f"No value occurred twice on {day}.")
    values = [_value(field, term, result.estimated, day) for term in terms]
    return TopValues(day, sorted(values, key=_rank), round(result.estimated))


def _rank(value: Value) -> tuple[int, str]:
    return -value.estimated, value.text


def _value(field: SearchField, term: Term, estimated: float, day: date) -> Value:
    share = 100 * term.estimated / estimated if estimated else 0.0
    text = str(term.value)
    return Value(text, round(term.estimated), term.count, share, _address(field, text, day))


def _address(field: SearchField, text: str, day: date) -> str:
    """Return the search for the crashes with this value; "" while there is no such page."""
    try:
        path = reverse("search")
    except NoReverseMatch:
        return ""
    value = f"={text}" if field.type == "keyword" else text.lower()
    dates = [("date", f">={day}"), ("date", f"<{day + timedelta(days=1)}")]
    return f"{path}?{urlencode([(field.name, value), *dates])}"
