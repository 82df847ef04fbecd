"""Converts text that clients send to the type that a field declares. Never raises; bounded."""

import json
import math
import re
from typing import Any, NamedTuple

from socorro.fields.declaration import Field

DEEPEST = 50  # levels of JSON
LARGEST = 2**63 - 1  # whole numbers that columns have room for

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_UNSIGNED = re.compile(r"[0-9]{19,20}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,4})?")
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


class Coerced(NamedTuple):
    """A value of the declared type, or None; *problem* says what is wrong, without the value."""

    value: Any
    problem: str = ""


def coerce(declared: Field, text: str) -> Coerced:
    """Return *text* in the declared type; no value and no problem when it is empty."""
    most = declared.max_length
    if declared.type == "string":
        return Coerced(text[:most], f"cut to {most} characters" if len(text) > most else "")
    if not text.strip():
        return Coerced(None)
    if declared.type in ("object", "array"):
        return _from_json(declared, text)
    if declared.type == "integer" and (size := _size(text)):
        return size
    value = {"integer": integer, "number": number, "boolean": boolean}[declared.type](text)
    return Coerced(value, "" if value is not None else f"is not of type {declared.type}")


def _size(text: str) -> Coerced | None:
    """Return a number of 19 or 20 digits, such as clients send for the largest size_t."""
    digits = text[:100].strip()
    if not _UNSIGNED.fullmatch(digits) or int(digits) >= 2**64:
        return None
    over = int(digits) > LARGEST
    return Coerced(min(int(digits), LARGEST), "is over 2^63 - 1, which was stored" if over else "")


def integer(text: str) -> int | None:
    """Return a whole number of at most 18 digits."""
    digits = text[:100].strip()
    return int(digits) if _INTEGER.fullmatch(digits) else None


def number(text: str) -> float | None:
    """Return a finite number."""
    digits = text[:200].strip()
    value = float(digits) if _NUMBER.fullmatch(digits) else math.inf
    return value if math.isfinite(value) else None


def boolean(text: str) -> bool | None:
    """Return True for 1 and true, False for 0 and false, in any case."""
    return _BOOLEANS.get(text[:100].strip().lower())


def json_value(text: str) -> Any:
    """Return the value of JSON text; None when it is no JSON, or nested too deeply."""
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value if _depth_is_sane(value) else None


def _from_json(declared: Field, text: str) -> Coerced:
    if len(text) > declared.max_length:
        return Coerced(None, f"is longer than {declared.max_length} characters")
    value = json_value(text)
    if not declared.takes(value):
        return Coerced(None, f"is not of type {declared.type}")
    return Coerced(value)


def _depth_is_sane(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False
