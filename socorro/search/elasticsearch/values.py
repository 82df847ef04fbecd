"""Values of fields as documents of Elasticsearch have them, and back."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from socorro.search.elasticsearch.mapping import (
    EPOCH,
    EXTREME,
    HEAD,
    LARGEST,
    LENGTH,
    LONG_FIELDS,
    LONGEST,
    OF_LONG,
    OVERLAP,
    PIECES,
    SMALLEST,
    TAIL,
    TEXTS,
    WHOLE,
    column,
)
from socorro.search.interface import SearchField

_MICROSECOND = timedelta(microseconds=1)
_SURROGATE = re.compile("[\ud800-\udfff]")


def microseconds(time: datetime) -> int:
    """Return the microseconds from 1970 to an aware time."""
    return (time - EPOCH) // _MICROSECOND


def time_of(number: int) -> datetime:
    """Return the aware UTC time of a number of microseconds since 1970."""
    return EPOCH + number * _MICROSECOND


def key(text: str) -> str:
    """Return what a text is counted, sorted and compared by: itself, unless it is too long.

    Texts with the same first LONGEST characters are in order when one begins with the other.
    """
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[:LONGEST]}{len(text):09}{digest}"


def document_of(fields: Iterable[SearchField], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row, with its values by name of the column, as a document."""
    document: dict[str, Any] = {}
    for field in fields:
        name = column(field)
        value = to_document(field, row.get(name))
        if value is None:
            continue
        texts = [item for item in _items(value) if isinstance(item, str)]
        if field.type in TEXTS and any(len(text) > LONGEST for text in texts):
            _add_long(document, name, value, texts)
            value = [key(text) for text in texts] if field.is_list else key(value)
        if field.type == "integer" and value in (LARGEST, SMALLEST):
            document.setdefault(EXTREME, {})[name] = 0
        document[name] = value
    return document


def without(document: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return a document without some fields."""
    gone = set(names)
    rest = {name: value for name, value in document.items() if name not in gone}
    for name in OF_LONG:
        if name in rest:
            rest[name] = {inner: rest[name][inner] for inner in rest[name].keys() - gone}
    if LONG_FIELDS in rest:
        rest[LONG_FIELDS] = [name for name in rest[LONG_FIELDS] if name not in gone]
    return rest


def value_of(field: SearchField, document: Mapping[str, Any]) -> Any:
    """Return the value of a field of a document."""
    name = column(field)
    if name in document.get(LONG_FIELDS, ()):
        return document[WHOLE][name]
    return from_document(field, document.get(name))


def to_document(field: SearchField, value: Any) -> Any:
    """Return a value as the document has it; what does not fit is left, to be refused and noted."""
    if value is None:
        return None
    if field.is_list:
        items = [item for item in value if item is not None] if isinstance(value, list) else value
        return items or None
    if field.type == "date":
        return _microseconds_of(value)
    return float(value) if isinstance(value, Decimal) else value


def from_document(field: SearchField, value: Any) -> Any:
    """Return the value of a field of a document: None, text, number, boolean, aware time, list."""
    if value is None:
        return None
    if field.type == "date":
        return time_of(value)
    return float(value) if field.type == "number" else value


def lower(text: str) -> str:
    """Return a text in lower case, character by character, as Lucene does it: İ is i."""
    return "".join(letter.lower()[0] for letter in text)


def is_unicode(text: str) -> bool:
    """Return whether a text can be in a document: no half of a pair of surrogates is in it."""
    return not _SURROGATE.search(text)


def _microseconds_of(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return microseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
    return value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _add_long(document: dict[str, Any], name: str, value: Any, texts: list[str]) -> None:
    document.setdefault(LONG_FIELDS, []).append(name)
    document.setdefault(WHOLE, {})[name] = value
    document.setdefault(LENGTH, {})[name] = max(map(len, texts))
    document.setdefault(HEAD, {})[name] = [text[:LONGEST] for text in texts]
    document.setdefault(TAIL, {})[name] = [text[-LONGEST:] for text in texts]
    document.setdefault(PIECES, {})[name] = [piece for text in texts for piece in _pieces(text)]


def _pieces(text: str) -> list[str]:
    step = LONGEST - OVERLAP
    return [text[first : first + LONGEST] for first in range(0, max(len(text) - OVERLAP, 1), step)]
