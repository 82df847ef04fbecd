"""Parameters of queries and forms: declared by route, read here, described in OpenAPI."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from middleware.reply import bad_request
from socorro import crash_id as ids
from socorro.questions.interface import Parameter

__all__ = ["Parameter", "choice", "crash_id", "read_query", "read_texts", "schema_of"]

MOST_PARAMETERS = 50  # besides what `many` allows
MOST_CHARACTERS = 8_000  # of a whole query


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


def schema_of(parameter: Parameter) -> dict[str, Any]:
    """Return the JSON Schema of a parameter; a repeated one is an array."""
    if not parameter.many:
        return dict(parameter.schema)
    return {"type": "array", "items": dict(parameter.schema), "maxItems": parameter.most}


def read_query(parameters: Sequence[Parameter], query: str) -> dict[str, Any]:
    """Return the value of each parameter of a query, as read_texts does."""
    if len(query) > MOST_CHARACTERS:
        raise bad_request({"query": f"longer than {MOST_CHARACTERS} characters"})
    return read_texts(parameters, query, "query")


def read_texts(parameters: Sequence[Parameter], text: str, source: str) -> dict[str, Any]:
    """Return the value of each parameter in urlencoded *text*; None, or [], where it is absent.

    Unknown parameters are ignored, as clients expect. Raises Refused, 400, naming each
    parameter that is missing, repeated or invalid, or *source* for too many of them.
    """
    texts_by_name = _parse(parameters, text, source)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for parameter in parameters:
        texts = [text for text in texts_by_name.get(parameter.name, ()) if text]
        try:
            values[parameter.name] = _value(parameter, texts)
        except ValueError as error:
            errors[parameter.name] = str(error)
    if errors:
        raise bad_request(errors)
    return values


def _value(parameter: Parameter, texts: Sequence[str]) -> Any:
    if not texts and parameter.default is not None:
        texts = [parameter.default]
    if not texts and parameter.required:
        raise ValueError("this parameter is required")
    if any("\0" in text for text in texts):
        raise ValueError("contains a NUL character")
    if parameter.many:
        if len(texts) > parameter.most:
            raise ValueError(f"given more than {parameter.most} times")
        return [parameter.read(text) for text in texts]
    if len(texts) > 1:
        raise ValueError("given more than once")
    return parameter.read(texts[0]) if texts else None


def _parse(parameters: Sequence[Parameter], text: str, source: str) -> dict[str, list[str]]:
    most = MOST_PARAMETERS + sum(parameter.most for parameter in parameters if parameter.many)
    try:
        return parse_qs(text, max_num_fields=most)
    except ValueError:
        raise bad_request({source: f"more than {most} parameters"}) from None
