"""The search page: a sentence, the form, days, hits, and counts beside them.

It works without script: the form sends rows of field, operator and value, and the page leads on to
the address with the classic parameters of SuperSearch (see address.py). What is wrong with a
search, or keeps it from being answered, is said above the form, which keeps what was written.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import VIEW_PII
from socorro.search.catalog import catalog
from socorro.search.csv_file import csv_file
from socorro.search.errors import InvalidSearch
from socorro.search.interface import Permitted, Result
from socorro.search.names import ALIASES
from socorro.search.web_query import Pairs, decode, read
from webapp.accounts.access import has_permission
from webapp.context import context_of
from webapp.search import address, elsewhere, filters
from webapp.search.blamed import Blamed, blamed
from webapp.search.days import days
from webapp.search.facets import facets
from webapp.search.hits import table
from webapp.search.search import (
    COLUMNS,
    FACETS,
    REFUSALS,
    Failure,
    Search,
    ask,
    failure,
    parse,
)
from webapp.search.sentence import sentence

MANY_COLUMNS: Final = 7  # more of them take the whole width; counts are below
SPANS: Final = (1, 3, 7, 14, 28)  # days
IN_THE_FORM: Final = ("q", "_columns", "_facets", "_rows", "_old", *address.ELSEWHERE)
OLD: Final = {
    "custom": "Queries in the language of Elasticsearch are not supported. Write the search as "
    "filters or as an expression, which takes AND, OR, NOT and parentheses.",
}


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Answer a search as a page, or its hits or one count as CSV."""
    try:
        pairs = decode(query_of(request))
    except InvalidSearch as error:
        return _page(request, (), failure(error))
    if not address.is_canonical(pairs):
        today = datetime.now(UTC).date()
        return HttpResponseRedirect(address.url(request.path, address.canonical(pairs, today)))
    if ("format", "csv") in pairs:
        return _csv(request, pairs)
    if any(name in ("format", "_return_query") for name, _ in pairs):
        return HttpResponseRedirect(elsewhere.rest(address.without(pairs, "_old", "_rows")))
    permitted = permitted_to(request)
    try:
        current = parse(pairs, datetime.now(UTC), permitted)
        result = ask(context_of(request).search, current.request.query, permitted)
    except REFUSALS as error:
        return _page(request, pairs, failure(error))
    return _page(request, pairs, None, current, result)


def custom(request: HttpRequest) -> HttpResponse:
    """Redirect the page of Elasticsearch queries, which Crash Stats has, with a word."""
    del request
    return HttpResponseRedirect(f"{reverse('search')}?_old=custom")


def results(request: HttpRequest) -> HttpResponse:
    """Redirect addresses that the search page of Crash Stats loads its answers from."""
    query = query_of(request)
    return HttpResponseRedirect(f"{reverse('search')}{'?' if query else ''}{query}")


def fields(request: HttpRequest) -> HttpResponse:
    """Redirect the list of fields to that of REST."""
    del request
    return HttpResponseRedirect("/api/SuperSearchFields/")


def query_of(request: HttpRequest) -> str:
    """Return the text of the query."""
    text: str = request.META.get("QUERY_STRING", "")
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def permitted_to(request: HttpRequest) -> Permitted:
    """Return what the visitor may see."""
    return Permitted(protected=has_permission(request, VIEW_PII))


def _csv(request: HttpRequest, pairs: Pairs) -> HttpResponse:
    """Return a file. The page says why there is none."""
    if not any(name == "_columns" for name, _ in pairs):
        pairs = (*pairs, *(("_columns", name) for name in COLUMNS))
    permitted = permitted_to(request)
    engine = context_of(request).search
    try:
        requested = read(pairs, datetime.now(UTC), permitted)
        content = csv_file(lambda query: ask(engine, query, permitted), requested)
    except REFUSALS as error:
        return _page(request, address.without(pairs, "format"), failure(error))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="crashes.csv"'
    if requested.query.protected:
        response["Cache-Control"] = "private, no-store"
    return response


def _page(
    request: HttpRequest,
    pairs: Pairs,
    problem: Failure | None,
    current: Search | None = None,
    result: Result | None = None,
) -> HttpResponse:
    context = {**_form(request, pairs), "failure": problem}
    if current and result:
        context |= _answer(request, current, result)
    status = problem.status if problem else 200
    response = render(request, "crashstats/search.html", context, status=status)
    if problem and problem.retry_seconds:
        response["Retry-After"] = str(problem.retry_seconds)
    if current and current.request.query.protected:
        response["Cache-Control"] = "private, no-store"
    return response


def _form(request: HttpRequest, pairs: Pairs) -> dict[str, Any]:
    """Return what the form shows: the search as it was written, and empty rows."""
    path = request.path
    today = datetime.now(UTC).date()
    names = {name for name, _ in pairs}
    rows = filters.rows(pairs)
    return {
        "rows": [(row, address.url(path, row.rest)) for row in rows],
        "empty_rows": range(address.empty_rows(pairs)),
        "operators": filters.OPERATORS.items(),
        "fields": _fields(permitted_to(request)),
        "expression": dict(pairs).get("q", ""),
        "columns": _listed(pairs, "_columns", COLUMNS),
        "facet_names": _listed(pairs, "_facets", () if _has_nested(names) else FACETS),
        "hidden": [
            pair for pair in pairs if pair[0] not in IN_THE_FORM and not address.is_filter(pair[0])
        ],
        "spans": [
            (
                span,
                address.url(path, filters.on_dates(pairs, f">={today - timedelta(span)}")),
                ("date", f">={today - timedelta(span)}") in pairs,
            )
            for span in SPANS
        ],
        "old": OLD.get(dict(pairs).get("_old", ""), ""),
        "feed": address.url(reverse("search_feed"), _of_feed(pairs)),
    }


def _of_feed(pairs: Pairs) -> Pairs:
    return tuple(pair for pair in pairs if address.is_filter(pair[0]) or pair[0] == "q")


def _has_nested(names: set[str]) -> bool:
    return any(name.startswith("_aggs.") for name in names)


def _listed(pairs: Pairs, parameter: str, default: tuple[str, ...]) -> str:
    names = [value for name, value in pairs if name == parameter]
    return ", ".join(filter(None, names) if names else default)


def _fields(permitted: Permitted) -> list[str]:
    """Return the names that fields may be written by, which the form offers."""
    visible = [name for name, field in catalog().items() if field.public or permitted.protected]
    aliases = [name for name, target in ALIASES.items() if target in visible]
    return sorted({*visible, *aliases})


def _answer(request: HttpRequest, current: Search, result: Result) -> dict[str, Any]:
    query = current.request.query
    many_columns = len(current.request.columns) > MANY_COLUMNS
    return {
        "sentence": sentence(current, result),
        "result": result,
        "lacks": result.problems,
        "table": table(request.path, current, result) if query.number and result.hits else None,
        "many_columns": many_columns,
        "hits_class": "hits many" if many_columns else "hits",
        "facets": facets(request.path, current, result),
        "days": days(request.path, current, result) if result.total else None,
        "blamed": _blamed(request, current) if not result.total else (),
        "rest": elsewhere.rest(current.whole),
        "command": elsewhere.command(current.whole),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "start": query.start,
        "end": query.end,
    }


def _blamed(request: HttpRequest, current: Search) -> list[Blamed]:
    return blamed(context_of(request).search, current, request.path, permitted_to(request))
