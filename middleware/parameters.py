"""Parameters of queries and forms: declared by route, read here, described in OpenAPI."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs

from middleware.reply import bad_request
from socorro import crash_id as ids
from socorro.questions import reading
from socorro.questions.interface import Parameter
from socorro.questions.reading import BadParameters

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


def read_query(
    parameters: Sequence[Parameter], query: str, refuse_others: bool = False
) -> dict[str, Any]:
    """Return the value of each parameter of a query, as read_texts does."""
    if len(query) > MOST_CHARACTERS:
        raise bad_request({"query": f"longer than {MOST_CHARACTERS} characters"})
    return read_texts(parameters, query, "query", refuse_others)


def read_texts(
    parameters: Sequence[Parameter], text: str, source: str, refuse_others: bool = False
) -> dict[str, Any]:
    """Return the value of each parameter in urlencoded *text*; None, or [], where it is absent.

    Others are ignored, as clients of the older resources expect, or refused. Raises Refused, 400,
    naming each parameter that is missing, repeated or invalid, or *source* for too many of them.
    """
    texts_by_name = _parse(parameters, text, source)
    errors = _others(parameters, texts_by_name) if refuse_others else {}
    values: dict[str, Any] = {}
    try:
        values = reading.read(parameters, texts_by_name)
    except BadParameters as error:
        errors.update(error.errors)
    if errors:
        raise bad_request(errors)
    return values


def _others(parameters: Sequence[Parameter], names: Iterable[str]) -> dict[str, str]:
    """Return what to say about names that are no parameters; one "_" keeps caches away."""
    declared = [parameter.name for parameter in parameters]
    others = [name for name in names if name not in declared and name != "_"]
    return {name[:40]: _no_such(name, declared) for name in others}


def _no_such(name: str, declared: Sequence[str]) -> str:
    near = get_close_matches(name, declared, n=1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(declared)}"
    return f"no such parameter; {meant}"


def _parse(parameters: Sequence[Parameter], text: str, source: str) -> dict[str, list[str]]:
    most = MOST_PARAMETERS + sum(parameter.most for parameter in parameters if parameter.many)
    try:
        return parse_qs(text, max_num_fields=most)
    except ValueError:
        raise bad_request({source: f"more than {most} parameters"}) from None
