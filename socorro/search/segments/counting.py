"""Counts: terms, intervals and distinct values, each level in one pass over the rows.

A level is all aggregations within the same parents. One statement groups by (parents, key) for
each of them at once, with GROUPING SETS, so the rows are read and filtered once. Fields that have
few different values are grouped together, into hundreds or thousands of groups, and these into
those of each: so each row is put into one group for all of them. A list is taken apart first, which
makes rows: it has a statement of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from socorro.search.catalog import catalog
from socorro.search.interface import Aggregation, SearchField, Term
from socorro.search.segments import keys, layout
from socorro.search.segments.run import Run
from socorro.search.segments.statement import FILE, Statement, quote

Parents = tuple[Any, ...]  # one key of each outer aggregation
Counts = dict[str, "Sequence[Term] | int"]

MOST_SETS: Final = 16  # in one statement
BY_HOUR: Final = Aggregation("histogram", "", catalog()[layout.SUBMITTED], "1h")
BY_FILE: Final = Aggregation("terms", "", SearchField(FILE, "keyword", public=True), size=2**31)
# Usually of few different values, so that all of them together have fewer values than crashes.
FEW: Final = frozenset({
    "product", "version", "release_channel", "process_type", "os_name", "os_pretty_version",
    "cpu_arch", "report_type", "oom", "startup_crash", "crash_type", FILE,
})  # fmt: skip


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


def by(run: Run, unit: Aggregation, others: Sequence[Aggregation]) -> tuple[list[Term], Counts]:
    """Return the crashes of each *unit*, which every crash has one of, and the other counts."""
    run.whole = 0, 0.0  # the units say it: no statement has to count all crashes
    [counts] = count(run, (unit, *others)).values()
    counted = counts.pop(unit.name)
    return [] if isinstance(counted, int) else list(counted), counts


def count(
    run: Run,
    aggregations: Sequence[Aggregation],
    outer: tuple[Aggregation, ...] = (),
    parents: Sequence[Parents] = ((),),
) -> Mapping[Parents, Counts]:
    """Count *aggregations* within each of the *parents*, keys of the *outer* aggregations."""
    if run.is_small and not outer and _number(aggregations) > 1:
        run.keep(_columns(aggregations))
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


def _number(aggregations: Sequence[Aggregation]) -> int:
    """Return how many statements count these; at most, as a term may be absent."""
    distinct = [*_distinct(aggregations)]
    within = sum(_number(item.inner) for item in aggregations)
    return len(distinct) + len(_statements(aggregations, but=distinct)) + within


def _columns(aggregations: Sequence[Aggregation]) -> set[str]:
    inner = (_columns(item.inner) for item in aggregations)
    return {layout.column(item.field) for item in aggregations}.union(*inner)


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
    rows = run.rows(statement, f"WITH {groups} {union} LIMIT {most}")
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
    """Return the table `groups` of all aggregations: which one, its keys, its counts.

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
    counts = f"count(*) AS crash_count, fsum({layout.ESTIMATED}) AS stands_for"
    few = [name for name, level in zip(inners, aggregations, strict=True) if _has_few(level)]
    if outer or len(few) < 2:
        sets = [f"({', '.join((*outers, name))})" for name in inners] + ["()"] * with_whole
        return f"groups AS MATERIALIZED ({_sets(inners, inners, sets, counts, rows, outers)})"
    together = f"({', '.join(few)})"
    sets = [together, *(f"({name})" for name in inners if name not in few)]
    rows = _sets(inners, inners, sets, counts, rows)
    which = _which(inners, {name: "1" for name in inners if name not in few})
    counts = "coalesce(sum(crash_count), 0)::BIGINT AS crash_count, fsum(stands_for) AS stands_for"
    sets = [f"({name})" for name in few] + ["()"] * with_whole
    again = _sets(inners, few, sets, counts, f"SELECT * FROM together WHERE which = {which}")
    others = f"SELECT * FROM together WHERE which <> {which} UNION ALL {again}"
    return f"together AS MATERIALIZED ({rows}), groups AS MATERIALIZED ({others})"


def _has_few(level: Aggregation) -> bool:
    return level.field.name in FEW or level == BY_HOUR


def _sets(
    names: Sequence[str],
    grouped: Collection[str],
    sets: Sequence[str],
    counts: str,
    rows: str,
    outers: Sequence[str] = (),
) -> str:
    """Return a SELECT of groups; of *names*, those that are not *grouped* have no value."""
    selected = [name if name in grouped else f"NULL AS {name}" for name in names]
    which = _which(names, {name: f"grouping({name})" if name in grouped else "1" for name in names})
    return (
        f"SELECT {which} AS which, {', '.join((*outers, *selected))}, {counts} "
        f"FROM ({rows}) GROUP BY GROUPING SETS ({', '.join(sets)})"
    )


def _which(names: Sequence[str], bits: Mapping[str, str]) -> str:
    """Return the number of a set: a bit for each key that is not in it."""
    top = len(names) - 1
    return " + ".join(f"{2 ** (top - at)} * {bits.get(name, '0')}" for at, name in enumerate(names))


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
