"""Fast JSON for crashes, which are large: orjson, or the standard library for what it refuses.

Differences from the standard library: integers over 64 bits are read as floats, and NaN is written
as null.
"""

import json
from typing import Any

import orjson


def loads(text: bytes) -> Any:
    """Return the value of *text*, NaN as None. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN, half surrogate pairs, deep nesting; or invalid JSON
        return json.loads(text, parse_constant=lambda _: None)


def dumps(value: Any) -> bytes:
    """Return *value* as JSON in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # integers over 64 bits, keys that are not text
        return json.dumps(value).encode("ascii")


def is_clean(value: Any) -> bool:
    """Say whether every database accepts *value* as JSON: no NUL, no half surrogate pair.

    Also False for some rare values that are clean: integers over 64 bits, keys that are not text.
    Also False for a value nested more than 254 levels deep.
    """
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    # Searching one byte is fast; searching the longer text is slow where there are many zeros.
    return b"\\" not in text or b"\\u0000" not in text
