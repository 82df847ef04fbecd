"""The parameters of SuperSearch, as REST, the page and the command take them, to a Query. Pure.

A field is a parameter of its own, repeated for several values: `product=Firefox&version=159.0b`.
Its values carry operators (see values.py). Different fields are ANDed. Of one field, several values
are ORed, ranges (> >= < <=) ANDed, and negated values must all hold. `q=` (see boolean.py) is ANDed
with them. Parameters that begin with an underscore say what to return:

    _columns, _sort (-date: newest first), _results_number, _results_offset, _next
    _facets, _facets_size, _aggs.…, _histogram.…, _histogram_interval.…  (see aggregations.py)
    _return_query=1, format=json or csv

Build ids are compared as the times that they are: `build_id=>=20261101`.
The time of submission is the field `date`. Without dates a search covers the last 7 days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from socorro.search.aggregations import Aggregations, check_one_list
from socorro.search.boolean import parse_expression
from socorro.search.catalog import catalog
from socorro.search.cursor import Cursor, read_cursor
from socorro.search.errors import Errors, InvalidSearch, ProtectedFields, quote
from socorro.search.grouping import Values, search_range
from socorro.search.interface import (
    Aggregation,
    Either,
    Filter,
    Permitted,
    Query,
    SearchField,
    Sort,
)
from socorro.search.names import Fields, nearest
from socorro.search.values import check_characters, is_range, read_value

COLUMNS: Final = ("uuid", "date", "signature", "product", "version")
FACETS: Final = ("signature",)
SINGLE: Final = (
    *("q", "format", "_facets_size", "_results_number", "_results_offset"),
    *("_return_query", "_next"),
)
REPEATED: Final = ("_columns", "_facets", "_sort")
NESTED: Final = ("_aggs.", "_histogram.", "_histogram_interval.")
Format = Literal["json", "csv"]


class Limits(NamedTuple):
    """How large a search may be; more is refused, never cut."""

    characters: int = 50_000  # of all names and values together
    parameters: int = 500
    days: int = 365
    default_days: int = 7
    hits: int = 1_000  # _results_number
    offset: int = 1_000_000
    terms: int = 10_000  # _facets_size
    sorts: int = 5


@dataclass(frozen=True)
class Request:
    """A search, and how its answer is shown.

    *columns* are the names of the hits' columns as the caller wrote them, with their fields; so
    are the names of `query.aggregations`. *return_query*: answer with the query itself.
    """

    query: Query
    columns: tuple[tuple[str, SearchField], ...]
    format: Format = "json"
    return_query: bool = False


def parse(
    parameters: Iterable[tuple[str, str]],
    now: datetime,
    permitted: Permitted,
    limits: Limits = Limits(),  # noqa: B008  # a tuple
    fields: Mapping[str, SearchField] | None = None,
) -> Request:
    """Parse decoded parameters, in their order. *now* is aware.

    Raises InvalidSearch with sentences by parameter, or ProtectedFields when the search touches
    what the caller may not see (even if something else is wrong, too).
    """
    pairs = list(parameters)
    _check_size(pairs, limits)
    reader = _Reader(Fields(catalog() if fields is None else fields), now, limits)
    try:
        return reader.read(pairs)
    finally:
        if reader.fields.protected and not permitted.protected:
            raise ProtectedFields(sorted(reader.fields.protected))


def _check_size(pairs: list[tuple[str, str]], limits: Limits) -> None:
    """Refuse what is too large before anything of it is read."""
    if len(pairs) > limits.parameters:
        text = f"The search has more than {limits.parameters} parameters."
        raise InvalidSearch({"query": (text,)})
    if sum(len(name) + len(value) for name, value in pairs) > limits.characters:
        text = f"The search is longer than {limits.characters:,} characters."
        raise InvalidSearch({"query": (text,)})


class _Reader:
    """Reads one search; what is wrong is gathered until its end."""

    def __init__(self, fields: Fields, now: datetime, limits: Limits) -> None:
        self.fields = fields
        self._now = now
        self._limits = limits
        self._errors = Errors()
        self._single: dict[str, str] = {}
        self._repeated: dict[str, list[str]] = {}
        self._nested: list[tuple[str, str]] = []
        self._values: dict[str, Values] = {}

    def read(self, pairs: list[tuple[str, str]]) -> Request:
        for name, value in pairs:
            with self._errors.of(name):
                self._sort_in(name, value)
        columns = self._columns()
        sort = self._sort()
        number = self._number("_results_number", 100, self._limits.hits)
        offset = self._number("_results_offset", 0, self._limits.offset)
        cursor = self._cursor(sort, offset)
        expression = self._expression()
        start, end, where = self._range(expression, cursor)
        aggregations = self._aggregations(end - start)
        shown_as = self._format()
        if shown_as == "csv" and not number:
            with self._errors.of("format"):
                check_one_list(aggregations)
        return_query = self._return_query()
        self._errors.check()
        query = Query(
            start=start,
            end=end,
            filter=where,
            columns=tuple(dict.fromkeys(field for _, field in columns)),
            sort=sort,
            offset=offset,
            number=number,
            after=cursor and cursor.after,
            aggregations=aggregations,
        )
        return Request(query, columns, shown_as, return_query)

    def _sort_in(self, name: str, value: str) -> None:
        check_characters(name)
        check_characters(value)
        if name in SINGLE:
            if name in self._single:
                raise ValueError("This parameter may be written once only.")
            self._single[name] = value
        elif name in REPEATED:
            self._repeated.setdefault(name, []).append(value)
        elif name.startswith(NESTED):
            self._nested.append((name, value))
        elif name.startswith("_"):
            options = [*SINGLE, *REPEATED, *NESTED]
            raise ValueError(f"There is no parameter {quote(name)}.{nearest(name, options)}")
        else:
            field = self.fields[name]
            values = self._values.setdefault(field.name, Values())
            values.add(read_value(field, value), is_range(value))

    def _named(self, parameter: str, default: tuple[str, ...]) -> list[str]:
        """Return the names that a parameter lists, each once; empty ones ask for none."""
        names = self._repeated.get(parameter)
        return list(default) if names is None else [name for name in dict.fromkeys(names) if name]

    def _columns(self) -> tuple[tuple[str, SearchField], ...]:
        columns = []
        for name in self._named("_columns", COLUMNS):
            with self._errors.of("_columns"):
                columns.append((name, self.fields[name]))
        return tuple(columns)

    def _sort(self) -> tuple[Sort, ...]:
        keys: list[Sort] = []
        for name in self._named("_sort", ("-date",)):
            with self._errors.of("_sort"):
                field = self.fields[name.removeprefix("-")]
                if field.is_list:
                    raise ValueError(f"{field.name} has several values: it cannot be sorted by.")
                if field not in [key.field for key in keys]:
                    keys.append(Sort(field, name.startswith("-")))
        if len(keys) > self._limits.sorts:
            self._errors.add("_sort", f"At most {self._limits.sorts} fields to sort by.")
        return tuple(keys)

    def _number(self, name: str, default: int, most: int) -> int:
        text = self._single.get(name, "").strip() or str(default)
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            self._errors.add(name, f"{quote(text)} is not a whole number from 0 to {most:,}.")
            return default
        return int(text)

    def _cursor(self, sort: tuple[Sort, ...], offset: int) -> Cursor | None:
        text = self._single.get("_next")
        if not text:
            return None
        with self._errors.of("_next"):
            if offset:
                raise ValueError("Write either _next or _results_offset.")
            return read_cursor(text, sort)
        return None

    def _expression(self) -> Filter | None:
        text = self._single.get("q", "")
        if text.strip():
            with self._errors.of("q"):
                return parse_expression(text, self.fields)
        return None

    def _range(
        self, expression: Filter | None, cursor: Cursor | None
    ) -> tuple[datetime, datetime, Filter]:
        limits = self._limits
        with self._errors.of("date"):
            return search_range(
                self._values, expression, cursor, self._now, limits.default_days, limits.days
            )
        return self._now - timedelta(days=limits.default_days), self._now, Either(())

    def _aggregations(self, span: timedelta) -> tuple[Aggregation, ...]:
        aggregations = Aggregations(self.fields)
        for name, value in self._nested:
            with self._errors.of(name):
                _nest(aggregations, name, value)
        for name in self._named("_facets", () if aggregations else FACETS):
            with self._errors.of("_facets"):
                aggregations.add([name])
        size = self._number("_facets_size", 50, self._limits.terms)
        with self._errors.of("_facets_size"):
            return aggregations.build(size, span)
        return ()

    def _format(self) -> Format:
        match self._single.get("format", "json"):
            case "csv":
                return "csv"
            case "json":
                return "json"
            case other:
                self._errors.add("format", f"{quote(other)} is no format (write json or csv).")
        return "json"

    def _return_query(self) -> bool:
        text = self._single.get("_return_query", "").strip().lower()
        if text not in ("", "0", "1", "true", "false"):
            self._errors.add("_return_query", f"{quote(text)} is neither 1 nor 0.")
        return text in ("1", "true")


def _nest(aggregations: Aggregations, name: str, value: str) -> None:
    """Read one of the parameters whose name is a path: _aggs.a.b, _histogram.f, …"""
    kind, _, path = name.partition(".")
    if kind == "_histogram_interval":
        aggregations.add_interval(path, value)
        return
    first, *rest = path.split(".")
    outer = f"_histogram.{first}" if kind == "_histogram" else first
    aggregations.add([outer, *rest, value])
