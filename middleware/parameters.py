"""Query parameters: declared in the table of routes, read here, described in OpenAPI."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from middleware.reply import bad_request
from socorro import crash_id as ids

MOST_PARAMETERS = 50
MOST_CHARACTERS = 8_000  # of a whole query


@dataclass(frozen=True)
class Parameter:
    """One parameter: *read* turns its text into a value, or raises ValueError with the reason."""

    name: str
    description: str
    read: Callable[[str], Any] = str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    default: str | None = None


def crash_id(description: str) -> Parameter:
    """A crash id, in either case, with or without "bp-" in front; required."""
    schema = {"type": "string", "example": "bp-0bba929f-8721-460c-8e70-a43c00261123"}
    return Parameter("crash_id", description, ids.parse, schema, required=True)


def choice(name: str, description: str, options: Sequence[str]) -> Parameter:
    """One of *options*; the first is the default."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"expected one of {', '.join(options)}")
        return text

    schema = {"type": "string", "enum": list(options), "default": options[0]}
    return Parameter(name, description, read, schema, default=options[0])


def read_query(parameters: Sequence[Parameter], query: str) -> dict[str, Any]:
    """Return the value of each parameter, None where it is absent.

    Unknown parameters are ignored, as clients expect. Raises Refused, 400, naming each
    parameter that is missing, repeated or invalid.
    """
    texts_by_name = _parse_query(query)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for parameter in parameters:
        texts = [text for text in texts_by_name.get(parameter.name, ()) if text]
        text = texts[0] if texts else parameter.default
        if len(texts) > 1:
            errors[parameter.name] = "given more than once"
        elif text is None:
            values[parameter.name] = None
            if parameter.required:
                errors[parameter.name] = "this parameter is required"
        else:
            try:
                values[parameter.name] = parameter.read(text)
            except ValueError as error:
                errors[parameter.name] = str(error)
    if errors:
        raise bad_request(errors)
    return values


def _parse_query(query: str) -> dict[str, list[str]]:
    if len(query) > MOST_CHARACTERS:
        raise bad_request({"query": f"longer than {MOST_CHARACTERS} characters"})
    try:
        return parse_qs(query, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise bad_request({"query": f"more than {MOST_PARAMETERS} parameters"}) from None
