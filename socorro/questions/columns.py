"""The kinds of columns that answers have, with their JSON Schema."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.questions.interface import Column


def text(name: str, description: str, nullable: bool = False) -> Column:
    """A text."""
    return _column(name, description, {"type": "string"}, nullable)


def count(name: str, description: str, nullable: bool = False) -> Column:
    """A whole number; it may be negative."""
    return _column(name, description, {"type": "integer"}, nullable)


def number(name: str, description: str, nullable: bool = False) -> Column:
    """A number with decimals."""
    return _column(name, description, {"type": "number"}, nullable)


def boolean(name: str, description: str, nullable: bool = False) -> Column:
    """true or false."""
    return _column(name, description, {"type": "boolean"}, nullable)


def day(name: str, description: str, nullable: bool = False) -> Column:
    """A UTC day: 2026-11-29."""
    return _column(name, description, {"type": "string", "format": "date"}, nullable)


def moment(name: str, description: str, nullable: bool = False) -> Column:
    """A moment: 2026-11-29T18:16:00+00:00."""
    return _column(name, description, {"type": "string", "format": "date-time"}, nullable)


def texts(name: str, description: str) -> Column:
    """A list of texts."""
    return Column(name, description, {"type": "array", "items": {"type": "string"}})


def counts(name: str, description: str) -> Column:
    """A list of whole numbers."""
    return Column(name, description, {"type": "array", "items": {"type": "integer"}})


def numbers(name: str, description: str) -> Column:
    """A list of numbers; null where one is missing."""
    return Column(name, description, {"type": "array", "items": {"type": ["number", "null"]}})


def schema(columns: Sequence[Column]) -> dict[str, Any]:
    """Return the JSON Schema of a row."""
    return {
        "type": "object",
        "required": [column.name for column in columns],
        "properties": {
            column.name: {**column.schema, "description": column.description} for column in columns
        },
        "additionalProperties": False,
    }


def _column(name: str, description: str, kind: Mapping[str, Any], nullable: bool) -> Column:
    types = {"type": [kind["type"], "null"]} if nullable else {}
    return Column(name, description, {**kind, **types})


# How crashes of one count divide: by system, by process, and hangs and startups among them.
SPLITS = (
    count("win", "Processed crashes on Windows"),
    count("mac", "Processed crashes on macOS"),
    count("lin", "Processed crashes on Linux"),
    count("android", "Processed crashes on Android"),
    count("browser", "Processed crashes of the main process"),
    count("plugin", "Processed crashes of plugins"),
    count("content", "Processed crashes of content processes"),
    count("hang", "Processed hangs"),
    count("startup", "Processed crashes in the first minute"),
)
