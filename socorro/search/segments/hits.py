"""Hits: the crashes of one page, read from the hours only that can have them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from socorro.search.interface import Query, SearchField, Sort
from socorro.search.segments import layout
from socorro.search.segments.conditions import Conditions
from socorro.search.segments.layout import CRASH_ID, SUBMITTED
from socorro.search.segments.run import Run
from socorro.search.segments.statement import Statement, quote

Hits = list[Mapping[str, Any]]
Cursor = tuple[Any, ...]


def hours_of_page(query: Query, counts: Mapping[datetime, int]) -> tuple[Sequence[datetime], int]:
    """Return the hours that the page is in, and how many crashes of these come before it.

    *counts* are the matching crashes by hour. By time of submission, few hours have the page;
    behind a cursor, the crashes of its own hour may all be before it.
    """
    if not is_by_time(query):
        return list(counts), query.offset
    descending = query.sort[0].descending
    hours = sorted(counts, reverse=descending)
    offset, due = query.offset, query.offset + query.number + 1
    own = None
    if query.after and isinstance(query.after[0], datetime):
        own = layout.hour_of(query.after[0])
        hours = [hour for hour in hours if (hour <= own if descending else hour >= own)]
    selected: list[datetime] = []
    for hour in hours:
        if own is None and not selected and offset >= counts[hour]:
            offset -= counts[hour]
            due -= counts[hour]
            continue
        if due <= 0:
            break
        selected.append(hour)
        due -= counts[hour] if hour != own else 0
    return selected, offset


def is_by_time(query: Query) -> bool:
    """Say whether the hits come by time of submission first."""
    return bool(query.sort) and layout.column(query.sort[0].field) == SUBMITTED


def read(run: Run, offset: int, is_wide: bool = False) -> tuple[Hits, Cursor | None]:
    """Return the hits of the page and what the next page begins behind, None when there is none.

    *is_wide*: most rows of the source come behind the page, which is sorted by time.
    """
    query = run.query
    last = _last(run, offset) if is_wide else None
    statement = Statement()
    shown = {layout.column(field) for field in (*query.columns, *_sorted_by(query))}
    names = sorted({*shown, CRASH_ID})
    more = _behind(run, statement, query)
    if last is not None:
        more += f" AND {SUBMITTED} {_until(query)} {statement.parameter(last)}"
    rows = run.matching(statement, names, more)
    selected = ", ".join(quote(name) for name in names)
    number, skipped = statement.parameter(query.number + 1), statement.parameter(offset)
    order = ", ".join((*(_key(sort) for sort in query.sort), CRASH_ID))
    text = f"SELECT {selected} FROM ({rows}) ORDER BY {order} LIMIT {number} OFFSET {skipped}"
    crashes = [dict(zip(names, map(_value, row), strict=True)) for row in run.rows(statement, text)]
    page = crashes[: query.number]
    hits: Hits = [
        {field.name: crash[layout.column(field)] for field in query.columns} for crash in page
    ]
    has_next = len(crashes) > len(page) > 0
    return hits, _cursor(page[-1], query) if has_next else None


def _last(run: Run, offset: int) -> datetime | None:
    """Return the time of the last row that the page needs, None when there are fewer.

    All else of a row costs several times as much to read as its time, the id most of it.
    """
    statement = Statement()
    rows = run.matching(statement, {SUBMITTED})
    skipped = statement.parameter(offset + run.query.number)
    order = _key(run.query.sort[0])
    text = f"SELECT {SUBMITTED} FROM ({rows}) ORDER BY {order} LIMIT 1 OFFSET {skipped}"
    times = run.rows(statement, text)
    return times[0][0] if times else None


def _until(query: Query) -> str:
    return ">=" if query.sort[0].descending else "<="


def _cursor(crash: Mapping[str, Any], query: Query) -> Cursor:
    return (*(crash[layout.column(field)] for field in _sorted_by(query)), crash[CRASH_ID])


def _sorted_by(query: Query) -> list[SearchField]:
    return [sort.field for sort in query.sort]


def _key(sort: Sort) -> str:
    direction = "DESC" if sort.descending else "ASC"
    return f"{quote(layout.column(sort.field))} {direction} NULLS LAST"


def _behind(run: Run, statement: Statement, query: Query) -> str:
    """Return the condition of being behind the cursor: by the first key that is not the same."""
    if query.after is None:
        return "true"
    if len(query.after) != len(query.sort) + 1 or not isinstance(query.after[-1], str):
        raise ValueError("the cursor is of another order")
    *values, crash_id = query.after
    conditions = Conditions(statement, run.limits)
    same: list[str] = []
    choices = []
    for sort, value in zip(query.sort, values, strict=True):
        column = quote(layout.column(sort.field))
        if value is None:  # these come last
            same.append(f"{column} IS NULL")
            continue
        operator = "<" if sort.descending else ">"
        further = conditions.compare(sort.field, operator, value)(column)
        choices.append(" AND ".join((*same, f"({further} OR {column} IS NULL)")))
        same.append(conditions.compare(sort.field, "=", value)(column))
    choices.append(" AND ".join((*same, f"{CRASH_ID} > {statement.parameter(crash_id)}")))
    return f"({' OR '.join(f'({choice})' for choice in choices)})"


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return None if value == [] else value
