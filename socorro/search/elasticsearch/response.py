"""What Elasticsearch answers, as the result of a query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from socorro.search.elasticsearch.filters import longest_pattern
from socorro.search.elasticsearch.mapping import ESTIMATED, LONGEST, WHOLE, column
from socorro.search.elasticsearch.request import (
    ALL,
    DISTINCT_EXACTLY,
    IN_PERIOD,
    LONG,
    long_text_fields,
    skipped,
)
from socorro.search.elasticsearch.values import key, time_of, value_of
from socorro.search.interface import (
    Aggregation,
    Condition,
    Filter,
    Not,
    Problem,
    Query,
    Result,
    SearchField,
    Term,
)

APPROXIMATE = "approximate"
Counts = Mapping[str, Sequence[Term] | int]


def result(query: Query, response: Mapping[str, Any]) -> Result:
    """Return the answer to a query."""
    counted = response.get("aggregations")
    if counted is None:  # no index at all
        return Result(0, 0.0, counts=_no_counts(query.aggregations))
    problems = [*_long_texts(query, counted), *_long_patterns(query.filter)]
    counts = _counts(query.aggregations, counted, problems)
    documents = [hit["_source"] for hit in response["hits"]["hits"][skipped(query) :]]
    hits = [
        {field.name: value_of(field, document) for field in query.columns}
        for document in documents[: query.number]
    ]
    has_more = len(documents) > query.number > 0
    return Result(
        total=counted[ALL]["doc_count"],
        estimated=counted[ALL][ESTIMATED]["value"],
        hits=hits,
        counts=counts,
        cursor=_cursor(query, documents[query.number - 1]) if has_more else None,
        problems=list(dict.fromkeys(problems)),
    )


def long_terms(query: Query, answer: Result) -> dict[SearchField, set[str]]:
    """Return the terms that are keys of long texts, by field."""
    keys: dict[SearchField, set[str]] = {}
    _collect(query.aggregations, answer.counts, keys)
    return keys


def with_texts(query: Query, answer: Result, texts: Mapping[str, str]) -> Result:
    """Return the answer with the texts in place of their keys."""
    return replace(answer, counts=_restored(query.aggregations, answer.counts, texts))


def text_in(field: SearchField, document: Mapping[str, Any], text_key: str) -> str:
    """Return the text with a key, in a document that has it."""
    value = document[WHOLE][column(field)]
    texts: list[str] = value if isinstance(value, list) else [value]
    return next(text for text in texts if key(text) == text_key)


def _collect(
    aggregations: Sequence[Aggregation], counts: Counts, keys: dict[SearchField, set[str]]
) -> None:
    for aggregation in aggregations:
        terms = counts[aggregation.name]
        for term in [] if isinstance(terms, int) else terms:
            if isinstance(term.value, str) and len(term.value) > LONGEST:
                keys.setdefault(aggregation.field, set()).add(term.value)
            _collect(aggregation.inner, term.inner, keys)


def _restored(
    aggregations: Sequence[Aggregation], counts: Counts, texts: Mapping[str, str]
) -> dict[str, Sequence[Term] | int]:
    restored: dict[str, Sequence[Term] | int] = {}
    for aggregation in aggregations:
        terms = counts[aggregation.name]
        restored[aggregation.name] = (
            terms
            if isinstance(terms, int)
            else [
                replace(
                    term,
                    value=texts.get(term.value, term.value),
                    inner=_restored(aggregation.inner, term.inner, texts),
                )
                for term in terms
            ]
        )
    return restored


def _cursor(query: Query, document: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*(value_of(sort.field, document) for sort in query.sort), document["crash_id"])


def _no_counts(aggregations: Sequence[Aggregation]) -> dict[str, list[Term] | int]:
    return {
        aggregation.name: 0 if aggregation.kind == "cardinality" else []
        for aggregation in aggregations
    }


def _counts(
    aggregations: Sequence[Aggregation], counted: Mapping[str, Any], problems: list[Problem]
) -> dict[str, Sequence[Term] | int]:
    return {
        aggregation.name: _one(aggregation, counted[f"a{number}"], problems)
        for number, aggregation in enumerate(aggregations)
    }


def _one(
    aggregation: Aggregation, counted: Mapping[str, Any], problems: list[Problem]
) -> list[Term] | int:
    name = aggregation.field.name
    if aggregation.kind == "cardinality":
        number: int = counted["value"]
        if number > DISTINCT_EXACTLY:
            problems.append(Problem(APPROXIMATE, f"distinct values of {name} are estimated"))
        return number
    if _may_lack(aggregation, counted):
        problems.append(
            Problem(APPROXIMATE, f"{name} has too many values to count every one exactly")
        )
    return [
        Term(
            _key(aggregation, bucket["key"]),
            bucket["doc_count"],
            bucket[ESTIMATED]["value"],
            _counts(aggregation.inner, bucket, problems),
        )
        for bucket in counted["buckets"]
    ]


def _key(aggregation: Aggregation, key: Any) -> Any:
    kind = aggregation.field.type
    if kind == "date":
        return time_of(int(key))
    if kind == "boolean":
        return bool(key)
    return int(key) if kind == "integer" and key == int(key) else key


def _may_lack(aggregation: Aggregation, counted: Mapping[str, Any]) -> bool:
    """Return whether counts may be wrong: an index had more terms than it was asked to count.

    A term that no index returned has fewer crashes than the least of them all; where that is
    less than the last one here, the terms are right, and so are their counts when no index left
    out any of them.
    """
    buckets = counted["buckets"]
    bound = counted.get("doc_count_error_upper_bound", 0)
    if not bound or not buckets:
        return False
    return any(bucket["doc_count_error_upper_bound"] for bucket in buckets) or (
        len(buckets) < aggregation.size or bound >= buckets[-1]["doc_count"]
    )


def _long_patterns(tree: Filter) -> list[Problem]:
    """Return a problem for each text that is longer than what is compared at once."""
    if isinstance(tree, Condition):
        value = str(tree.value) if tree.operator in ("~", "^", "$") else ""
        if len(value) <= longest_pattern(value):
            return []
        text = f"{tree.field.name} is compared with a text of {len(value):,} characters in pieces"
        return [Problem(APPROXIMATE, text)]
    inner = (tree.filter,) if isinstance(tree, Not) else tree.filters
    return [problem for one in inner for problem in _long_patterns(one)]


def _long_texts(query: Query, counted: Mapping[str, Any]) -> list[Problem]:
    count = counted.get(LONG, {}).get(IN_PERIOD, {}).get("doc_count", 0)
    if not count:
        return []
    names = ", ".join(field.name for field in long_text_fields(query))
    crashes = "1 crash has" if count == 1 else f"{count} crashes have"
    text = f"{crashes} more than {LONGEST:,} characters in {names}: compared in pieces"
    return [Problem(APPROXIMATE, text)]
