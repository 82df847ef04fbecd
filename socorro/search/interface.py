"""What a search is, and what an engine answers: the same for column segments and Elasticsearch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

Type = Literal["keyword", "text", "integer", "number", "boolean", "date"]
Operator = Literal["words", "=", "~", "^", "$", "@", ">", ">=", "<", "<=", "null"]
Value = str | int | float | bool | datetime | None


class SearchField(NamedTuple):
    """One field that can be searched: from the declarations in socorro/fields alone.

    A list field (addons) matches when any of its items does. It is counted by item: a crash once
    for each item, however often the item is in its list. An empty list is no value; an empty
    text is one.
    """

    name: str
    type: Type
    public: bool
    is_list: bool = False
    description: str = ""


@dataclass(frozen=True)
class Condition:
    """One field compared with one value.

    words    every word of the text is in the field, whole, in either case
    =        equal; text in its own case
    ~ ^ $    contains, begins with, ends with; in either case
    @        matches a regular expression somewhere; in its own case
    > >= < <=  numbers and dates only
    null     the field has no value; `value` is None

    A crash without a value matches none of the others, so it matches their negation. A word is
    as many letters, digits and underscores as stand together, of any alphabet; a text without any
    (`words` of "?!") matches every value. "In either case" compares lower case, made character by
    character: ß is not ss, and İ is i.
    """

    field: SearchField
    operator: Operator
    value: Value


@dataclass(frozen=True)
class All:
    """All of these filters hold; with none: every crash."""

    filters: "tuple[Filter, ...]" = ()


@dataclass(frozen=True)
class Either:
    """At least one of these filters holds; with none: no crash."""

    filters: "tuple[Filter, ...]"


@dataclass(frozen=True)
class Not:
    """The filter does not hold."""

    filter: "Filter"


Filter = Condition | All | Either | Not


@dataclass(frozen=True)
class Aggregation:
    """Counts by value of a field (terms), by interval (histogram), or distinct (cardinality).

    *name* is its key in the answer. *interval*, of a histogram: a positive number, or for a date
    1m, 1h, 1d, 1w and their multiples (10m, 6h); weeks begin on Monday, all in UTC; multiples are
    counted from 1970-01-01, those of weeks from Monday, 1970-01-05. A number is in the interval
    floor(number / interval) * interval, as floating point does it. *size* is the largest number of
    terms (not of intervals). *inner* are counted within each term or interval, two deep at most
    below the outermost. Terms come most crashes first, then by term, texts by code point;
    intervals in order, those without crashes left out. Crashes without a value are not counted.
    """

    kind: Literal["terms", "histogram", "cardinality"]
    name: str
    field: SearchField
    interval: str | float | None = None
    size: int = 50
    inner: "tuple[Aggregation, ...]" = ()


class Sort(NamedTuple):
    """One key of an order, not a list; crashes without a value come last either way."""

    field: SearchField
    descending: bool = False


class Permitted(NamedTuple):
    """What a caller may see: *protected* fields, too, or public ones only."""

    protected: bool = False


@dataclass(frozen=True)
class Query:
    """One search. Submission time is in [start, end), UTC; *filter* may narrow it further.

    Hits are sorted by *sort*, then by crash id, so that pages never overlap; *offset* of them are
    skipped and *number* returned, each with all *columns*. *after* continues behind a hit: its
    values of the sort fields, then its crash id.
    """

    start: datetime
    end: datetime
    filter: Filter = All()
    columns: tuple[SearchField, ...] = ()
    sort: tuple[Sort, ...] = ()
    offset: int = 0
    number: int = 100
    after: tuple[Any, ...] | None = None
    aggregations: tuple[Aggregation, ...] = ()

    @property
    def protected(self) -> bool:
        """Whether any field that it filters, counts, sorts or shows by is protected."""
        return any(not field.public for field in self.fields())

    def fields(self) -> "set[SearchField]":
        """Return every field that the query touches."""
        aggregations = [*self.aggregations]
        for outer in aggregations:
            aggregations.extend(outer.inner)
        return {
            *_fields_of(self.filter),
            *self.columns,
            *(sort.field for sort in self.sort),
            *(aggregation.field for aggregation in aggregations),
        }


@dataclass(frozen=True)
class Term:
    """One value or interval: *estimated* is the number of crashes that its reports stand for.

    *value* is a string, number, boolean, or the aware UTC start of an interval.
    """

    value: Any
    count: int
    estimated: float
    inner: "Mapping[str, Sequence[Term] | int]" = field(default_factory=dict)


class Problem(NamedTuple):
    """Why an answer may be incomplete: *code* is missing_hour, late_hours or approximate."""

    code: str
    text: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Result:
    """The answer. *hits* have the columns by name, None where a crash has no value.

    *counts* has the terms, or for a cardinality the number, by name of the aggregation.
    *cursor* is what `after` takes to go on; None when there is no more.
    """

    total: int
    estimated: float
    hits: Sequence[Mapping[str, Any]] = ()
    counts: "Mapping[str, Sequence[Term] | int]" = field(default_factory=dict)
    cursor: tuple[Any, ...] | None = None
    problems: Sequence[Problem] = ()


class TooSlow(Exception):
    """The query took longer, or more memory, than one may; the text says how to narrow it."""


class TooManySearches(Exception):
    """As many searches run as may at once: trying again soon helps."""


class SearchUnavailable(Exception):
    """The engine is away or damaged; the text has no host and nothing of a user in it."""


def check_hits(query: Query, most: int) -> None:
    """Raise TooSlow when a query asks for more than *most* hits: every engine does, first."""
    if query.number > most:
        raise TooSlow(f"At most {most} hits are returned at a time.")


class Engine(Protocol):
    """Answers searches. Safe to share between threads."""

    def search(self, query: Query, permitted: Permitted) -> Result:
        """Answer a query.

        Raises PermissionError when it touches a protected field and *permitted* does not say so,
        TooSlow, TooManySearches and SearchUnavailable.
        """
        ...

    def check(self) -> None:
        """Raise SearchUnavailable when no search can be answered now."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


def _fields_of(tree: Filter) -> set[SearchField]:
    if isinstance(tree, Condition):
        return {tree.field}
    if isinstance(tree, Not):
        return _fields_of(tree.filter)
    return {field_of_it for inner in tree.filters for field_of_it in _fields_of(inner)}
