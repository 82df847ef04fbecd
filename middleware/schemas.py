"""JSON Schemas of answers: the same few shapes, written once."""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
TRUE_OR_FALSE: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}


def described(schema: Schema, description: str) -> dict[str, Any]:
    """Return *schema* with a description."""
    return {**schema, "description": description}


def optional(schema: Schema) -> dict[str, Any]:
    """Return the schema of such a value or null."""
    return {**schema, "type": [schema["type"], "null"]}


def document(**properties: Schema) -> dict[str, Any]:
    """Return the schema of an object that has all of these properties."""
    return {"type": "object", "required": list(properties), "properties": dict(properties)}


def hits(**properties: Schema) -> dict[str, Any]:
    """Return the schema of `{"hits": [{…}], "total": n}`."""
    listed = {"type": "array", "items": document(**properties)}
    return document(hits=listed, total=described(WHOLE, "Number of all hits"))
