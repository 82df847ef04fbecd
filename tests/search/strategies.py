"""Queries over the generated crashes, for hypothesis: every operator of every type, in any nesting.

Values are mostly those of crashes, or pieces of them, so that a filter finds something.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from socorro.search.catalog import catalog
from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Either,
    Filter,
    Not,
    Query,
    SearchField,
    Sort,
)
from tests.search.generated import AWKWARD, END, START, crashes, edges
from tests.search.reference import items, position

TEXTS = ("keyword", "text")
NUMBERS = ("integer", "number")
OPERATORS = {
    **dict.fromkeys(TEXTS, ("words", "=", "~", "^", "$", "@", "null")),
    **dict.fromkeys((*NUMBERS, "date"), ("=", ">", ">=", "<", "<=", "null")),
    "boolean": ("=", "null"),
}
INTERVALS = {
    "date": ("1h", "30m", "6h", "7h", "1d", "3d", "1w", "2w"),
    "integer": (1, 60, 1000, 2**20, 0.5, 1e18),
    "number": (0.1, 0.25, 1),
}
NO_CRASH_HAS = ("phc_kind", "phc_usable_size", "accessibility", "utility_actors_name")
REGEX_SPECIAL = set('\\.?+*|{}[]()"#@&<>~^$-')


@cache
def fields() -> Sequence[SearchField]:
    """The fields that some crash has, the other name of one, and some that none has."""
    names = {name for row in crashes() for name in row} | {"date_processed", *NO_CRASH_HAS}
    return [catalog()[name] for name in sorted(names)]


def fields_of(*types: str, lists: bool = True) -> Sequence[SearchField]:
    return [field for field in fields() if field.type in types and (lists or not field.is_list)]


@cache
def values(field: SearchField) -> Sequence[Any]:
    """The different values that crashes have, or one that none has."""
    by_type = {"integer": 0, "number": 0.5, "boolean": True, "date": START}
    distinct = {item for row in crashes() for item in items(row, field)}
    return sorted(distinct) or [by_type.get(field.type, "nothing")]


# Filters


def short(text: str) -> str:
    return text[:200]


def texts_of(field: SearchField) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(values(field)), st.sampled_from(AWKWARD))


@st.composite
def pieces_of(draw: st.DrawFn, field: SearchField) -> str:
    """A piece of a value, in another case now and then."""
    text = short(draw(texts_of(field)))
    first = draw(st.integers(0, len(text)))
    piece = text[first : draw(st.integers(first, len(text)))]
    return draw(st.sampled_from((piece, piece, piece.upper(), piece.lower(), text)))


@st.composite
def some_words_of(draw: st.DrawFn, field: SearchField) -> str:
    """Some of the words of a value, in any order, and what stands between words."""
    words = [*short(draw(texts_of(field))).split(), draw(pieces_of(field))]
    return draw(st.sampled_from((" ", " -", "::"))).join(
        draw(st.lists(st.sampled_from(words), min_size=1, max_size=3))
    )


@st.composite
def regexes_of(draw: st.DrawFn, field: SearchField) -> str:
    """A regular expression that matches a piece of a value, or nearly."""
    text = short(draw(texts_of(field)))
    first = draw(st.integers(0, len(text)))
    pattern = "".join(draw(_pattern_of(character)) for character in text[first : first + 12])
    begin, end = draw(st.sampled_from((("", ""), ("", ""), ("^", ""), ("", "$"), ("^", "$"))))
    other = draw(st.sampled_from(("", "", "|OOM", "|SIG(SEGV|ABRT)", "|^$", "|[0-9]{2,3}b")))
    return f"{begin}(?:{pattern}){end}{other}" if other else f"{begin}{pattern}{end}"


def _pattern_of(character: str) -> st.SearchStrategy[str]:
    literal = f"\\{character}" if character in REGEX_SPECIAL else character
    if not character.isascii() or not character.isalnum():
        return st.sampled_from((literal, literal, "."))
    variants = (".", ".*", f"[{character}x]", f"({literal}|y)", f"{literal}?", f"{literal}+")
    return st.one_of(st.just(literal), st.sampled_from((*variants, f"[^{character}]")))


def values_for(field: SearchField, operator: str) -> st.SearchStrategy[Any]:
    """What a field can be compared with."""
    if operator == "null":
        return st.none()
    if field.type in TEXTS:
        return {"words": some_words_of, "=": texts_of, "@": regexes_of}.get(operator, pieces_of)(
            field
        )
    if field.type == "date":
        return st.one_of(st.sampled_from(values(field)), st.sampled_from(edges()))
    return st.booleans() if field.type == "boolean" else st.sampled_from(values(field))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(fields()))
    operator = draw(st.sampled_from(OPERATORS[field.type]))
    return Condition(field, operator, draw(values_for(field, operator)))


def filters() -> st.SearchStrategy[Filter]:
    def nested(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, max_size=3).map(tuple)
        return st.one_of(several.map(All), several.map(Either), inner.map(Not))

    return st.one_of(st.just(All()), conditions(), st.recursive(conditions(), nested, max_leaves=5))


# Counts


@st.composite
def aggregations(draw: st.DrawFn, name: str, deeper: int = 2) -> Aggregation:
    """One of a kind; others within it, down to two below the outermost."""
    kind = draw(st.sampled_from(("terms", "terms", "histogram", "cardinality")))
    if kind == "cardinality":
        return Aggregation(kind, name, draw(st.sampled_from(fields())))
    within = draw(st.integers(0, min(deeper, 1 if deeper < 2 else 2)))
    inner = tuple(draw(aggregations(f"{name}_{number}", deeper - 1)) for number in range(within))
    if kind == "terms":
        size = draw(st.sampled_from((1, 2, 10) if inner else (1, 10, 50, 1000)))
        return Aggregation(kind, name, draw(st.sampled_from(fields())), None, size, inner)
    field = draw(st.sampled_from(fields_of("date", *NUMBERS)))
    interval = draw(st.sampled_from(INTERVALS[field.type]))
    return Aggregation(kind, name, field, interval, inner=inner)


# Queries


def times() -> st.SearchStrategy[Any]:
    """Times at edges, of crashes, and one microsecond beside."""
    near = st.sampled_from((timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1)))
    return st.builds(
        lambda when, offset: when + offset,
        st.one_of(
            st.sampled_from(edges()), st.sampled_from(values(catalog()["submitted_timestamp"]))
        ),
        near,
    )


def sorts() -> st.SearchStrategy[tuple[Sort, ...]]:
    sortable = fields_of(*TEXTS, *NUMBERS, "date", "boolean", lists=False)
    some = st.lists(st.sampled_from(sortable), max_size=3, unique_by=_column)
    return some.flatmap(
        lambda fields: st.tuples(
            *(st.builds(Sort, st.just(field), st.booleans()) for field in fields)
        )
    )


def _column(field: SearchField) -> str:
    return "submitted_timestamp" if field.name == "date_processed" else field.name


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A query of hits, of counts, or of both."""
    start, end = sorted((draw(times()), draw(times())))
    if draw(st.booleans()):
        start, end = START, END
    names = [f"count_{number}" for number in range(draw(st.integers(0, 2)))]
    query = Query(
        start=start,
        end=end,
        filter=draw(filters()),
        columns=tuple(draw(st.lists(st.sampled_from(fields()), max_size=8, unique=True))),
        sort=draw(sorts()),
        number=draw(st.sampled_from((0, 1, 10, 30))),
        aggregations=tuple(draw(aggregations(name)) for name in names),
    )
    if draw(st.booleans()):
        return query
    if draw(st.booleans()):
        return replace(query, offset=draw(st.sampled_from((1, 10, 9_995, 15_000, 20_001))))
    row = draw(st.sampled_from(crashes()))
    return replace(query, after=position(row, query))
