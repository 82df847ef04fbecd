"""Answers of the REST interface: always JSON, errors included."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

JSON = "application/json; charset=utf-8"
CRASH_DATA = ("Cache-Control", "private, max-age=0")
PROTECTED_DATA = ("Cache-Control", "private, no-store")
LISTS = ("Cache-Control", "private, max-age=300")
DESCRIPTION = ("Cache-Control", "public, max-age=300")


class Reply(NamedTuple):
    """One answer, before the headers that every answer has."""

    status: str
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """The request gets this answer instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(document: Any, *headers: tuple[str, str]) -> Reply:
    """Answer with a JSON document."""
    return Reply("200 OK", encode(document), headers=headers)


def error_reply(
    status: str,
    text: str,
    *headers: tuple[str, str],
    retry_after: int | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    **more: Any,
) -> Reply:
    """Answer with `{"error": text}`, the *errors* by field, and *more*.

    *retry_after* is in seconds.
    """
    retry = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
    body = encode({"error": text, "errors": errors or {}, **more})
    return Reply(status, body, headers=(("Cache-Control", "no-store"), *retry, *headers))


def bad_request(errors: Mapping[str, str]) -> Refused:
    """Refuse a request: *errors* says what is wrong, by parameter."""
    text = "; ".join(f"{name}: {problem}" for name, problem in errors.items())
    by_field = {name: [problem] for name, problem in errors.items()}
    return Refused(error_reply("400 Bad Request", f"Bad request: {text}", errors=by_field))


def forbidden(text: str, **more: Any) -> Refused:
    """Refuse a request that the caller may not make."""
    return Refused(error_reply("403 Forbidden", text, **more))


def encode(document: Any) -> bytes:
    """Return *document* as JSON on one line; ASCII, so a lone surrogate passes unharmed."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")
