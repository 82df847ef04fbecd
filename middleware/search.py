"""SuperSearch: which crashes, how many by what, and how many in all; and the fields to search by.

Its parameters are names of fields, so they are read by the grammar of searches
(socorro/search/parameters.py) and not by the table of routes. A GET may be as long as a head of a
request; longer searches come as a form.
"""

import io
import itertools
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

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
from socorro.search.document import csv_lines, fields_document, query_document, result_document
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
from socorro.search.parameters import Limits, Request, parse

LIMITS: Final = Limits()
CSV_LIMITS: Final = LIMITS._replace(hits=50_000)  # a file is read at leisure, JSON in pages
CSV_BYTES: Final = 32 * 2**20
CSV_SECONDS: Final = 20
PAGE: Final = 1_000  # hits that the engine is asked for at once
PAGE_ONLY: Final = ("page", "refresh")  # in addresses of search pages, which scripts copy
LARGEST_FORM: Final = 3 * LIMITS.characters  # bytes; a character may be percent-encoded
CSV_TOO_LARGE: Final = "The CSV is too large: ask for fewer hits or columns, or for pages (_next)."
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
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=LIMITS.parameters)
    except ValueError:
        problem = f"The search has more than {LIMITS.parameters} parameters."
        raise _invalid({"query": [problem]}) from None
    try:
        limits = CSV_LIMITS if ("format", "csv") in pairs else LIMITS
        pairs = [pair for pair in pairs if pair[0] not in PAGE_ONLY]
        return parse(pairs, datetime.now(UTC), permitted, limits)
    except ProtectedFields as error:
        raise forbidden(
            f"Permission denied: {error}", permissions=[VIEW_PII], fields=[*error.fields]
        ) from None
    except InvalidSearch as error:
        raise _invalid(error.errors) from None


def _csv(engine: Engine | None, request: Request, permitted: Permitted) -> bytes:
    """Return the hits as CSV, read page by page; whole before the first byte is sent.

    Raises Refused, also when it becomes too large or takes too long.
    """
    deadline = time.monotonic() + CSV_SECONDS
    query = replace(request.query, number=min(request.query.number, PAGE))
    left = request.query.number
    file = io.BytesIO()
    for has_header in itertools.chain([False], itertools.repeat(True)):
        result = run(engine, query, permitted)
        file.writelines(itertools.islice(csv_lines(request, result), int(has_header), None))
        left -= len(result.hits)
        if left <= 0 or result.cursor is None:
            return file.getvalue()
        if file.tell() > CSV_BYTES or time.monotonic() > deadline:
            raise _invalid({"_results_number": [CSV_TOO_LARGE]})
        query = replace(
            query, after=result.cursor, offset=0, number=min(left, PAGE), aggregations=()
        )
    raise AssertionError("there are pages until there is no cursor")


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
