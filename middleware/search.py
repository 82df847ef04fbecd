"""SuperSearch: which crashes, how many by what, and how many in all; and the fields to search by.

Its parameters are names of fields, so they are read by the grammar of searches
(socorro/search/parameters.py) and not by the table of routes. A GET may be as long as a head of a
request; longer searches come as a form.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import (
    CRASH_DATA,
    DESCRIPTION,
    PROTECTED_DATA,
    Refused,
    Reply,
    error_reply,
    forbidden,
    json_reply,
)
from socorro.accounts.permissions import VIEW_PII
from socorro.search.csv_file import csv_file
from socorro.search.document import fields_document, query_document, result_document
from socorro.search.errors import InvalidSearch, ProtectedFields
from socorro.search.interface import (
    Engine,
    Permitted,
    Query,
    Result,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
)
from socorro.search.parameters import Request
from socorro.search.web_query import LIMITS, decode, read

LARGEST_FORM: Final = 3 * LIMITS.characters  # bytes; a character may be percent-encoded
BUSY_SECONDS: Final = 1  # of Retry-After
AWAY_SECONDS: Final = 2
CSV: Final = "text/csv; charset=utf-8"


def super_search(context: Context, caller: Caller, values: Values) -> Reply:
    """Answer a search: JSON, CSV, or with `_return_query` the query itself."""
    permitted = Permitted(protected=VIEW_PII in caller.permissions)
    request = _parse(values["query"], permitted)
    if request.return_query:
        return json_reply(query_document(request), CRASH_DATA)
    cache = PROTECTED_DATA if request.query.protected else CRASH_DATA
    if request.format == "csv":
        attachment = ("Content-Disposition", 'attachment; filename="crashes.csv"')
        return Reply("200 OK", _csv(context.search, request, permitted), CSV, (cache, attachment))
    result = run(context.search, request.query, permitted)
    return json_reply(result_document(request, result), cache)


def super_search_fields(_context: Context, _caller: Caller, _values: Values) -> Reply:
    """Answer with the fields, their types and operators, and whether they are protected."""
    return json_reply(fields_document(), DESCRIPTION)


def _parse(text: str, permitted: Permitted) -> Request:
    """Return the search that a query or form writes. Raises Refused, 400 or 403."""
    try:
        return read(decode(text), datetime.now(UTC), permitted)
    except ProtectedFields as error:
        raise forbidden(
            f"Permission denied: {error}", permissions=[VIEW_PII], fields=[*error.fields]
        ) from None
    except InvalidSearch as error:
        raise _invalid(error.errors) from None


def _csv(engine: Engine | None, request: Request, permitted: Permitted) -> bytes:
    """Return the hits as CSV. Raises Refused, also when it becomes too large or takes too long."""
    try:
        return csv_file(lambda query: run(engine, query, permitted), request)
    except InvalidSearch as error:
        raise _invalid(error.errors) from None


def run(engine: Engine | None, query: Query, permitted: Permitted) -> Result:
    """Return what the engine answers. Raises Refused: 400, 403 or 503."""
    try:
        if engine is None:
            raise SearchUnavailable("This server has no search engine")
        return engine.search(query, permitted)
    except TooSlow as error:
        raise _invalid({"query": [str(error)]}) from None
    except TooManySearches:
        raise _unavailable("Too many searches run now: try again", BUSY_SECONDS) from None
    except SearchUnavailable as error:
        raise _unavailable(f"Search is unavailable: {error}", AWAY_SECONDS) from None


def _invalid(errors: Mapping[str, Any]) -> Refused:
    text = " ".join(f"{name}: {text}" for name, texts in errors.items() for text in texts)
    by_field = {name: [*texts] for name, texts in errors.items()}
    return Refused(error_reply("400 Bad Request", f"Bad request: {text}", errors=by_field))


def _unavailable(text: str, seconds: int) -> Refused:
    return Refused(error_reply("503 Service Unavailable", text, retry_after=seconds))
