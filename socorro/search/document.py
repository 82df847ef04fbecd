"""What SuperSearch answers with: a result, the query itself, or the fields, as JSON or CSV. Pure.

The JSON has the keys that clients of Crash Stats read (hits, total, facets, errors), and more:

    {"hits": [{"uuid": …, "date": "2026-11-26T00:00:00+00:00", …}], "total": 1082,
     "facets": {"product": [{"term": "Firefox", "count": 100, "estimated": 1000, "facets": {…}}],
                "cardinality_build_id": {"value": 5},
                "histogram_date": [{"term": …, "count": 16, "facets": {}}]},
     "errors": [{"code": "missing_hour", "text": …, "start": …, "end": …}], "estimated": 10820,
     "_next": …}

`estimated` is in a facet where throttling makes it differ from the count. `_next` is there when
there are more hits.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from socorro.search.boolean import print_expression
from socorro.search.catalog import catalog
from socorro.search.cursor import write_cursor
from socorro.search.interface import Aggregation, Problem, Result, SearchField, Term
from socorro.search.names import ALIASES, aliases_of, bare_operator, operators_of
from socorro.search.parameters import Request
from socorro.visible import csv_cell

PROTECTED_NEEDS: Final = "view_pii"
Counts = Sequence[Term] | int
_QUERY_TYPES: Final = {"integer": "number", "number": "number", "boolean": "bool", "date": "date"}


def result_document(request: Request, result: Result) -> dict[str, Any]:
    """Return a result as JSON takes it; every hit has every column."""
    document = {
        "hits": [
            {name: _value(hit[field.name]) for name, field in request.columns}
            for hit in result.hits
        ],
        "total": result.total,
        "facets": _facets(request.query.aggregations, result.counts),
        "errors": [_problem(problem) for problem in result.problems],
        "estimated": _number(result.estimated),
    }
    if result.cursor is not None:
        document["_next"] = write_cursor(request.query, result.cursor)
    return document


def _facets(aggregations: Iterable[Aggregation], counts: Mapping[str, Counts]) -> dict[str, Any]:
    return {item.name: _facet(item, counts[item.name]) for item in aggregations}


def _facet(aggregation: Aggregation, counts: Counts) -> Any:
    if isinstance(counts, int):
        return {"value": counts}
    return [_term(aggregation, term) for term in counts]


def _term(aggregation: Aggregation, term: Term) -> dict[str, Any]:
    document: dict[str, Any] = {"term": _value(term.value), "count": term.count}
    estimated = _number(term.estimated)
    if estimated != term.count:
        document["estimated"] = estimated
    # Clients read the facets of an interval even when nothing is counted within it.
    if aggregation.inner or aggregation.kind == "histogram":
        document["facets"] = _facets(aggregation.inner, term.inner)
    return document


def _value(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _number(value: float) -> int | float:
    """Return an estimate with one digit behind the point, without it when it is whole."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _problem(problem: Problem) -> dict[str, Any]:
    document = {"code": problem.code, "text": problem.text}
    times = {"start": problem.start, "end": problem.end}
    return document | {name: _value(time) for name, time in times.items() if time is not None}


def result_csv(request: Request, result: Result) -> bytes:
    """Return the hits as CSV (RFC 4180, UTF-8); without hits to show, the one facet."""
    return b"".join(csv_lines(request, result))


def csv_lines(request: Request, result: Result) -> Iterator[bytes]:
    """Return the header and the lines of `result_csv`, one after the other.

    Items of a list are parted by spaces; text that a spreadsheet would run begins with an
    apostrophe. Nested facets have a column each, and a line for each term of the innermost.
    """
    if request.query.number:
        yield _line([name for name, _ in request.columns])
        for hit in result.hits:
            yield _line([hit[field.name] for _, field in request.columns])
        return
    for aggregation in request.query.aggregations:
        yield _line(_header(aggregation))
        for row in _rows(aggregation, result.counts[aggregation.name]):
            yield _line(row)


def _header(aggregation: Aggregation) -> list[str]:
    """Return the names of the terms from the outermost in, of the counts, and what is distinct."""
    names: list[str] = []
    level: Aggregation | None = aggregation
    while level is not None and level.kind != "cardinality":
        names.append(level.name)
        last, level = level, _within(level)
    if not names:
        return [aggregation.name]
    return [*names, "count", "estimated", *(item.name for item in _distinct(last))]


def _rows(aggregation: Aggregation, counts: Counts) -> Iterator[list[Any]]:
    if isinstance(counts, int):
        yield [counts]
        return
    within = _within(aggregation)
    for term in counts:
        if within is None:
            distinct = [term.inner[item.name] for item in _distinct(aggregation)]
            yield [term.value, term.count, _number(term.estimated), *distinct]
        else:
            for row in _rows(within, term.inner[within.name]):
                yield [term.value, *row]


def _within(aggregation: Aggregation) -> Aggregation | None:
    """Return what has terms within an aggregation: at most one in CSV."""
    return next((item for item in aggregation.inner if item.kind != "cardinality"), None)


def _distinct(aggregation: Aggregation) -> list[Aggregation]:
    return [item for item in aggregation.inner if item.kind == "cardinality"]


def _line(values: Iterable[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(value) for value in values])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return csv_cell(value) if isinstance(value, str) else _value(value)


def query_document(request: Request) -> dict[str, Any]:
    """Return the query as JSON: *q* and the dates say which crashes, in the grammar of `q=`."""
    query = request.query
    return {
        "query": {
            "start": query.start.isoformat(),
            "end": query.end.isoformat(),
            "q": print_expression(query.filter),
            "columns": [name for name, _ in request.columns],
            "sort": [f"{'-' if key.descending else ''}{key.field.name}" for key in query.sort],
            "offset": query.offset,
            "number": query.number,
            "aggregations": [_aggregation(item) for item in query.aggregations],
        }
    }


def _aggregation(item: Aggregation) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": item.kind, "name": item.name, "field": item.field.name}
    if item.kind == "terms":
        document["size"] = item.size
    if item.interval is not None:
        document["interval"] = item.interval
    if item.inner:
        document["inner"] = [_aggregation(inner) for inner in item.inner]
    return document


def fields_document() -> dict[str, Any]:
    """Return every field that can be searched by its names, those of Crash Stats too."""
    fields = catalog()
    names = {**{name: name for name in fields}, **ALIASES}
    return {name: _field(name, fields[target]) for name, target in names.items()}


def _field(name: str, field: SearchField) -> dict[str, Any]:
    is_text = bare_operator(field) == "words"
    return {
        "name": name,
        "in_database_name": field.name,
        "aliases": aliases_of(field),
        "type": field.type,
        "query_type": _QUERY_TYPES.get(field.type, "string" if is_text else "enum"),
        "is_list": field.is_list,
        "description": field.description,
        "permissions_needed": [] if field.public else [PROTECTED_NEEDS],
        "bare_value": bare_operator(field),
        "operators": _operators(field),
    }


def _operators(field: SearchField) -> list[str]:
    """Return what may stand before a value, and the values that need nothing before them."""
    symbols = [operator for operator in operators_of(field) if operator not in ("words", "null")]
    truth = ["__true__"] if field.type == "boolean" else []
    return [*symbols, "__null__", *truth, "!"]
