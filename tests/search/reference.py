"""Searches over a list of rows in plain Python: what every engine must answer, obviously right.

A row is a crash: its values by name of the field, absent or None where it has none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from math import floor
from typing import Any

from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Either,
    Filter,
    Not,
    Permitted,
    Query,
    Result,
    SearchField,
    Sort,
    Term,
    check_hits,
)
from socorro.search.regex import parse_regex, to_python

Row = Mapping[str, Any]

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
ONE_WEEK = timedelta(weeks=1)
MOST_HITS = 10_000


class Reference:
    """An Engine over rows."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list(rows)

    def search(self, query: Query, permitted: Permitted) -> Result:
        for field in query.fields():
            if not field.public and not permitted.protected:
                raise PermissionError(field.name)
        check_hits(query, MOST_HITS)
        rows = [
            row
            for row in self._rows
            if query.start <= row["submitted_timestamp"] < query.end and matches(row, query.filter)
        ]
        behind = after(rows, query)[query.offset :]
        page = behind[: query.number]
        return Result(
            total=len(rows),
            estimated=estimated(rows),
            hits=[{field.name: value(row, field) for field in query.columns} for row in page],
            counts={inner.name: count(rows, inner) for inner in query.aggregations},
            cursor=position(page[-1], query) if page and len(behind) > len(page) else None,
        )

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


def value(row: Row, field: SearchField) -> Any:
    """The value, None when there is none; an empty list is none."""
    name = "submitted_timestamp" if field.name == "date_processed" else field.name
    return None if row.get(name) == [] else row.get(name)


def items(row: Row, field: SearchField) -> list[Any]:
    """Every value that counts: the items of a list, or one, or none."""
    content = value(row, field)
    if content is None:
        return []
    return content if field.is_list else [content]


def estimated(rows: Sequence[Row]) -> float:
    return sum(1 / (row.get("throttle_rate") or 1.0) for row in rows)


# Filters


def matches(row: Row, tree: Filter) -> bool:
    match tree:
        case All(filters):
            return all(matches(row, inner) for inner in filters)
        case Either(filters):
            return any(matches(row, inner) for inner in filters)
        case Not(inner):
            return not matches(row, inner)
        case Condition(field, "null", _):
            return not items(row, field)
        case Condition(field, operator, value):
            return any(holds(item, operator, value) for item in items(row, field))


def holds(item: Any, operator: str, value: Any) -> bool:
    match operator:
        case "words":
            return words(value) <= words(item)
        case "=":
            return item == value
        case "~":
            return lower(value) in lower(item)
        case "^":
            return lower(item).startswith(lower(value))
        case "$":
            return lower(item).endswith(lower(value))
        case "@":
            return re.search(to_python(parse_regex(value)), item) is not None
        case ">":
            return item > value
        case ">=":
            return item >= value
        case "<":
            return item < value
    assert operator == "<="
    return item <= value


@cache
def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", lower(text)))


@cache
def lower(text: str) -> str:
    """Lower case, character by character: as long as the text, whatever stands beside it."""
    return "".join(character.lower()[0] for character in text)


# Order and pages


def in_order(rows: Sequence[Row], sorts: Sequence[Sort]) -> list[Row]:
    ordered = sorted(rows, key=lambda row: row["crash_id"])
    for field, descending in reversed(sorts):
        with_value = [row for row in ordered if value(row, field) is not None]
        without = [row for row in ordered if value(row, field) is None]
        with_value.sort(key=lambda row: value(row, field), reverse=descending)
        ordered = [*with_value, *without]
    return ordered


def position(row: Row, query: Query) -> tuple[Any, ...]:
    return (*(value(row, field) for field, _ in query.sort), row["crash_id"])


def after(rows: Sequence[Row], query: Query) -> list[Row]:
    """Rows in order, those behind the cursor: a row that has its values is put among them."""
    if query.after is None:
        return in_order(rows, query.sort)
    *values, crash_id = query.after
    marker = {field.name: value for (field, _), value in zip(query.sort, values, strict=True)}
    if "date_processed" in marker:
        marker["submitted_timestamp"] = marker["date_processed"]
    marker["crash_id"] = crash_id
    ordered = in_order([*rows, marker], query.sort)
    return ordered[[row is marker for row in ordered].index(True) + 1 :]


# Counts


def count(rows: Sequence[Row], aggregation: Aggregation) -> list[Term] | int:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        for key in {key_of(item, aggregation) for item in items(row, aggregation.field)}:
            groups.setdefault(key, []).append(row)
    if aggregation.kind == "cardinality":
        return len(groups)
    terms = [
        Term(
            key,
            len(group),
            estimated(group),
            {inner.name: count(group, inner) for inner in aggregation.inner},
        )
        for key, group in groups.items()
    ]
    if aggregation.kind == "histogram":
        return sorted(terms, key=lambda term: term.value)
    return sorted(terms, key=lambda term: (-term.count, term.value))[: aggregation.size]


def key_of(item: Any, aggregation: Aggregation) -> Any:
    """The group that a value belongs to: itself, or the start of its interval."""
    interval = aggregation.interval
    if aggregation.kind != "histogram":
        return item
    if not isinstance(interval, str):
        return floor(float(item) / interval) * float(interval)
    length, unit = int(interval[:-1] or 1), interval[-1]
    if unit == "w":
        return FIRST_MONDAY + (item - FIRST_MONDAY) // (length * ONE_WEEK) * length * ONE_WEEK
    step = length * UNITS[unit]
    return EPOCH + (item - EPOCH) // step * step
