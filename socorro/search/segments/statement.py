"""Puts statements together: text of our own, names of the catalog, all else parameters."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from socorro.search.segments import layout
from socorro.search.segments.layout import (
    CRASH_ID,
    ESTIMATED,
    ONE_HOUR,
    SUBMITTED,
    Visibility,
)

FILE: Final = "filename"  # a column that DuckDB has for every file: the path that it was read by


class Statement:
    """The values of one statement, by the name that each has in its text."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def parameter(self, value: Any) -> str:
        """Return what is written for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"


class Group(NamedTuple):
    """Files with the same columns, of those that a query needs.

    *hours*: of files of days, only the rows of these hours; None is all of them. *is_edge*: they
    may have rows before or after the time of the query.
    """

    paths: tuple[str, ...]
    columns: frozenset[str]
    hours: tuple[datetime, ...] | None = None
    is_edge: bool = True


class Source(NamedTuple):
    """The rows of a query: its time and the files that can have them."""

    start: datetime
    end: datetime
    public: Sequence[Group]
    protected: Sequence[Group] = ()


def quote(name: str) -> str:
    """Return the name of a column, quoted; KeyError when segments have no such column."""
    visibility: Visibility = "public" if name in layout.columns("public") else "protected"
    if name != FILE:
        layout.columns(visibility)[name]
    return f'"{name}"'


def crashes(statement: Statement, source: Source, names: Collection[str]) -> str:
    """Return a SELECT of the columns *names*, the time, the id and `estimated` of the crashes."""
    public = {name for name in names if name in layout.columns("public") or name == FILE}
    public |= {CRASH_ID, SUBMITTED, ESTIMATED}
    rows = _public(statement, source, sorted(public))
    protected = sorted(set(names) - public)
    if not protected:
        return rows
    others = _relation(statement, source.protected, [CRASH_ID, *protected], "protected")
    return f"SELECT * FROM ({rows}) LEFT JOIN ({others}) USING ({CRASH_ID})"


def _public(statement: Statement, source: Source, names: Sequence[str]) -> str:
    """Return the rows within the time of the query; of most files the times are not even read."""
    inner = [group for group in source.public if not group.is_edge]
    edge = [group for group in source.public if group.is_edge]
    selects = [_relation(statement, inner, names, "public")] if inner or not edge else []
    if edge:
        rows = _relation(statement, edge, names, "public")
        start, end = statement.parameter(source.start), statement.parameter(source.end)
        within = f"{SUBMITTED} >= {start} AND {SUBMITTED} < {end}"
        selects.append(f"SELECT * FROM ({rows}) WHERE {within}")
    return " UNION ALL ".join(selects)


def _relation(
    statement: Statement, groups: Sequence[Group], names: Sequence[str], visibility: Visibility
) -> str:
    selects = [_select(statement, group, names, visibility) for group in groups]
    if not selects:
        nothing = ", ".join(
            f"'' AS {FILE}" if name == FILE else _value(name, visibility, ()) for name in names
        )
        return f"SELECT {nothing} WHERE false"
    return " UNION ALL ".join(selects)


def _select(
    statement: Statement, group: Group, names: Sequence[str], visibility: Visibility
) -> str:
    values = ", ".join(_value(name, visibility, group.columns) for name in names)
    rows = f"SELECT {values} FROM read_parquet({statement.parameter(list(group.paths))})"
    return rows if group.hours is None else f"{rows} WHERE {_within(statement, group.hours)}"


def _within(statement: Statement, hours: Sequence[datetime]) -> str:
    """Return the condition of being in one of these hours: most of the file need not be read."""
    start, end = min(hours), max(hours) + ONE_HOUR
    within = (
        f"{SUBMITTED} >= {statement.parameter(start)} AND {SUBMITTED} < {statement.parameter(end)}"
    )
    if start + len(hours) * ONE_HOUR == end:
        return within
    numbers = statement.parameter([int(hour.timestamp()) // 3600 for hour in hours])
    return f"{within} AND list_contains({numbers}, epoch_us({SUBMITTED}) // 3600000000)"


def _value(name: str, visibility: Visibility, present: Collection[str]) -> str:
    if name == FILE:
        return quote(FILE)
    type_ = layout.columns(visibility)[name]
    value = quote(name) if name in present else f"CAST(NULL AS {type_})"
    if name == ESTIMATED:
        value = f"coalesce({value}, 1.0)"
    elif type_ == "DOUBLE":  # what is no number is no value
        value = f"nullif({value}, CAST('nan' AS DOUBLE))"
    return f"{value} AS {quote(name)}"
