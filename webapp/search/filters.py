"""Filters of a search: the rows of the form, and links that add or take away one. Pure."""

from typing import Final, NamedTuple

from socorro.search.boolean import print_expression
from socorro.search.catalog import catalog
from socorro.search.interface import Condition, SearchField, Value
from socorro.search.names import ALIASES
from socorro.search.values import print_value, read_value, split_operator
from socorro.search.web_query import Pairs
from webapp.search.address import first_page, is_filter

OPERATORS: Final = {
    "": "is / has the words",
    "=": "is exactly",
    "~": "contains",
    "^": "begins with",
    "$": "ends with",
    "@": "matches the regex",
    ">": "is above",
    ">=": "is at least",
    "<": "is below",
    "<=": "is at most",
    "__null__": "has no value",
    "!": "is not / lacks the words",
    "!=": "is not exactly",
    "!~": "does not contain",
    "!^": "does not begin with",
    "!$": "does not end with",
    "!@": "does not match the regex",
    "!__null__": "has a value",
}
LONGEST_LINKED: Final = 1_000  # characters of a value that a link carries
LONGEST_ADDRESS: Final = 2_000  # characters of a search whose counts are links


class Row(NamedTuple):
    """A filter as the form shows it; *rest* is the search without it."""

    field: str
    operator: str
    value: str
    rest: Pairs


def rows(pairs: Pairs) -> list[Row]:
    """Return the filters of a search."""
    return [
        Row(name, *split(value), first_page((*pairs[:at], *pairs[at + 1 :])))
        for at, (name, value) in enumerate(pairs)
        if is_filter(name)
    ]


def split(text: str) -> tuple[str, str]:
    """Return the operator of a value, as the form lists it, and the rest."""
    if text in ("__null__", "!__null__"):
        return text, ""
    negated = text.startswith("!")
    operator, value = split_operator(text[negated:])
    return f"{'!' * negated}{operator or ''}", value


def field_of(name: str) -> SearchField | None:
    """Return the field that a parameter names."""
    return catalog().get(ALIASES.get(name, name)) or catalog().get(name)


def write(field: SearchField, value: Value) -> str | None:
    """Return the value as a filter writes it; None when a link cannot carry it.

    A bare value where it means the same: other pages read `product=Firefox`.
    """
    text = print_value(value)
    if len(text) > LONGEST_LINKED:
        return None
    for candidate in (text, f"={text}"):
        try:
            if read_value(field, candidate) == Condition(field, "=", value):
                return candidate
        except ValueError:
            continue
    return None


def narrowed(pairs: Pairs, name: str, field: SearchField, value: Value) -> Pairs | None:
    """Return the search for those of its crashes that have the value; None: no link can say it.

    Several values of one field are alternatives, so this one takes their place. Items of a list
    cannot: a crash has several.
    """
    text = write(field, value)
    if text is None:
        return None
    kept = first_page(pairs)
    positive = [pair for pair in kept if field_of(pair[0]) == field and _is_alternative(pair[1])]
    if (name, text) in positive and len(positive) == 1:
        return kept
    if field.is_list and positive:
        return _with_expression(kept, print_expression(Condition(field, "=", value)))
    return (*(pair for pair in kept if pair not in positive), (name, text))


def excluded(pairs: Pairs, name: str, field: SearchField, value: Value) -> Pairs | None:
    """Return the search for those of its crashes that lack the value."""
    text = write(field, value)
    if text is None:
        return None
    pair = (name, f"!{text}")
    return (*(one for one in first_page(pairs) if one != pair), pair)


def on_dates(pairs: Pairs, *texts: str) -> Pairs:
    """Return the search on other dates, e.g. ">=2026-11-23"; none: the last seven days."""
    kept = (pair for pair in first_page(pairs) if pair[0] not in ("date", "submitted_timestamp"))
    return (*kept, *(("date", text) for text in texts))


def _is_alternative(text: str) -> bool:
    """Whether a value is one of those of its field that are ORed."""
    return not text.startswith("!") and split_operator(text)[0] not in (">", ">=", "<", "<=")


def _with_expression(pairs: Pairs, condition: str) -> Pairs:
    before = next((value for name, value in pairs if name == "q"), "")
    expression = f"({before}) AND {condition}" if before else condition
    return (*(pair for pair in pairs if pair[0] != "q"), ("q", expression))
