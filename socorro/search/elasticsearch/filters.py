"""Filters of a query as Elasticsearch's clauses; everything is filter context, nothing scores."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from socorro.search.elasticsearch.mapping import (
    HEAD,
    ITEM_GAP,
    LARGEST,
    LENGTH,
    LONG_FIELDS,
    LONGEST,
    PIECES,
    SMALLEST,
    TAIL,
    TEXTS,
    WHOLE,
    column,
)
from socorro.search.elasticsearch.values import is_unicode, key, lower, microseconds
from socorro.search.interface import All, Condition, Either, Filter, Not, SearchField
from socorro.search.regex import Alternative, Regex, parse_regex, to_lucene

Clause = dict[str, Any]

EVERY: Clause = {"match_all": {}}
NONE: Clause = {"match_none": {}}

LONGEST_PATTERN, _SHORT_PATTERN = 900, 100  # characters
_EFFORT = 3000
_RANGES = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_WORD = re.compile(r"\w+")
_SPECIAL = re.compile(r"([*?\\])")


def clause(tree: Filter) -> Clause:
    """Return the clause of a filter."""
    match tree:
        case Condition():
            return _condition(tree)
        case Not(Not(inner)):
            return clause(inner)
        case Not(inner):
            return none_of(clause(inner))
        case All():
            return all_of(clause(inner) for inner in _flat(tree, All))
        case Either():
            return either(clause(inner) for inner in _flat(tree, Either))


def all_of(clauses: Iterable[Clause]) -> Clause:
    """Return a clause that holds when all of these do."""
    needed = list(clauses)
    if len(needed) == 1:
        return needed[0]
    return {"bool": {"filter": needed}} if needed else EVERY


def either(clauses: Iterable[Clause]) -> Clause:
    """Return a clause that holds when one of these does."""
    possible = list(clauses)
    if len(possible) == 1:
        return possible[0]
    return {"bool": {"should": possible, "minimum_should_match": 1}} if possible else NONE


def none_of(excluded: Clause) -> Clause:
    """Return a clause that holds when this one does not."""
    return {"bool": {"must_not": [excluded]}}


def has_value(field: SearchField) -> Clause:
    """Return a clause that holds when a crash has a value."""
    return {"exists": {"field": column(field)}}


def is_long(*fields: SearchField) -> Clause:
    """Return a clause that holds when a text of one of the fields is represented by a key."""
    return {"terms": {LONG_FIELDS: [column(field) for field in fields]}}


def between(field: SearchField, **bounds: Any) -> Clause:
    """Return a clause that holds within bounds: gt, gte, lt, lte."""
    return {"range": {column(field): bounds}}


def equal(field: SearchField, value: Any) -> Clause:
    """Return a clause that holds when a field (of a list: an item) has a value."""
    return {"term": {column(field): {"value": value}}}


def _flat(tree: All | Either, kind: type[All | Either]) -> Iterable[Filter]:
    """Return the filters of a tree, those of the same kind within it as its own: ES nests 20."""
    for inner in tree.filters:
        if isinstance(inner, kind):
            yield from _flat(inner, kind)
        else:
            yield inner


def _condition(condition: Condition) -> Clause:
    field, operator, value = condition.field, condition.operator, condition.value
    if operator == "null":
        return none_of(has_value(field))
    if field.type in TEXTS:
        return _text(field, operator, str(value))
    if field.type == "boolean":
        return equal(field, bool(value))
    number = microseconds(value) if field.type == "date" else value  # type: ignore[arg-type]
    return _number(field, operator, number)


def _number(field: SearchField, operator: str, number: Any) -> Clause:
    if operator not in ("=", *_RANGES):
        raise ValueError(f"{field.name} has no operator {operator}")
    if field.type != "number" and not SMALLEST <= number <= LARGEST:
        holds = (number > 0) == operator.startswith("<") and operator != "="
        return has_value(field) if holds else NONE
    if operator == "=":
        return equal(field, number)
    return between(field, **{_RANGES[operator]: number})


def _text(field: SearchField, operator: str, text: str) -> Clause:
    if not is_unicode(text):
        return NONE
    if operator == "=":
        return equal(field, key(text))
    if operator in ("~", "^", "$") and not text:
        return has_value(field)
    if operator == "words" and not words(text):
        return has_value(field)
    short, long = _COMPARISONS[operator](field, text)
    if len(text) > LONGEST:
        long = all_of([long, {"range": {f"{LENGTH}.{column(field)}": {"gte": len(text)}}}])
    return either([all_of([short, none_of(is_long(field))]), all_of([is_long(field), long])])


def _contains(field: SearchField, text: str) -> tuple[Clause, Clause]:
    return _inside(column(field), text), _inside(f"{PIECES}.{column(field)}", text)


def _begins(field: SearchField, text: str) -> tuple[Clause, Clause]:
    name = column(field)
    return _first(name, text), _first(f"{HEAD}.{name}", text[:LONGEST])


def _ends(field: SearchField, text: str) -> tuple[Clause, Clause]:
    name = column(field)
    return _last(name, text), _last(f"{TAIL}.{name}", text[-LONGEST:])


def _inside(name: str, text: str) -> Clause:
    return all_of(_wildcard(name, f"*{piece}*") for piece in dict.fromkeys(_pieces(text)))


def _first(name: str, text: str) -> Clause:
    [begin, *rest] = _pieces(text)
    pieces = [_wildcard(name, f"*{piece}*") for piece in dict.fromkeys(rest)]
    return all_of([_wildcard(name, f"{begin}*"), *pieces])


def _last(name: str, text: str) -> Clause:
    [*before, end] = _pieces(text)
    pieces = [_wildcard(name, f"*{piece}*") for piece in dict.fromkeys(before)]
    return all_of([*pieces, _wildcard(name, f"*{end}")])


def _pieces(text: str) -> list[str]:
    """Return a text in pieces that overlap and begin at both ends, in lower case, for wildcards."""
    text = lower(text)
    size = longest_pattern(text)
    last = max(len(text) - size, 0)
    starts = [*range(0, last, size // 2), last]
    return [_SPECIAL.sub(r"\\\1", text[first : first + size]) for first in starts]


def longest_pattern(text: str) -> int:
    """Return how many characters of a text Lucene can look for at once.

    It takes no automaton of 1000 states in a row, and none that costs more than 10,000 to prepare:
    "aaa…" costs half the square of its length, as each of its characters may begin it again.
    """
    return LONGEST_PATTERN if _effort(text[:LONGEST_PATTERN]) < _EFFORT else _SHORT_PATTERN


def _effort(text: str) -> int:
    """Return how many beginnings of a text end at its characters (Knuth, Morris and Pratt)."""
    border, depths, borders = 0, [0], [0]
    for number in range(1, len(text)):
        while border and text[number] != text[border]:
            border = borders[border - 1]
        border += text[number] == text[border]
        borders.append(border)
        depths.append(depths[border - 1] + 1 if border else 0)
    return sum(depths)


def _wildcard(name: str, pattern: str) -> Clause:
    return {"wildcard": {f"{name}.lower": {"value": pattern}}}


def _matches(field: SearchField, text: str) -> tuple[Clause, Clause]:
    """Look for a regular expression; in long texts within a piece, or from one end."""
    name, regex = column(field), parse_regex(text)
    long = [
        _regexp(f"{_piece_of(one)}.{name}", to_lucene(Regex((one,)))) for one in regex.alternatives
    ]
    return _regexp(name, to_lucene(regex)), either(long)


def _piece_of(alternative: Alternative) -> str:
    if alternative.begins:
        return HEAD
    return TAIL if alternative.ends else PIECES


def _regexp(name: str, pattern: str) -> Clause:
    return {"regexp": {name: {"value": pattern, "flags": "NONE"}}}


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case, once each."""
    return sorted(set(_WORD.findall(lower(text))))


def _has_words(field: SearchField, text: str) -> tuple[Clause, Clause]:
    name = column(field)
    return _words_in(f"{name}.words", field, text), _words_in(f"{WHOLE}.{name}", field, text)


def _words_in(name: str, field: SearchField, text: str) -> Clause:
    every = words(text)
    if not field.is_list or len(every) == 1:
        return {"match": {name: {"query": " ".join(every), "operator": "and"}}}
    clauses = [{"span_term": {name: word}} for word in every]
    return {"span_near": {"clauses": clauses, "slop": ITEM_GAP - 1, "in_order": False}}


_COMPARISONS: Mapping[str, Callable[[SearchField, str], tuple[Clause, Clause]]] = {
    "~": _contains, "^": _begins, "$": _ends, "@": _matches, "words": _has_words,
}  # fmt: skip
