"""Several values of one field to a filter, and those of the time of submission to a range."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from socorro.search.cursor import Cursor
from socorro.search.dates import TICK
from socorro.search.interface import All, Condition, Either, Filter, Not

SUBMITTED: Final = "submitted_timestamp"
FUTURE: Final = timedelta(days=2)  # nothing is submitted later than that, whatever the clocks say


@dataclass
class Values:
    """The values of one field, as its parameter is repeated."""

    positive: list[Filter] = field(default_factory=list)
    ranges: list[Filter] = field(default_factory=list)
    negative: list[Filter] = field(default_factory=list)

    def add(self, value: Filter, is_range: bool) -> None:
        """Sort in one value; a repeated one counts once."""
        values = self.ranges if is_range else self.positive
        if isinstance(value, Not):
            values = self.negative
        if value not in values:
            values.append(value)

    def filters(self) -> list[Filter]:
        """Return what must all hold: one of the values, every range, every negated value."""
        either = self.positive if len(self.positive) < 2 else [Either(tuple(self.positive))]
        return [*either, *self.ranges, *self.negative]


@dataclass
class _Range:
    """The time that conditions leave, [start, end); None where they say nothing."""

    start: datetime | None = None
    end: datetime | None = None

    def narrow(self, condition: Condition) -> None:
        value = condition.value
        if not isinstance(value, datetime):
            raise TypeError(condition)
        if condition.operator in (">", ">=", "="):
            start = value + TICK if condition.operator == ">" else value
            self.start = start if self.start is None else max(self.start, start)
        if condition.operator in ("<", "<=", "="):
            end = value if condition.operator == "<" else value + TICK
            self.end = end if self.end is None else min(self.end, end)


def search_range(
    values: Mapping[str, Values],
    expression: Filter | None,
    cursor: Cursor | None,
    now: datetime,
    default_days: int,
    most_days: int,
) -> tuple[datetime, datetime, Filter]:
    """Return the range of submission, and the filter of everything else.

    A condition on the time of submission that every crash must meet is taken out of the filter.
    Raises ValueError with a sentence.
    """
    filters = [item for value in values.values() for item in value.filters()]
    filters.extend(
        expression.filters if isinstance(expression, All) else filter(None, [expression])
    )
    submitted = _Range()
    rest: list[Filter] = []
    for item in filters:
        conditions = _required_dates(item)
        for condition in conditions:
            submitted.narrow(condition)
        if not conditions:
            rest.append(item)
        alternatives = _days(item)
        if alternatives is not None:
            submitted.narrow(alternatives[0])
            submitted.narrow(alternatives[1])
    _check_expression(expression, submitted)
    start, end = _filled(submitted, cursor, now, default_days)
    _check_range(start, end, now, most_days)
    return start, end, rest[0] if len(rest) == 1 else All(tuple(rest))


def _required_dates(item: Filter) -> list[Condition]:
    """Return the conditions that an item consists of, when they are on the time of submission."""
    conditions = item.filters if isinstance(item, All) else (item,)
    dates = [
        condition
        for condition in conditions
        if isinstance(condition, Condition)
        and condition.field.name == SUBMITTED
        and condition.operator != "null"
    ]
    return dates if len(dates) == len(conditions) else []


def _days(item: Filter) -> tuple[Condition, Condition] | None:
    """Return the first and the last moment of `date=2026-11-20&date=2026-11-22`."""
    if not isinstance(item, Either):
        return None
    starts, ends = [], []
    for alternative in item.filters:
        single = _Range()
        conditions = _required_dates(alternative)
        for condition in conditions:
            single.narrow(condition)
        if single.start is None or single.end is None:
            return None
        starts.append(Condition(conditions[0].field, ">=", single.start))
        ends.append(Condition(conditions[0].field, "<", single.end))
    first = min(starts, key=lambda condition: str(condition.value))
    return first, max(ends, key=lambda condition: str(condition.value))


def _check_expression(expression: Filter | None, submitted: _Range) -> None:
    """Refuse dates in q= that the default range would silently cut."""
    if expression is None or submitted.start is not None or submitted.end is not None:
        return
    if _names_submitted(expression):
        raise ValueError(
            "A date within OR or NOT of q= does not say which days to search: add e.g. "
            "date=>=2026-11-01."
        )


def _names_submitted(tree: Filter) -> bool:
    if isinstance(tree, Condition):
        return tree.field.name == SUBMITTED
    inner = (tree.filter,) if isinstance(tree, Not) else tree.filters
    return any(_names_submitted(item) for item in inner)


def _filled(
    submitted: _Range, cursor: Cursor | None, now: datetime, default_days: int
) -> tuple[datetime, datetime]:
    """Return both ends: what is not written is that of the page before, or of the last days."""
    latest = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) + FUTURE
    start, end = submitted.start, submitted.end
    if cursor is not None:
        start = start or cursor.start
        end = min(end or cursor.end, cursor.end)
    if end is None:
        end = now if start is None or start < now else start + timedelta(days=1)
    end = min(end, latest)
    return start or end - timedelta(days=default_days), end


def _check_range(start: datetime, end: datetime, now: datetime, most_days: int) -> None:
    if start >= now + timedelta(days=1):
        raise ValueError(f"The dates begin in the future: {start:%Y-%m-%d}.")
    if start >= end:
        raise ValueError(
            f"The dates end ({end:%Y-%m-%d %H:%M}) before they begin ({start:%Y-%m-%d %H:%M})."
        )
    if end - start > timedelta(days=most_days):
        raise ValueError(f"The dates cover more than {most_days} days: narrow them.")
