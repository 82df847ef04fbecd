"""Filters as SQL. A comparison with null is null, and a row is taken where the whole is true."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from socorro.search.interface import All, Condition, Filter, Not, SearchField, TooSlow
from socorro.search.literals import literals
from socorro.search.regex import parse_regex, to_re2
from socorro.search.segments import layout
from socorro.search.segments.limits import Limits
from socorro.search.segments.statement import Statement, quote

Match = Callable[[str], str]  # a value -> whether it matches, both as SQL

BEYOND: Final = 2**64  # larger than every BIGINT; a larger number compares as this
TEXT_FUNCTIONS: Final = {"~": "contains", "^": "starts_with", "$": "suffix"}
COMPARISONS: Final = ("=", ">", ">=", "<", "<=")


class Conditions:
    """Writes the filter of one statement. Raises TooSlow for one beyond the limits."""

    def __init__(self, statement: Statement, limits: Limits) -> None:
        self._statement = statement
        self._left = limits.conditions
        self._depth = limits.depth

    def sql(self, tree: Filter, depth: int = 0) -> str:
        """Return the filter as an expression, in brackets."""
        if depth > self._depth:
            raise TooSlow("The filter has too many nested parts. Simplify it.")
        if isinstance(tree, Condition):
            return f"({self._condition(tree)})"
        if isinstance(tree, Not):
            return f"({self.sql(tree.filter, depth + 1)} IS NOT TRUE)"
        inner = [self.sql(part, depth + 1) for part in tree.filters]
        if isinstance(tree, All):
            return f"({' AND '.join(inner)})" if inner else "true"
        return f"({' OR '.join(inner)})" if inner else "false"

    def compare(self, field: SearchField, operator: str, value: Any) -> Match:
        """Return a comparison of a field that is no list: texts by code point, too."""
        is_text = field.type in ("keyword", "text")
        if is_text and isinstance(value, str) and operator in COMPARISONS:
            return self._compare(operator, value) if _is_unicode(value) else _never
        return self._match(field, operator, value)

    def _condition(self, condition: Condition) -> str:
        field, operator, value = condition.field, condition.operator, condition.value
        column = quote(layout.column(field))
        self._spend()
        if operator == "null":
            return f"coalesce(len({column}), 0) = 0" if field.is_list else f"{column} IS NULL"
        match = self._match(field, operator, value)
        if field.is_list:
            return f"list_bool_or(list_transform({column}, lambda item: {match('item')}))"
        return match(column)

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooSlow("The filter has too many conditions or words. Shorten it.")

    def _match(self, field: SearchField, operator: str, value: Any) -> Match:
        if isinstance(value, str) and field.type in ("keyword", "text"):
            return self._text(operator, value)
        if operator in COMPARISONS:
            if field.type == "integer" and _is_number(value):
                return self._integer(operator, value)
            if field.type == "number" and _is_number(value):
                return self._number(operator, value)
            if field.type == "date" and isinstance(value, datetime):
                return self._compare(operator, value)
            if field.type == "boolean" and isinstance(value, bool):
                return self._compare(operator, value)
        raise ValueError(f"{field.name} cannot be compared by {operator!r} with that value")

    def _compare(self, operator: str, value: Any) -> Match:
        parameter = self._statement.parameter(value)
        return lambda column: f"{column} {operator} {parameter}"

    def _text(self, operator: str, value: str) -> Match:
        if not _is_unicode(value):
            return _never
        if operator == "words":
            return self._words(value)
        if operator == "=":
            return self._compare("=", value)
        if operator == "@":
            return self._expression(value)
        if operator not in TEXT_FUNCTIONS:
            raise ValueError(f"a text cannot be compared by {operator!r}")
        parameter = self._statement.parameter(value)
        function = TEXT_FUNCTIONS[operator]
        return lambda column: f"{function}(lower({column}), lower({parameter}))"

    def _expression(self, text: str) -> Match:
        # DuckDB looks for a text once for each value of a dictionary, and tries an expression,
        # which might raise an error, on each row.
        regex = parse_regex(text)
        pattern = self._statement.parameter(to_re2(regex))
        needed = [[self._statement.parameter(text) for text in one] for one in literals(regex)]

        def match(column: str) -> str:
            tests = [" OR ".join(f"contains({column}, {text})" for text in one) for one in needed]
            return " AND ".join(
                [*(f"({test})" for test in tests), f"regexp_matches({column}, {pattern})"]
            )

        return match

    def _words(self, text: str) -> Match:
        matches = [self._word(word) for word in words(text)]
        if not matches:
            return lambda column: f"{column} IS NOT NULL"
        return lambda column: f"({' AND '.join(match(column) for match in matches)})"

    def _word(self, word: str) -> Match:
        # Nothing in a word has a meaning in a regular expression. `contains` is quicker, and
        # rules most values out.
        self._spend()
        piece = self._statement.parameter(word)
        pattern = self._statement.parameter(rf"(^|[^\pL\pN_]){word}([^\pL\pN_]|$)")
        return lambda column: (
            f"(contains(lower({column}), {piece}) AND regexp_matches(lower({column}), {pattern}))"
        )

    def _number(self, operator: str, value: float) -> Match:
        if value != value:
            return _never
        try:
            return self._compare(operator, float(value))
        except OverflowError:
            return self._compare(operator, math.copysign(math.inf, value))

    def _integer(self, operator: str, value: float) -> Match:
        """Compare with an integer: as a floating point number, 2**53 + 1 would be 2**53."""
        if value != value:
            return _never
        whole = max(-BEYOND, min(BEYOND, value))
        if whole != math.floor(whole):
            if operator == "=":
                return _never
            whole = math.ceil(whole) if operator in (">=", "<") else math.floor(whole)
        return self._compare(operator, int(whole))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, once each: letters, digits and underscores."""
    lower = "".join(character.lower()[0] for character in text)
    return list(dict.fromkeys(re.findall(r"\w+", lower)))


def _never(_column: str) -> str:
    return "false"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_unicode(text: str) -> bool:
    """Whether it can be in a file: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
