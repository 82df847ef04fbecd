"""Counts: terms, intervals and distinct values, each level in one pass over the rows.

A level is all aggregations within the same parents. One statement groups by (parents, key) for
each of them at once, with GROUPING SETS, so the rows are read and filtered once. A list is taken
apart first, which makes rows: it has a statement of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from socorro.search.catalog import catalog
from socorro.search.interface import Aggregation, Term
from socorro.search.segments import keys, layout
from socorro.search.segments.run import Run
from socorro.search.segments.statement import Statement, quote

Parents = tuple[Any, ...]  # one key of each outer aggregation
Counts = dict[str, "Sequence[Term] | int"]

MOST_SETS: Final = 16  # in one statement
BY_HOUR: Final = Aggregation("histogram", "", catalog()[layout.SUBMITTED], "1h")


class Group(NamedTuple):
    """One group of one aggregation; of a cardinality: its number of groups."""

    key: Any
    crash_count: int
    estimated: float


def total(run: Run, aggregations: Sequence[Aggregation]) -> tuple[int, float, Counts]:
    """Return the number of crashes, how many they stand for, and the counts."""
    counts: Counts = {}
    if aggregations:
        [counts] = count(run, aggregations).values()
    if run.whole is None:  # no statement has read all crashes so far
        statement = Statement()
        values = f"count(*), coalesce(fsum({layout.ESTIMATED}), 0.0)"
        [run.whole] = run.rows(statement, f"SELECT {values} FROM ({run.matching(statement, ())})")
    return *run.whole, counts


def by_hour(run: Run, aggregations: Sequence[Aggregation]) -> tuple[list[Term], Counts]:
    """Return the crashes of each hour of submission, and the counts.

    Longer intervals are sums of hours: reading groups for them, too, would take a sixth longer.
    """
    summed = [item for item in aggregations if _is_of_hours(item)]
    others = [item for item in aggregations if item not in summed]
    run.whole = 0, 0.0  # the hours say it: no statement has to count all crashes
    [counts] = count(run, (BY_HOUR, *others)).values()
    counted = counts.pop(BY_HOUR.name)
    hours = [] if isinstance(counted, int) else list(counted)
    for item in summed:
        terms = _summed(item, hours)
        run.spend(len(terms))
        counts[item.name] = terms
    return hours, {item.name: counts[item.name] for item in aggregations}


def _is_of_hours(item: Aggregation) -> bool:
    """Say whether an aggregation is a sum of hours of submission."""
    return (
        item.kind == "histogram"
        and item.field == BY_HOUR.field
        and not item.inner
        and not keys.step(item.interval) % layout.ONE_HOUR
    )


def _summed(item: Aggregation, hours: Sequence[Term]) -> list[Term]:
    sums: dict[datetime, tuple[int, float]] = {}
    for hour in hours:
        start = keys.start(item.interval, hour.value)
        crash_count, estimated = sums.get(start, (0, 0.0))
        sums[start] = crash_count + hour.count, estimated + hour.estimated
    return [Term(start, *sums[start], {}) for start in sorted(sums)]


def count(
    run: Run,
    aggregations: Sequence[Aggregation],
    outer: tuple[Aggregation, ...] = (),
    parents: Sequence[Parents] = ((),),
) -> Mapping[Parents, Counts]:
    """Count *aggregations* within each of the *parents*, keys of the *outer* aggregations."""
    answers: dict[Parents, Counts] = {parent: {} for parent in parents}
    rows: dict[int, dict[Parents, list[Group]]] = {}
    distinct = [] if outer else [*_distinct(aggregations)]
    for number in distinct:
        rows[number] = {(): [Group(None, _count_distinct(run, aggregations[number]), 0.0)]}
    for numbers in _statements(aggregations, but=distinct):
        rows |= _read(run, {number: aggregations[number] for number in numbers}, outer, parents)
    for number, aggregation in enumerate(aggregations):
        groups = rows[number]
        within = _within(run, aggregation, outer, groups)
        for parent in parents:
            answers[parent][aggregation.name] = _answer(
                aggregation, groups.get(parent, []), parent, within
            )
    return answers


def _distinct(aggregations: Sequence[Aggregation]) -> Iterator[int]:
    """Yield the numbers of outermost cardinalities: their groups need not be kept or summed."""
    for number, aggregation in enumerate(aggregations):
        if aggregation.kind == "cardinality" and not aggregation.field.is_list:
            yield number


def _count_distinct(run: Run, aggregation: Aggregation) -> int:
    statement = Statement()
    rows = run.matching(statement, {layout.column(aggregation.field)})
    [[count]] = run.rows(
        statement, f"SELECT count(DISTINCT {_key(statement, aggregation)}) FROM ({rows})"
    )
    run.spend(1)
    return int(count)


def _statements(aggregations: Sequence[Aggregation], but: Collection[int]) -> list[list[int]]:
    """Part the numbers of aggregations, *but* for these, into those of one statement each."""
    numbers = [number for number in range(len(aggregations)) if number not in but]
    lists = [[number] for number in numbers if aggregations[number].field.is_list]
    others = [number for number in numbers if not aggregations[number].field.is_list]
    return [*lists, *(others[at : at + MOST_SETS] for at in range(0, len(others), MOST_SETS))]


def _within(
    run: Run,
    aggregation: Aggregation,
    outer: tuple[Aggregation, ...],
    groups: Mapping[Parents, Sequence[Group]],
) -> Mapping[Parents, Counts]:
    keys_of_it = [(*parent, row.key) for parent, rows in groups.items() for row in rows]
    if not aggregation.inner or not keys_of_it:
        return {}
    return count(run, aggregation.inner, (*outer, aggregation), keys_of_it)


def _answer(
    aggregation: Aggregation,
    rows: Sequence[Group],
    parent: Parents,
    within: Mapping[Parents, Counts],
) -> "Sequence[Term] | int":
    if aggregation.kind == "cardinality":
        return rows[0].crash_count if rows else 0
    if aggregation.kind == "terms":
        ordered = sorted(rows, key=lambda row: (-row.crash_count, row.key))
    else:
        ordered = sorted(rows, key=lambda row: row.key)
    return [
        Term(
            keys.value(aggregation, row.key),
            row.crash_count,
            row.estimated,
            within.get((*parent, row.key), {}),
        )
        for row in ordered
    ]


def _read(
    run: Run,
    aggregations: Mapping[int, Aggregation],
    outer: tuple[Aggregation, ...],
    parents: Sequence[Parents],
) -> dict[int, dict[Parents, list[Group]]]:
    statement = Statement()
    levels = list(aggregations.values())
    with_whole = run.whole is None and not outer and not levels[0].field.is_list
    groups = _groups(run, statement, levels, outer, parents, with_whole)
    selects = [
        _select(statement, aggregation, number, place, len(aggregations), len(outer))
        for place, (number, aggregation) in enumerate(aggregations.items())
    ]
    if with_whole:
        which = 2 ** len(aggregations) - 1
        selects.append(
            f"SELECT -1, crash_count, stands_for, NULL FROM groups WHERE which = {which}"
        )
    most = statement.parameter(run.terms_left + 1 + with_whole)
    union = " UNION ALL ".join(f"({select})" for select in selects)
    rows = run.rows(statement, f"WITH groups AS MATERIALIZED ({groups}) {union} LIMIT {most}")
    if with_whole:
        [(crash_count, estimated)] = [row[1:3] for row in rows if row[0] == -1]
        run.whole = crash_count, estimated or 0.0
        rows = [row for row in rows if row[0] != -1]
    run.spend(len(rows))
    answers: dict[int, dict[Parents, list[Group]]] = {number: {} for number in aggregations}
    for number, crash_count, estimated, *texts in rows:
        chain = (*outer, aggregations[number])
        *parent, key = (
            keys.parse(text, level) if text is not None else None
            for text, level in zip(texts, chain, strict=True)
        )
        row = Group(key, crash_count, estimated)
        answers[number].setdefault(tuple(parent), []).append(row)
    return answers


def _groups(
    run: Run,
    statement: Statement,
    aggregations: Sequence[Aggregation],
    outer: Sequence[Aggregation],
    parents: Sequence[Parents],
    with_whole: bool,
) -> str:
    """Return a SELECT of the groups of all aggregations: which, their keys, their counts.

    *with_whole*: and of all crashes together.
    """
    outers = _names("p", outer)
    inners = _names("k", aggregations)
    names = {layout.column(level.field) for level in (*outer, *aggregations)}
    rows = run.matching(statement, names)
    for name, level in (*zip(outers, outer, strict=True), *zip(inners, aggregations, strict=True)):
        rows = f"SELECT *, {_key(statement, level)} AS {name} FROM ({rows})"
    if outer:
        rows = f"SELECT * FROM ({rows}) WHERE {_is_parent(statement, outers, outer, parents)}"
    sets = ", ".join(f"({', '.join((*outers, name))})" for name in inners)
    sets += ", ()" if with_whole else ""
    return (
        f"SELECT grouping_id({', '.join(inners)}) AS which, {', '.join((*outers, *inners))}, "
        f"count(*) AS crash_count, fsum({layout.ESTIMATED}) AS stands_for "
        f"FROM ({rows}) GROUP BY GROUPING SETS ({sets})"
    )


def _names(letter: str, levels: Sequence[Aggregation]) -> list[str]:
    return [f"{letter}{number}" for number in range(len(levels))]


def _key(statement: Statement, level: Aggregation) -> str:
    column = quote(layout.column(level.field))
    if level.field.is_list:
        return f"unnest(list_distinct({column}))"
    return keys.sql(statement, level, column)


def _is_parent(
    statement: Statement,
    names: Sequence[str],
    outer: Sequence[Aggregation],
    parents: Sequence[Parents],
) -> str:
    columns = [
        f"unnest(CAST({statement.parameter(list(keys_of_level))} AS {keys.column_type(level)}[]))"
        for level, keys_of_level in zip(outer, zip(*parents, strict=True), strict=True)
    ]
    return f"({', '.join(names)}) IN (SELECT {', '.join(columns)})"


def _select(
    statement: Statement, aggregation: Aggregation, number: int, place: int, sets: int, depth: int
) -> str:
    """Return a SELECT of the groups of one aggregation: number, counts, keys as text."""
    outers = [f"p{level}" for level in range(depth)]
    key = f"k{place}"
    which = 2**sets - 1 - 2 ** (sets - 1 - place)  # a bit for each key that is not in the set
    texts = "".join(f"CAST({name} AS VARCHAR), " for name in outers)
    rows = f"FROM groups WHERE which = {which} AND {key} IS NOT NULL"
    if aggregation.kind == "cardinality":
        by = f"GROUP BY {', '.join(outers)}" if outers else ""
        return f"SELECT {number}, count(*), CAST(0 AS DOUBLE), {texts} NULL {rows} {by}"
    selected = f"SELECT {number}, crash_count, stands_for, {texts} CAST({key} AS VARCHAR) {rows}"
    if aggregation.kind == "histogram":
        return selected
    size = statement.parameter(aggregation.size)
    order = f"ORDER BY crash_count DESC, {key}"
    if not outers:
        return f"{selected} {order} LIMIT {size}"
    within = f"PARTITION BY {', '.join(outers)}"
    return f"{selected} QUALIFY row_number() OVER ({within} {order}) <= {size}"
