"""Any search as an Atom feed: its newest crashes. It shows public fields only."""

import re
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from socorro.no_product import shown
from socorro.search.interface import Result
from socorro.search.web_query import Pairs, decode, read
from socorro.visible import visible
from webapp.context import context_of
from webapp.search import address
from webapp.search.page import permitted_to, query_of
from webapp.search.search import REFUSALS, ask, failure

ENTRIES: Final = 50
CACHED_SECONDS: Final = 60
COLUMNS: Final = ("uuid", "date", "signature", "product", "version", "os_name")
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")  # of what visible() leaves


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Return the newest crashes that match; what is wrong is said as plain text."""
    permitted = permitted_to(request)
    try:
        pairs = decode(query_of(request))
        requested = read(_parameters(pairs), datetime.now(UTC), permitted)
        result = ask(context_of(request).search, requested.query, permitted)
    except REFUSALS as error:
        return _refusal(error)
    response = HttpResponse(content_type=Atom1Feed.content_type)
    is_public = not requested.query.protected
    response["Cache-Control"] = (
        f"public, max-age={CACHED_SECONDS}" if is_public else "private, no-store"
    )
    _feed(request, pairs, result).write(response, "utf-8")
    return response


def _parameters(pairs: Pairs) -> Pairs:
    filters = [pair for pair in pairs if pair[0] == "q" or address.is_filter(pair[0])]
    columns = [("_columns", name) for name in COLUMNS]
    more = [("_sort", "-date"), ("_facets", ""), ("_results_number", str(ENTRIES))]
    return (*filters, *columns, *more)


def _feed(request: HttpRequest, pairs: Pairs, result: Result) -> Atom1Feed:
    site = request.build_absolute_uri("/").rstrip("/")
    of_search = [pair for pair in pairs if pair[0] == "q" or address.is_filter(pair[0])]
    words = " ".join(f"{name}={value}" for name, value in of_search) or "all crashes"
    written = Atom1Feed(
        title=_text(f"Crashes: {words[:200]}"),
        link=site + address.url(reverse("search"), of_search),
        description="",
        language="en",
        feed_url=f"{site}{request.get_full_path()}",
    )
    for hit in result.hits:
        _add(written, site, hit)
    return written


def _add(written: Atom1Feed, site: str, hit: Any) -> None:
    crash_id, moment = hit["crash_id"], hit["submitted_timestamp"]
    words = (shown(hit["product"] or ""), hit["version"], hit["os_name"])
    product = " ".join(str(word) for word in words if word)
    written.add_item(
        title=_text(hit["signature"] or "(no signature)"),
        link=site + reverse("report", args=[crash_id]),
        description=escape(_text(product), quote=False),  # readers take it for HTML
        unique_id=f"urn:uuid:{crash_id}",
        unique_id_is_permalink=False,
        pubdate=moment,
        updateddate=moment,
    )


def _refusal(error: Exception) -> HttpResponse:
    problem = failure(error)
    lines = [f"{name}: {text}" for name, texts in problem.problems.items() for text in texts]
    text = visible("\n".join(lines), lines=True)
    response = HttpResponse(text, status=problem.status, content_type="text/plain; charset=utf-8")
    if problem.retry_seconds:
        response["Retry-After"] = str(problem.retry_seconds)
    return response


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", visible(text))
