"""One value of a field, as a parameter or `q=` writes it, to a filter; and back to text.

`[!][operator]value`, where the operator is one of `= ~ ^ $ @ > >= < <=`, or `__null__` or
`__true__` instead of both.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from socorro.search.builds import build_range
from socorro.search.dates import read_date
from socorro.search.errors import quote
from socorro.search.interface import All, Condition, Filter, Not, Operator, SearchField, Value
from socorro.search.names import RANGES, bare_operator, operators_of
from socorro.search.regex import parse_regex

LONGEST_VALUE: Final = 10_000  # characters: keywords are cut there
SYMBOLS: Final[tuple[Operator, ...]] = (">=", "<=", ">", "<", "=", "~", "^", "$", "@")
_INTEGER = re.compile(r"[-+]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d{1,308}(\.\d{0,308})?|\.\d{1,308})([eE][-+]?\d{1,3})?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_BETAS = re.compile(r"\d[\d.]*b", re.ASCII)


def read_value(field: SearchField, text: str) -> Filter:
    """Read a value with its operator. Raises ValueError with a sentence that says what to write."""
    negated = text.startswith("!")
    operator, value = split_operator(text[1:] if negated else text)
    condition = build(field, operator, value)
    return Not(condition) if negated else condition


def is_range(text: str) -> bool:
    """Whether a value is a range, of which all must hold where values of one field are ORed."""
    return split_operator(text)[0] in RANGES


def split_operator(text: str) -> tuple[Operator | None, str]:
    """Return the operator in front, None when there is none, and the rest."""
    for symbol in SYMBOLS:
        if text.startswith(symbol):
            return symbol, text[len(symbol) :]
    return (None, text)


def build(
    field: SearchField, operator: Operator | None, text: str, literal: bool = False
) -> Filter:
    """Return the filter of an operator (None: a bare value) and a text.

    *literal*: `__null__` and `__true__` are text like any other. Raises ValueError.
    """
    _check_text(field, text, operator)
    if operator is None and text == "__null__" and not literal:
        return Condition(field, "null", None)
    if text == "__true__" and not literal and field.type != "boolean" and operator is None:
        raise ValueError(f"{field.name} is not a boolean field: __true__ does not apply.")
    if operator is not None and operator not in operators_of(field):
        raise ValueError(f"{field.name} does not take {quote(operator)}. {_hint(field)}")
    if field.type == "date":
        return _date(field, operator, text)
    if field.type in ("keyword", "text"):
        return _text(field, operator, text)
    return Condition(field, operator or "=", _READERS[field.type](text))


def _check_text(field: SearchField, text: str, operator: Operator | None) -> None:
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"A value is longer than {LONGEST_VALUE} characters: shorten it.")
    check_characters(text)
    if not text and operator != "=":
        raise ValueError(
            f"{field.name} has no value: write == for the empty text, __null__ for no value."
            if operator is None
            else f"{field.name}: there is nothing behind {quote(operator)}."
        )


def check_characters(text: str) -> None:
    """Raise ValueError when the text holds what no crash can: NUL, or half of a character."""
    if "\0" in text:
        raise ValueError("The text contains NUL (%00): take it out.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("The text contains half a character (a lone surrogate).") from None


def _text(field: SearchField, operator: Operator | None, text: str) -> Filter:
    if operator in RANGES:
        return Condition(field, "@", build_range(operator, text))
    if operator == "@":
        parse_regex(text)
        return Condition(field, "@", text)
    if field.name == "version" and operator is None and _BETAS.fullmatch(text):
        return Condition(field, "^", text)  # 159.0b is every beta: 159.0b1, 159.0b2, …
    if field.name == "crash_id" and operator in (None, "="):
        text = text.strip().lower().removeprefix("bp-")
    return Condition(field, operator or bare_operator(field), text)


def _date(field: SearchField, operator: Operator | None, text: str) -> Filter:
    moment = read_date(text)
    if operator is None and not moment.is_day:
        raise ValueError(
            f"A time needs an operator: write e.g. {field.name}=>={text.strip()[:40]} "
            "(a date alone means that day)."
        )
    match operator:
        case ">=" | "<":
            return Condition(field, operator, moment.start)
        case ">":
            after = (">=", moment.end) if moment.is_day else (">", moment.start)
            return Condition(field, after[0], after[1])  # type: ignore[arg-type]
        case "<=":
            until = ("<", moment.end) if moment.is_day else ("<=", moment.start)
            return Condition(field, until[0], until[1])  # type: ignore[arg-type]
    if not moment.is_day:
        return Condition(field, "=", moment.start)
    return All((Condition(field, ">=", moment.start), Condition(field, "<", moment.end)))


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get("true" if text == "__true__" else text.strip().lower())
    if value is None:
        raise ValueError(f"{quote(text)} is not a truth value (write true, false or __null__).")
    return value


def _integer(text: str) -> int:
    number = text.strip()
    if not _INTEGER.fullmatch(number) or not -(2**63) <= int(number) < 2**63:
        raise ValueError(f"{quote(text)} is not a whole number of at most 64 bits.")
    return int(number)


def _number(text: str) -> float:
    number = text.strip()
    if not _NUMBER.fullmatch(number) or not math.isfinite(float(number)):
        raise ValueError(f"{quote(text)} is not a number (write e.g. 0.1).")
    return float(number)


_READERS: Final[dict[str, Callable[[str], Value]]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
}


def _hint(field: SearchField) -> str:
    symbols = [operator for operator in operators_of(field) if operator in SYMBOLS]
    return f"It takes {' '.join(symbols)}, a bare value, or __null__; ! in front negates."


def print_value(value: Value) -> str:
    """Return the text that reads as this value."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
