"""One search of the page: its parameters made whole, its answer, and why there is none.

The same parameters go to the engine, into the REST call and into the command, so that all of them
answer with the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from socorro.accounts.permissions import VIEW_PII
from socorro.postgres import Unavailable
from socorro.search.catalog import catalog
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
from socorro.search.web_query import Pairs, read
from webapp.search.address import PAGE_SIZE, without

CRASH_ID: Final = catalog()["crash_id"]
COLUMNS: Final = ("uuid", "date", "signature", "product", "version", "os_name")
FACETS: Final = ("signature", "version", "os_name", "process_type")
TERMS: Final = 10
MOST_HITS: Final = 200  # on one page; the next page has more
HISTOGRAM: Final = "histogram_date"  # the name of its counts
BUSY_SECONDS: Final = 2
NO_DATABASE: Final = "the database does not respond"
AWAY_SECONDS: Final = 10
_UNSHOWN: Final = ("_old", "_rows", "format", "_return_query")


class Failure(NamedTuple):
    """Why there is no answer: the status, sentences by parameter, and what to do next."""

    status: int
    problems: Mapping[str, Sequence[str]]
    advice: str = ""
    retry_seconds: int | None = None


class Search(NamedTuple):
    """A search: *pairs* are the address, *whole* has what it leaves out, too; *now* is its time."""

    pairs: Pairs
    whole: Pairs
    request: Request
    now: datetime


def whole(pairs: Pairs) -> Pairs:
    """Return the parameters with those that the page has and REST has not, or has otherwise."""
    names = {name for name, _ in pairs}
    result = list(without(pairs, *_UNSHOWN, "_results_number"))
    if "_columns" not in names:
        result += [("_columns", name) for name in COLUMNS]
    if "_facets" not in names and not any(name.startswith(("_aggs.",)) for name in names):
        result += [("_facets", name) for name in FACETS]
    result.append(("_facets", "_histogram.date"))
    if "_facets_size" not in names:
        result.append(("_facets_size", str(TERMS)))
    return (*result, *_numbers(pairs))


def _numbers(pairs: Pairs) -> Pairs:
    """Return how many hits: those of a page at most; what is no number stays, to be refused."""
    numbers = [value for name, value in pairs if name == "_results_number"] or [str(PAGE_SIZE)]
    return tuple(
        ("_results_number", str(MOST_HITS) if _is_larger(number) else number) for number in numbers
    )


def _is_larger(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 5 and int(number) > MOST_HITS


def parse(pairs: Pairs, now: datetime, permitted: Permitted) -> Search:
    """Return the search of an address. Raises InvalidSearch and ProtectedFields."""
    parameters = whole(pairs)
    request = _with_crash_id(read(parameters, now, permitted))
    if not any(name.startswith("_histogram_interval.") for name, _ in pairs):
        interval = interval_of(request.query.end - request.query.start)
        if interval != "1d":
            parameters = (*parameters, ("_histogram_interval.date", interval))
            request = replace(request, query=_with_interval(request.query, interval))
    return Search(pairs, parameters, request, now)


def _with_crash_id(request: Request) -> Request:
    """Ask for the crash id, too: engines return the columns only, and rows link to it."""
    columns = request.query.columns
    if CRASH_ID in columns:
        return request
    return replace(request, query=replace(request.query, columns=(*columns, CRASH_ID)))


def _with_interval(query: Query, interval: str) -> Query:
    return replace(
        query,
        aggregations=tuple(
            replace(item, interval=interval) if item.name == HISTOGRAM else item
            for item in query.aggregations
        ),
    )


def interval_of(span: timedelta) -> str:
    """Return the interval of the histogram: at most a hundred bars."""
    if span <= timedelta(days=3):
        return "1h"
    return "1d" if span <= timedelta(days=100) else "1w"


def ask(engine: Engine | None, query: Query, permitted: Permitted) -> Result:
    """Return the answer. Raises what engines raise, and SearchUnavailable without Postgres."""
    if engine is None:
        raise SearchUnavailable("this server has no search engine")
    try:
        return engine.search(query, permitted)
    except Unavailable:
        raise SearchUnavailable(NO_DATABASE) from None


REFUSALS: Final = (InvalidSearch, ProtectedFields, TooSlow, TooManySearches, SearchUnavailable)


def failure(error: Exception) -> Failure:
    """Return why there is no answer, in words."""
    match error:
        case InvalidSearch():
            return Failure(400, error.errors)
        case ProtectedFields():
            return Failure(
                403,
                {"Permission denied": (f"{error}",)},
                f"Sign in with a user that has the permission {VIEW_PII}, or take the field out.",
            )
        case TooSlow():
            return Failure(
                400, {"Stopped": (str(error),)},
                "Ask for one day, one product or one version first; fewer facets help, too.",
            )  # fmt: skip
        case TooManySearches():
            return Failure(
                503, {"Busy": ("Too many searches are running.",)},
                "Try again in a few seconds.", BUSY_SECONDS,
            )  # fmt: skip
    problem = {"No results": (f"Search is unavailable: {str(error).rstrip('.')}.",)}
    advice = "Try again in a minute."
    if str(error) != NO_DATABASE:  # other pages are from it
        advice = f"Top crashers, reports and signatures do not need it. {advice}"
    return Failure(503, problem, advice, AWAY_SECONDS)
