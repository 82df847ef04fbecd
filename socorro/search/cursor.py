"""The cursor `_next`: where the following page of hits begins, as text that a client hands back.

It keeps the dates of the first page, too, so that a search of "the last seven days" does not move
while its pages are read.
"""

import base64
import binascii
import json
import math
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from socorro.search.dates import EARLIEST_YEAR, LATEST_YEAR
from socorro.search.interface import Query, Sort
from socorro.search.values import check_characters

LONGEST_CURSOR: Final = 20_000  # characters
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "keyword": (str,),
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (datetime,),
}


class Cursor(NamedTuple):
    """The dates of the search, and behind which hit it continues (see Query.after)."""

    start: datetime
    end: datetime
    after: tuple[Any, ...]


def write_cursor(query: Query, after: tuple[Any, ...]) -> str:
    """Return the cursor that continues *query* behind a hit."""
    content = [
        [_order(query.sort)],
        *(query.start.isoformat(), query.end.isoformat()),
        *([value.isoformat()] if isinstance(value, datetime) else value for value in after),
    ]
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")


def read_cursor(text: str, sort: tuple[Sort, ...]) -> Cursor:
    """Read a cursor of a search with that order. Raises ValueError with a sentence."""
    try:
        order, start, end, *after = _decode(text)
        values = tuple(_date(value[0]) if isinstance(value, list) else value for value in after)
        cursor = Cursor(_date(start), _date(end), values)
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError):
        raise ValueError("This is no cursor: copy _next from the page before, whole.") from None
    if order != [_order(sort)] or not _fits(cursor.after, sort):
        raise ValueError("This cursor belongs to a search with another _sort.")
    return cursor


def _order(sort: tuple[Sort, ...]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{key.field.name}" for key in sort)


def _decode(text: str) -> list[Any]:
    if len(text) > LONGEST_CURSOR:
        raise ValueError
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except binascii.Error:
        raise ValueError from None
    check_characters(content)
    decoded = json.loads(content)
    if not isinstance(decoded, list):
        raise TypeError
    return decoded


def _date(text: Any) -> datetime:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR + 1:
        raise ValueError
    return moment


def _fits(after: tuple[Any, ...], sort: tuple[Sort, ...]) -> bool:
    """Whether there is a value of the right type for each key of the order, and a crash id."""
    if len(after) != len(sort) + 1 or not isinstance(after[-1], str):
        return False
    return all(
        value is None
        or (
            isinstance(value, _TYPES[key.field.type])
            and (key.field.type == "boolean" or not isinstance(value, bool))
            and (not isinstance(value, int) or -(2**63) <= value < 2**63)
            and (not isinstance(value, float) or math.isfinite(value))
        )
        for value, key in zip(after, sort, strict=False)
    )
