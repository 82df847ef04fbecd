"""The routes as an OpenAPI 3 document."""

from collections.abc import Sequence
from typing import Any

from middleware.routes import Route
from socorro import __version__

_ERRORS = {
    "400": "A parameter is missing or wrong; `errors` says which and why",
    "403": "A permission is missing; `permissions` names it",
    "404": "No such crash, or not processed yet; `state` says which",
    "405": "Only GET, HEAD and OPTIONS are answered",
    "429": "Too many requests from this address; Retry-After says when",
    "503": "Database or crash store are away; Retry-After says when to try again",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI description of *routes*."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Socorro",
            "version": __version__,
            "description": "Crash reports, raw and processed. Every error is JSON.",
        },
        "paths": {route.path: {"get": _operation(route)} for route in routes},
        "components": {"schemas": {"Error": _ERROR}},
    }


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "permissions": {"type": "array", "items": {"type": "string"}},
        "state": {"enum": ["new", "deferred", "waiting", "running", "failed"]},
        "ahead": {"type": "integer", "description": "Jobs that come first"},
        "attempts": {"type": "integer"},
        "request_id": {"type": "string"},
    },
}


def _operation(route: Route) -> dict[str, Any]:
    return {
        "operationId": route.name,
        "summary": route.summary,
        "description": route.description,
        "parameters": [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "required": parameter.required,
                "schema": dict(parameter.schema),
            }
            for parameter in route.parameters
        ],
        "responses": {
            "200": {"description": route.summary, "content": _content(route)},
            **{status: _error(text) for status, text in _ERRORS.items()},
        },
    }


def _content(route: Route) -> dict[str, Any]:
    schemas = {
        "application/json": {"schema": {"type": "object"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }
    return {kind: schemas[kind] for kind in route.content_types}


def _error(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
