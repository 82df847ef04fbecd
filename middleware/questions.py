"""Questions about counts over REST: JSON with `next` and `csv`, or CSV, of each in the table."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from middleware.callers import Caller
from middleware.context import Answer, Context, Values
from middleware.parameters import choice
from middleware.reply import CRASH_DATA, PROTECTED_DATA, Reply, bad_request, json_reply
from middleware.route import Route
from socorro.questions import calls, columns
from socorro.questions.interface import Answer as Answered
from socorro.questions.interface import Parameter, Question, Unknown
from socorro.questions.parameters import MOST_OFFSET, read_day
from socorro.questions.written import as_csv, document

CSV = "text/csv; charset=utf-8"
MOST_CURSOR = 200  # characters
MOST_CSV = 50_000  # rows of a file, as those of search; more are refused, never left out
_NOT_CANONICAL = ("format", "cursor", "offset", "limit")


def route(question: Question) -> Route:
    """Return the route of a question."""
    return Route(
        name=question.name,
        summary=question.summary,
        description=question.description,
        parameters=parameters(question),
        answer=answer(question),
        content_types=("application/json", "text/csv"),
        needs=question.permission,
        schema=schema(question),
        refuse_others=True,
        cached=True,
    )


def parameters(question: Question) -> tuple[Parameter, ...]:
    """Return the parameters of a question's route."""
    form = choice("format", "Form of the answer", ("json", "csv"))
    own = tuple(map(_without_default, question.parameters))
    if not _is_paged(question):
        return (*own, form)
    text = (
        "Where the next page begins: `next` of an answer to the same parameters, instead of offset"
    )
    schema = {"type": "string", "maxLength": MOST_CURSOR}
    return (*own, Parameter("cursor", text, _read_cursor, schema), form)


def _without_default(parameter: Parameter) -> Parameter:
    """Return a limit that tells whether it was sent: a file without one has all rows."""
    if parameter.name != "limit":
        return parameter
    text = f"{parameter.description}; as CSV, without it: all, at most {MOST_CSV:,}"
    return replace(parameter, description=text, default=None)


def _limited(question: Question, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with a limit, for questions that have one."""
    if values.get("limit") is not None or "limit" not in values:
        return dict(values)
    if values["format"] == "csv":
        return {**values, "limit": MOST_CSV + 1}
    [default] = [one.default for one in question.parameters if one.name == "limit"]
    return {**values, "limit": int(default or MOST_CSV)}


def _refuse_cut(values: Mapping[str, Any], answered: Answered) -> None:
    """Raise Refused for a file without a limit that would lack its end."""
    if values.get("limit") == MOST_CSV + 1 and len(answered.rows) > MOST_CSV:
        text = f"more than {MOST_CSV:,} rows; with a limit, the header Link leads to the next ones"
        raise bad_request({"limit": text})


def schema(question: Question) -> dict[str, Any]:
    """Return the JSON Schema of an answer."""
    note = {
        "type": "object",
        "required": ["code", "text"],
        "properties": {"code": {"type": "string"}, "text": {"type": "string"}},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "required": ["notes", "total", "rows", "next", "csv"],
        "properties": {
            "notes": {"type": "array", "items": note},
            "total": {
                "type": ["integer", "null"],
                "description": "Rows of all pages; null: not counted",
            },
            "rows": {"type": "array", "items": columns.schema(question.columns)},
            "next": {
                "type": ["string", "null"],
                "description": "Cursor of the next page; null on the last one",
            },
            "csv": {"type": "string", "description": "Path of the same rows as CSV"},
        },
    }


def answer(question: Question) -> Answer:
    """Return the function that answers a question's route."""

    def reply(context: Context, _caller: Caller, sent: Values) -> Reply:
        values = _limited(question, _from_cursor(question, sent))
        try:
            with context.database.transaction() as db:
                answered = question.answer(db, values)
        except Unknown as error:
            raise bad_request({error.parameter: str(error)}) from None
        _refuse_cut(values, answered)
        caching = PROTECTED_DATA if question.permission else CRASH_DATA
        following = _next(question, values, answered)
        if values["format"] == "csv":
            return _csv(question, sent, answered, following, caching)
        links = {"next": following, "csv": _path(question, {**values, "format": "csv"})}
        return json_reply({**document(question.columns, answered), **links}, caching)

    return reply


def _csv(
    question: Question,
    sent: Values,
    answered: Answered,
    following: str | None,
    caching: tuple[str, str],
) -> Reply:
    headers = [caching, ("Content-Disposition", f'attachment; filename="{question.name}.csv"')]
    if following is not None:
        path = _path(question, {**sent, "offset": 0, "cursor": following})
        headers.append(("Link", f'<{path}>; rel="next"'))
    body = as_csv(question.columns, answered).encode()
    return Reply("200 OK", body, CSV, tuple(headers))


def _is_paged(question: Question) -> bool:
    return any(parameter.name == "offset" for parameter in question.parameters)


def _path(question: Question, values: Mapping[str, Any]) -> str:
    return calls.path(question, values, parameters(question))


def _digest(question: Question, values: Mapping[str, Any]) -> str:
    """Return a fingerprint of the parameters that make pages of one answer."""
    same = {name: value for name, value in values.items() if name not in _NOT_CANONICAL}
    return hashlib.sha256(_path(question, same).encode()).hexdigest()[:12]


def _next(question: Question, values: Values, answered: Answered) -> str | None:
    """Return the cursor of the next page: where it begins, and the days that were meant."""
    if not _is_paged(question):
        return None
    end = values["offset"] + len(answered.rows)
    is_last = (
        end >= answered.total
        if answered.total is not None
        else len(answered.rows) < values.get("limit", 0)
    )
    if is_last or not answered.rows or end > MOST_OFFSET:
        return None
    digest = values.get("digest") or _digest(question, values)
    days = [str(answered.about.get(name) or "") for name in ("start", "end")]
    return base64.urlsafe_b64encode(json.dumps([digest, end, *days]).encode()).decode().rstrip("=")


def _from_cursor(question: Question, values: Values) -> dict[str, Any]:
    """Return the values with those of the cursor, if any. Raises Refused."""
    cursor: _Cursor | None = values.get("cursor")
    values = {name: value for name, value in values.items() if name != "cursor"}
    if cursor is None:
        return values
    digest, offset, start, end = cursor
    if digest != _digest(question, {**values, "offset": 0}):
        raise bad_request({"cursor": "it belongs to other parameters"})
    if values["offset"]:
        raise bad_request({"offset": "not together with cursor"})
    period = {"from": start, "to": end, "days": None} if start and end and "from" in values else {}
    return {**values, **period, "offset": offset, "digest": digest}


_Cursor = tuple[str, int, date | None, date | None]


def _read_cursor(text: str) -> _Cursor:
    try:
        if len(text) > MOST_CURSOR:
            raise ValueError
        padded = text + "=" * (-len(text) % 4)
        digest, offset, start, end = json.loads(base64.b64decode(padded, b"-_", validate=True))
        if not (isinstance(digest, str) and type(offset) is int and 0 <= offset <= MOST_OFFSET):
            raise ValueError
        days = [read_day(day) if day else None for day in (start, end)]
        return digest, offset, days[0], days[1]
    except (ValueError, TypeError, RecursionError):
        raise ValueError("not a cursor of an answer") from None
