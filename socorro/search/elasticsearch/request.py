"""The body of a search: what Elasticsearch is asked for a query."""

from collections.abc import Iterable, Mapping
from typing import Any

from socorro.search.elasticsearch.filters import (
    Clause,
    all_of,
    between,
    clause,
    equal,
    is_long,
)
from socorro.search.elasticsearch.mapping import (
    ESTIMATED,
    EXTREME,
    LARGEST,
    LONG_FIELDS,
    SMALLEST,
    TEXTS,
    WHOLE,
    column,
    index_type,
)
from socorro.search.elasticsearch.values import key, microseconds, to_document
from socorro.search.interface import (
    Aggregation,
    Condition,
    Filter,
    Not,
    Query,
    SearchField,
    Sort,
)

ALL, LONG, IN_PERIOD = "all", "long", "in_period"
DISTINCT_EXACTLY = 100  # more distinct values may share what is counted of them
SPARE_TERMS = 10_000  # how many more terms than requested each index counts

_SUBMITTED = SearchField("submitted_timestamp", "date", True)
CRASH_ID = SearchField("crash_id", "keyword", True)
_PRECISION = 40_000
_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_FIRST_MONDAY = 4 * 86_400  # 1970-01-05


def body(query: Query, seconds: float) -> dict[str, Any]:
    """Return the body for a query that may take *seconds*."""
    period = _period(query)
    request: dict[str, Any] = {
        "timeout": f"{int(seconds * 1000)}ms",
        "track_total_hits": False,  # the count is one of the aggregations
        # One more says whether that was all.
        "size": skipped(query) + query.number + 1 if query.number else 0,
        "query": all_of([period, clause(query.filter)]),
        "sort": [
            *(key for sort in query.sort for key in _sort(sort)),
            {"crash_id": {"order": "asc"}},
        ],
        "from": query.offset if query.number and query.after is None else 0,
        "_source": _sources(query),
        "aggs": _aggregations(query, period),
    }
    if query.after is not None and query.number:
        request["search_after"] = _behind(query.sort, query.after)
    return request


def text_of_key(query: Query, field: SearchField, text_key: str) -> dict[str, Any]:
    """Return the body that asks for one crash with a long text, by its key."""
    return {
        "size": 1,
        "query": all_of([_period(query), is_long(field), equal(field, text_key)]),
        "_source": [f"{WHOLE}.{column(field)}"],
    }


def _period(query: Query) -> Clause:
    return between(_SUBMITTED, gte=microseconds(query.start), lt=microseconds(query.end))


def _sources(query: Query) -> list[str]:
    """Return what hits have: the columns, and what the cursor is made of."""
    fields = [*query.columns, *(sort.field for sort in query.sort), CRASH_ID]
    names = {column(field) for field in fields}
    texts = {f"{WHOLE}.{column(field)}" for field in fields if field.type in TEXTS}
    return sorted({*names, *texts, LONG_FIELDS})


def skipped(query: Query) -> int:
    """Return how many hits behind the cursor are passed over: `from` works without one only."""
    return query.offset if query.after is not None else 0


def long_text_fields(query: Query) -> list[SearchField]:
    """Return the fields of which long texts may be missed, or be in another order."""
    sorted_by = {sort.field for sort in query.sort if sort.field.type in TEXTS}
    return sorted({*_filtered(query.filter), *sorted_by})


def interval(aggregation: Aggregation) -> tuple[float, float]:
    """Return the width of a histogram's intervals, and where one of them begins.

    Of a date in microseconds.
    """
    width = aggregation.interval
    if not isinstance(width, str):
        return width or 1, 0
    unit = width[-1]
    seconds = int(width[:-1] or 1) * _UNITS[unit]
    return seconds * 1_000_000, (_FIRST_MONDAY % seconds if unit == "w" else 0) * 1_000_000


def _aggregations(query: Query, period: Clause) -> dict[str, Any]:
    aggregations = {ALL: {"filter": {"match_all": {}}, "aggs": _estimated()}}
    if fields := long_text_fields(query):
        inside = {IN_PERIOD: {"filter": all_of([period, is_long(*fields)])}}
        aggregations[LONG] = {"global": {}, "aggs": inside}
    return aggregations | _by_number(query.aggregations)


def _by_number(aggregations: Iterable[Aggregation]) -> dict[str, Any]:
    """Return aggregations by their place: a name of the caller's may have any character."""
    return {f"a{number}": _one(inner) for number, inner in enumerate(aggregations)}


def _one(aggregation: Aggregation) -> Mapping[str, Any]:
    name = column(aggregation.field)
    if aggregation.kind == "cardinality":
        return {"cardinality": {"field": name, "precision_threshold": _PRECISION}}
    inner = {**_estimated(), **_by_number(aggregation.inner)}
    if aggregation.kind == "histogram":
        width, offset = interval(aggregation)
        counted: dict[str, Any] = {
            "field": name, "interval": width, "offset": offset, "min_doc_count": 1,
        }  # fmt: skip
        return {"histogram": counted, "aggs": inner}
    counted = {
        "field": name,
        "size": aggregation.size,
        "shard_size": aggregation.size + SPARE_TERMS,
        "order": [{"_count": "desc"}, {"_key": "asc"}],
        "show_term_doc_count_error": True,
        "collect_mode": "breadth_first",  # inner counts of the terms that are returned only
    }
    return {"terms": counted, "aggs": inner}


def _estimated() -> dict[str, Any]:
    return {ESTIMATED: {"sum": {"field": ESTIMATED}}}


def _sort(sort: Sort) -> list[Mapping[str, Any]]:
    """Return the keys of an order.

    A crash without an integer is sorted as if it had the largest (or smallest): those that have
    it come before.
    """
    name, kind = column(sort.field), index_type(sort.field)
    order = "desc" if sort.descending else "asc"
    keys: list[Mapping[str, Any]] = [
        {name: {"order": order, "missing": "_last", "unmapped_type": kind}}
    ]
    if sort.field.type == "integer":
        extreme = {"order": "asc", "missing": "_last", "unmapped_type": "long"}
        keys.append({f"{EXTREME}.{name}": extreme})
    return keys


def _behind(order: tuple[Sort, ...], after: tuple[Any, ...]) -> list[Any]:
    """Return the values of the keys that `_sort` makes, of the hit to continue behind."""
    values: list[Any] = []
    for sort, value in zip(order, after, strict=False):
        values.append(_sorted_as(sort, value))
        if sort.field.type == "integer":
            values.append(0 if value in (LARGEST, SMALLEST) else LARGEST)
    return [*values, _encodable(after[-1])]


def _sorted_as(sort: Sort, value: Any) -> Any:
    kind = sort.field.type
    if kind in TEXTS:
        return None if value is None else key(_encodable(value))
    if kind == "number":
        missing: Any = "-Infinity" if sort.descending else "Infinity"
        return missing if value is None else value
    if value is None:
        return SMALLEST if sort.descending else LARGEST
    return int(value) if kind == "boolean" else to_document(sort.field, value)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _filtered(tree: Filter) -> set[SearchField]:
    """Return the fields whose long texts a regular expression sees in pieces."""
    if isinstance(tree, Condition):
        return {tree.field} if tree.operator == "@" else set()
    inner = (tree.filter,) if isinstance(tree, Not) else tree.filters
    return {field for one in inner for field in _filtered(one)}
