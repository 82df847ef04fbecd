"""The members of a JSON object that a client sent, after a look at what reading it may cost.

A few kilobytes of gzip inflate to 4 MiB of JSON with 690,000 objects. Reading these takes a second,
in which no other thread of the process runs. So what is outside of strings is counted first, by a
handful of passes over the text in C: some milliseconds. Then the parser, in C as well, reads all of
it without a call into Python per object.

Nearly all clients send few members, all of them text. These are read by orjson, which is several
times as fast; whatever it refuses, or reads as something else, is left to the exact way.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from collector.body import Malformed

# Members of objects and elements of arrays, at any depth. Firefox sends 55 and has names for about
# 400; one of them may be a stack trace as JSON, with some thousands. 10,000 take about 10 ms.
MOST_VALUES = 10_000

# Clients nest up to six deep. The parser recurses, and Python's own limit depends on the caller.
DEEPEST = 100

# Digits in a row: the largest double, written out, has 309. Time grows with their square.
LONGEST_NUMBER = 400

_SMALL = 128 * 1024  # characters, of which orjson makes nothing costly

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_SPACES = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def members(text: str) -> tuple[dict[str, str | None], list[str]]:
    """Return the members of a JSON object, and the names that occur more than once.

    Of these the last value counts. Values that are not text are returned as JSON. Raises Malformed.
    """
    if len(text) <= _SMALL and (texts := _all_text(text)) is not None:
        return texts, []
    _require_cheap(text)
    try:
        value = _DECODER.decode(text)
        if not isinstance(value, dict):
            raise Malformed("invalid_json_value")
        repeated = [name for name, count in Counter(_names(text)).items() if count > 1]
        return {name: _as_text(member) for name, member in value.items()}, repeated
    except (ValueError, RecursionError):
        raise Malformed("invalid_json") from None


def _all_text(text: str) -> dict[str, str | None] | None:
    """Return the members of an object if all are text and no name occurs twice; else None."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if type(value) is not dict or len(value) > MOST_VALUES:
        return None
    unescaped = text.replace("\\\\", "") if "\\\\" in text else text
    quotes = unescaped.count('"') - unescaped.count('\\"')
    # A name that occurs twice would be one more string.
    is_all = quotes == 4 * len(value) and set(map(type, value.values())) <= {str}
    return value if is_all else None


def _require_cheap(text: str) -> None:
    """Raise Malformed when reading the JSON *text* may cost too much."""
    unescaped = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    if unescaped.count('"') > 4 * MOST_VALUES:  # a name and a value each
        raise Malformed("too_many_values")
    bare = "".join(unescaped.split('"')[::2]).encode("utf-8", "replace")
    opened, commas = bare.count(b"{") + bare.count(b"["), bare.count(b",")
    if opened > DEEPEST * (commas + 1):  # so there are not enough values for all the brackets
        raise Malformed("invalid_json")
    if opened + commas > MOST_VALUES:
        raise Malformed("too_many_values")
    if opened > DEEPEST and _is_deep(bare):
        raise Malformed("invalid_json")
    if b"0" * (LONGEST_NUMBER + 1) in bare.translate(_DIGITS):
        raise Malformed("invalid_json")


def _is_deep(bare: bytes) -> bool:
    """Say whether brackets are nested deeper than DEEPEST in JSON without its strings."""
    brackets = bare.translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")  # those that contain no others
    return bool(brackets)


def _names(text: str) -> Iterator[str]:
    """Yield the names of the members of the outermost object, repeated ones too."""
    at = _next(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        yield name
        colon = _next(text, at)
        _, at = _DECODER.raw_decode(text, _next(text, colon + 1))
        at = _next(text, at)
        if text[at] == ",":
            at = _next(text, at + 1)


def _next(text: str, at: int) -> int:
    """Return where the next character is that is no space."""
    match = _SPACES.match(text, at)
    return match.end() if match else at


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
