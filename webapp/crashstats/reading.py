"""Reading documents in which any field may be absent or of another type: it reads as empty."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Document = Mapping[str, Any]


def text(document: Document, key: str) -> str:
    """Return a text or number as text; "" when there is none."""
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def number(document: Document, key: str) -> int | None:
    """Return a whole number; None when there is none."""
    value = document.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(document: Document, key: str) -> Document:
    """Return the object under *key*; empty when there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def items(document: Document, key: str) -> list[Document]:
    """Return the objects of the list under *key*."""
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(document: Document, key: str) -> list[str]:
    """Return the texts of the list under *key*."""
    value = document.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def moment(document: Document, key: str) -> datetime | None:
    """Return an ISO time as aware UTC; None when there is none."""
    try:
        time = datetime.fromisoformat(text(document, key))
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def duration(seconds: int) -> str:
    """Return `12 s`, `3 min 4 s`, `2 h 5 min`, `12 d 3 h`."""
    for size, unit, below, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // below
            return f"{seconds // size:,} {unit}" + (f" {rest} {smaller}" if rest else "")
    if seconds >= 60:
        return f"{seconds // 60} min" + (f" {seconds % 60} s" if seconds % 60 else "")
    return f"{seconds} s"
