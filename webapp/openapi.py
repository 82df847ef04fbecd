"""What the REST interface says about itself (OpenAPI), as the page /api/ shows it.

The document is asked for with each page, on behalf of the visitor: so it always fits the REST
interface that is running, and the answer says how many requests their address has left.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

import urllib3
from urllib3.exceptions import HTTPError

from socorro.serving.proxies import PAGES_VIA
from socorro.serving.rate_limit import is_own

PATH: Final = "/api/openapi.json"
SECONDS: Final = 3
LARGEST: Final = 4 * 2**20  # bytes
NAMES: Final = ("resource", "do")  # parameters of the page, not of a resource


class Input(NamedTuple):
    """One parameter of a resource, as a field of its form."""

    name: str
    kind: str  # what a value has to be, in words
    description: str
    is_required: bool
    choices: list[str]
    default: str
    is_many: bool
    is_open: bool  # stands for parameters of any name: "name=value&name=value"
    input_type: str  # of HTML

    def texts(self, sent: Mapping[str, list[str]]) -> list[tuple[str, str]]:
        """Return names and values to send, of what a visitor filled in; defaults are left out."""
        texts = [text.strip() for text in sent.get(self.name, ())]
        if self.is_open:
            return [pair for text in texts for pair in parse_qsl(text)]
        if self.is_many:  # one in each line
            texts = [line.strip() for text in texts for line in text.splitlines()]
        return [(self.name, text) for text in texts if text and text != self.default]


class Resource(NamedTuple):
    """One method of a resource."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    inputs: list[Input]
    token: str  # "needed", "more" (with one) or ""
    body: str  # what to send, in words
    has_form: bool  # the body is a form, or there is none

    def query(self, sent: Mapping[str, list[str]]) -> str:
        """Return what a visitor filled in, urlencoded."""
        return urlencode([pair for one in self.inputs for pair in one.texts(sent)])

    def missing(self, sent: Mapping[str, list[str]]) -> list[str]:
        """Return the required parameters that were not filled in."""
        return [one.name for one in self.inputs if one.is_required and not one.texts(sent)]


class Described(NamedTuple):
    """The resources, and how many requests an address has left in a minute; "" for no limit."""

    resources: list[Resource]
    limit: str
    remaining: str

    def find(self, name: str) -> Resource | None:
        """Return the resource of a name."""
        return next((one for one in self.resources if one.name == name), None)


def describe(url: str, client: str) -> Described | None:
    """Ask REST at *url* about itself on behalf of *client*; None when it does not answer that."""
    headers = {"Via": PAGES_VIA, "Accept": "application/json", "Accept-Encoding": "identity"}
    if not is_own(client):
        headers["X-Forwarded-For"] = client
    try:
        with urllib3.request(
            "GET",
            url.rstrip("/") + PATH,
            headers=headers,
            timeout=SECONDS,
            retries=False,
            redirect=False,
            preload_content=False,
        ) as response:
            body = response.read(LARGEST)
            return Described(
                resources(json.loads(body)) if response.status == 200 else [],
                response.headers.get("RateLimit-Limit", ""),
                response.headers.get("RateLimit-Remaining", ""),
            )
    except (HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # away, or no REST interface of ours


def resources(document: Mapping[str, Any]) -> list[Resource]:
    """Return what a document describes, in its order."""
    return [
        _resource(path, method, operation)
        for path, operations in document["paths"].items()
        if path.startswith("/api/")
        for method, operation in operations.items()
    ]


def _resource(path: str, method: str, operation: Mapping[str, Any]) -> Resource:
    inputs = [
        _input(one["name"], one["schema"], one["description"], one["required"])
        for one in operation["parameters"]
    ]
    body = operation.get("requestBody") or {}
    form = body.get("content", {}).get("application/x-www-form-urlencoded", {}).get("schema", {})
    required = form.get("required", [])
    inputs += [
        _input(name, schema, schema.get("description", ""), name in required)
        for name, schema in form.get("properties", {}).items()
    ]
    schemes = operation.get("security", [])
    return Resource(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        operation["description"],
        inputs,
        ("more" if {} in schemes else "needed") if schemes else "",
        str(body.get("description", "")),
        not body or bool(form),
    )


def _input(name: str, schema: Mapping[str, Any], description: str, is_required: bool) -> Input:
    item = schema.get("items", schema)
    kind = str(item.get("format") or item.get("type", "string"))
    is_many = schema.get("type") == "array"
    choices = ["true", "false"] if kind == "boolean" else [str(one) for one in item.get("enum", ())]
    default = schema.get("default", "")
    return Input(
        name=name,
        kind=_in_words(kind, item),
        description=description,
        is_required=is_required,
        choices=choices,
        default=str(default).lower() if isinstance(default, bool) else str(default),
        is_many=is_many,
        is_open=kind == "object",
        input_type={"integer": "number", "date": "date"}.get(kind, "text"),
    )


def _in_words(kind: str, schema: Mapping[str, Any]) -> str:
    """Return what a value has to be, where the field itself does not show it."""
    if kind == "object":
        return "name=value&name=value"
    ends = [f"{schema[end]:,}" for end in ("minimum", "maximum") if end in schema]
    return " to ".join(ends) if len(ends) == 2 else ("a number" if kind == "number" else "")
