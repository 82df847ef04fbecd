"""Text that clients send, in the type that a field declares. Never raises, always bounded."""

import json
import math
import re
from typing import Any, NamedTuple

from socorro.fields.declaration import Field

DEEPEST = 50  # levels of JSON

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,4})?")
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


class Coerced(NamedTuple):
    """A value of the declared type, or None; *problem* says what is wrong, not with what."""

    value: Any
    problem: str = ""


def coerce(declared: Field, told: str) -> Coerced:
    """Return *told* in the declared type; no value and no problem when it is empty."""
    most = declared.max_length
    if declared.type == "string":
        return Coerced(told[:most], f"cut to {most} characters" if len(told) > most else "")
    if not told.strip():
        return Coerced(None)
    if declared.type in ("object", "array"):
        return _from_json(declared, told)
    value = {"integer": integer, "number": number, "boolean": boolean}[declared.type](told)
    return Coerced(value, "" if value is not None else f"is not of type {declared.type}")


def integer(told: str) -> int | None:
    """Return a whole number of at most 18 digits."""
    told = told[:100].strip()
    return int(told) if _INTEGER.fullmatch(told) else None


def number(told: str) -> float | None:
    """Return a finite number."""
    told = told[:200].strip()
    found = float(told) if _NUMBER.fullmatch(told) else math.inf
    return found if math.isfinite(found) else None


def boolean(told: str) -> bool | None:
    """Return True for 1 and true, False for 0 and false, in any case."""
    return _BOOLEANS.get(told[:100].strip().lower())


def json_value(told: str) -> Any:
    """Return what JSON text holds; None when it is none, or nested too deeply."""
    try:
        found = json.loads(told, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return found if _depth_is_sane(found) else None


def _from_json(declared: Field, told: str) -> Coerced:
    if len(told) > declared.max_length:
        return Coerced(None, f"is longer than {declared.max_length} characters")
    found = json_value(told)
    if not declared.takes(found):
        return Coerced(None, f"is not of type {declared.type}")
    return Coerced(found)


def _depth_is_sane(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            part
            for each in level
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
    return False
