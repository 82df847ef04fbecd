"""The key that a value is counted by: in SQL, as the text that comes back, and as the answer."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from socorro.search.interface import Aggregation
from socorro.search.segments import layout
from socorro.search.segments.statement import Statement

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MONDAY: Final = timedelta(days=4)  # after the epoch
ONE_MICROSECOND: Final = timedelta(microseconds=1)
UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def column_type(level: Aggregation) -> str:
    """Return the type of the key in SQL; a time is in microseconds since 1970."""
    if level.field.type == "date":
        return "BIGINT"
    if level.kind == "histogram":
        return "DOUBLE"
    return layout.TYPES[level.field.type]


def sql(statement: Statement, level: Aggregation, column: str) -> str:
    """Return the key of a column that is no list."""
    if level.field.type == "date":
        time = f"epoch_us({column})"
        return _interval(statement, level.interval, time) if level.kind == "histogram" else time
    if level.kind != "histogram":
        return column
    interval = level.interval
    if level.field.type not in ("integer", "number") or not isinstance(interval, int | float):
        raise ValueError(f"{level.field.name} has no such interval")
    length = f"CAST({statement.parameter(float(interval))} AS DOUBLE)"
    return f"floor(CAST({column} AS DOUBLE) / {length}) * {length} + 0.0"  # never -0.0


def _interval(statement: Statement, interval: str | float | None, time: str) -> str:
    """Return the start of the interval that a time is in; before 1970, % is negative."""
    first = _first(interval) // ONE_MICROSECOND
    length = f"CAST({statement.parameter(step(interval) // ONE_MICROSECOND)} AS BIGINT)"
    offset = f"({time} - {first})"
    return f"{time} - ({offset} % {length} + {length}) % {length}"


def step(interval: str | float | None) -> timedelta:
    """Return the length of an interval of time, e.g. of 1d."""
    text = str(interval)
    return int(text[:-1] or 1) * UNITS[text[-1]]


def start(interval: str | float | None, time: datetime) -> datetime:
    """Return the start of the interval that a time is in, as `sql` does."""
    first = EPOCH + _first(interval)
    return time - (time - first) % step(interval)


def _first(interval: str | float | None) -> timedelta:
    return FIRST_MONDAY if str(interval).endswith("w") else timedelta(0)


def parse(text: str, level: Aggregation) -> Any:
    """Return the key of a text that SQL made of it."""
    type_ = column_type(level)
    if type_ == "BIGINT":
        return int(text)
    if type_ == "DOUBLE":
        return float(text)
    return text == "true" if type_ == "BOOLEAN" else text


def value(level: Aggregation, key: Any) -> Any:
    """Return what the answer has for a key."""
    if level.field.type != "date":
        return key
    try:
        return EPOCH + key * ONE_MICROSECOND
    except OverflowError:  # beyond the years 1 to 9999
        return datetime.max.replace(tzinfo=UTC) if key > 0 else datetime.min.replace(tzinfo=UTC)
