"""Rows for tests of searches: what a test does not mention is the same in all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from socorro.search.catalog import catalog
from socorro.search.interface import Condition, Query, SearchField

Row = dict[str, Any]

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
FIELD = catalog()


def make_row(number: int = 0, when: datetime = MONDAY, **values: Any) -> Row:
    """One crash; *number* is in its id."""
    crash_id = f"00000000-0000-0000-0000-{number:06}{when:%y%m%d}"
    return {"crash_id": crash_id, "submitted_timestamp": when, "throttle_rate": 1.0} | values


def make_rows(name: str, *values: Any) -> list[Row]:
    """One crash for each value of one field, numbered from 0; None is no value."""
    return [
        make_row(number, **({} if value is None else {name: value}))
        for number, value in enumerate(values)
    ]


def make_query(**values: Any) -> Query:
    """A query of the week from Monday."""
    return Query(**({"start": MONDAY, "end": MONDAY + WEEK} | values))


def condition(name: str, operator: Any, value: Any = None) -> Condition:
    return Condition(FIELD[name], operator, value)


def columns(*names: str) -> tuple[SearchField, ...]:
    return tuple(FIELD[name] for name in names)
