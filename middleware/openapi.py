"""The routes as an OpenAPI 3 document."""

from collections.abc import Sequence
from typing import Any

from middleware.body import BodyRule
from middleware.parameters import schema_of
from middleware.routes import Route
from socorro import __version__
from socorro.jobs.whereabouts import State

SCHEME = "token"

_ERRORS = {
    "400": "A parameter is missing or invalid; `errors` says which and why",
    "403": "The Auth-Token is unknown or expired, or lacks a permission; `permissions` names it",
    "404": "There is no such crash, or it is not processed yet; then `state` says where it is",
    "405": "The resource does not support this method; Allow lists those it does",
    "410": "The crash store has the crash but cannot read it: it is damaged",
    "429": "Too many requests from this address or this user; Retry-After says how long to wait",
    "503": "The database or the crash store is unavailable; Retry-After says how long to wait",
}
_NOT_MODIFIED = "The answer with the ETag in If-None-Match is still right"
_BODY_ERRORS = {
    "411": "Content-Length is missing",
    "413": "The body is too large; `limit` is the maximum in bytes",
    "415": "The Content-Type or Content-Encoding is not supported",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI description of *routes*."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Socorro",
            "version": __version__,
            "description": "Crash reports, raw and processed. Every error is JSON.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {SCHEME: {"type": "apiKey", "in": "header", "name": "Auth-Token"}},
        },
    }


_ERROR = {
    "type": "object",
    "required": ["error", "errors"],
    "properties": {
        "error": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "limit": {"type": "integer", "description": "Bytes"},
        "permissions": {"type": "array", "items": {"type": "string"}},
        "fields": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Protected fields that the request names",
        },
        "state": {"enum": [state.value for state in State]},
        "ahead": {"type": "integer", "description": "Jobs ahead in the queue"},
        "attempts": {"type": "integer"},
        "request_id": {"type": "string"},
    },
}


def _operation(route: Route) -> dict[str, Any]:
    errors = {**_ERRORS, **_BODY_ERRORS} if route.body else _ERRORS
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "description": route.description,
        "parameters": [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "required": parameter.required,
                "schema": schema_of(parameter),
            }
            for parameter in route.parameters
        ],
        "responses": {
            "200": {"description": route.summary, "content": _content(route)},
            **({"304": {"description": _NOT_MODIFIED}} if route.method == "GET" else {}),
            **{status: _error(text) for status, text in sorted(errors.items())},
        },
    }
    if route.body:
        operation["requestBody"] = {
            "description": f"{route.body.description}; at most {route.body.most_bytes:,} bytes",
            "required": True,
            "content": {kind: _body_schema(route.body) for kind in route.body.content_types},
        }
    if route.needs or route.permissions:
        operation["security"] = [{SCHEME: []}] if route.needs else [{}, {SCHEME: []}]
    return operation


def _content(route: Route) -> dict[str, Any]:
    schemas = {
        "application/json": {"schema": dict(route.schema)},
        "text/csv": {"schema": {"type": "string"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }
    return {kind: schemas[kind] for kind in route.content_types}


def _body_schema(rule: BodyRule) -> dict[str, Any]:
    if not rule.form:
        return {"schema": dict(rule.schema)} if rule.schema else {}
    properties = {
        parameter.name: {**schema_of(parameter), "description": parameter.description}
        for parameter in rule.form
    }
    required = [parameter.name for parameter in rule.form if parameter.required]
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {"schema": {**schema, "required": required} if required else schema}


def _error(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
