"""JSON of crashes, which is large: by orjson, and by the standard library what orjson refuses.

What differs: numbers over 64 bits come back as floats, and NaN is written as null.
"""

import json
from typing import Any

import orjson


def loads(text: bytes) -> Any:
    """Return what *text* says, NaN as None. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN, half surrogate pairs, depth; or it is no JSON
        return json.loads(text, parse_constant=lambda _: None)


def dumps(value: Any) -> bytes:
    """Return *value* as JSON in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # numbers over 64 bits, keys that are no text
        return json.dumps(value).encode("ascii")


def is_clean(value: Any) -> bool:
    """Say whether every database takes *value* as JSON: no NUL, no half surrogate pair.

    False also for some that are clean, but rare: numbers over 64 bits, keys that are no text.
    Depth is at most 254.
    """
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    # One byte is looked for in no time; what has many zeros is slow to search for them.
    return b"\\" not in text or b"\\u0000" not in text
