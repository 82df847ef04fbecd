"""The connection to Elasticsearch, and its errors as those of a search."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch

from socorro.search.interface import SearchUnavailable, TooManySearches, TooSlow

NARROW = "the search takes too long: narrow the dates or add a filter"
REPEATS = "the regular expression is too complex for Elasticsearch: make it shorter"
AWAY = "search is unavailable: Elasticsearch does not answer"
DAMAGED = "search is unavailable: an index of Elasticsearch is missing or damaged"
BUSY = "too many searches run: try again"
_PING_SECONDS = 1.0

# Errors that another query would not have, by their type anywhere in the answer.
_TOO_MUCH = (
    "too_many_buckets_exception",
    "circuit_breaking_exception",
    "too_many_clauses",
    "timeout_exception",
)
_TOO_LARGE = "automaton is too large"
_TIME_OVER = "Time exceeded"


def connect(url: str) -> Elasticsearch:
    """Return a client of the server at a URL; nothing is sent yet, and nothing is retried."""
    return Elasticsearch(url, max_retries=0, retry_on_timeout=False)


@contextmanager
def errors_of_search(client: Elasticsearch) -> Iterator[None]:
    """Turn the client's errors into TooSlow, TooManySearches, SearchUnavailable."""
    try:
        yield
    except ConnectionTimeout:
        raise (TooSlow(NARROW) if _pings(client) else SearchUnavailable(AWAY)) from None
    except TransportError:
        raise SearchUnavailable(AWAY) from None
    except ApiError as error:
        raise _translated(error) from None


def _pings(client: Elasticsearch) -> bool:
    """Return whether the server answers at all."""
    return bool(client.options(request_timeout=_PING_SECONDS).ping())


def _translated(error: ApiError) -> Exception:
    types = set(_types(error.body))
    if types.intersection(_TOO_MUCH) or _TIME_OVER in str(error.body):
        return TooSlow(NARROW)
    if _TOO_LARGE in str(error.body) or "too_complex_to_determinize_exception" in types:
        return TooSlow(REPEATS)
    if "es_rejected_execution_exception" in types or error.status_code == 429:
        return TooManySearches(BUSY)
    return SearchUnavailable(DAMAGED)


def _types(body: Any) -> Iterator[str]:
    """Return the types of an error and of all its causes."""
    if isinstance(body, dict):
        if isinstance(body.get("type"), str):
            yield body["type"]
        body = list(body.values())
    if isinstance(body, list):
        for inner in body:
            yield from _types(inner)
