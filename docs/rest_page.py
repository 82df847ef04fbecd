"""The reference page of REST, from the table of routes."""

from collections.abc import Iterator, Mapping
from typing import Any

from middleware.routes import ROUTES, Route

HEAD = """\
# REST

Every resource is at `/api/NAME/`; `/api/openapi.json` describes them to programs, with the schema
of each answer. `make docs` writes this page from the code.

Errors are JSON: `error` is a sentence, `errors` has the problems by parameter. Every answer has
`X-Request-Id`; `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) say how
many requests are left; a GET has an `ETag`, and `If-None-Match` gets 304 while nothing changed.

Questions about counts answer with the JSON of their `socorro` command: `rows`, what they are
about, `total` rows of all pages, `notes` (`code` for programs, `text` for people), and also
`csv`, the path of the same rows as CSV, and `next`, the cursor of the next page: repeat the call
with `cursor=`. CSV has the address of its next page in the header `Link`. Days are UTC; `to` is
the day after the last one. Unknown parameters of questions are refused, with the name that was
probably meant; other resources ignore them.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(line for route in ROUTES for line in _route(route))])


def _route(route: Route) -> Iterator[str]:
    method = "" if route.method == "GET" else f"{route.method} "
    yield from (f"## {method}{route.name}", "", f"{route.summary}. {route.description}", "")
    if route.needs:
        yield from (f"Needs a token with `{route.needs}`.", "")
    if route.body:
        yield from (f"Body: {route.body.description}, at most {route.body.most_bytes:,} bytes.", "")
    if route.parameters:
        yield from ("| Parameter | Values | Meaning |", "|---|---|---|")
    for parameter in route.parameters:
        required = "Required. " if parameter.required else ""
        values = _values(parameter.schema, parameter.default) + (", repeatable" * parameter.many)
        yield f"| `{parameter.name}` | {values} | {required}{parameter.description} |"
    yield ""
    rows = (route.schema or {}).get("properties", {}).get("rows", {}).get("items", {})
    if "properties" in rows:
        yield from ("| Column | Type | Meaning |", "|---|---|---|")
        for name, column in rows["properties"].items():
            yield f"| `{name}` | {_values(column, None)} | {column.get('description', '')} |"
        yield ""


def _values(schema: Mapping[str, Any], default: str | None) -> str:
    if "enum" in schema:
        return ", ".join(
            f"**{option}**" if option == default else option for option in schema["enum"]
        )
    kind = schema.get("type", "any")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "items" in schema:
        text = f"list of {_values(schema['items'], None)}"
    if "format" in schema:
        text += f" ({schema['format']})"
    if "minimum" in schema:
        most = f" to {schema['maximum']}" if "maximum" in schema else " or more"
        text = f"{schema['minimum']}{most}"
    return f"{text}, default {default}" if default is not None else text
