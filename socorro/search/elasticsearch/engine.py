"""Answers searches by Elasticsearch."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from elasticsearch import Elasticsearch

from socorro.search.elasticsearch.client import (
    BUSY,
    DAMAGED,
    NARROW,
    connect,
    errors_of_search,
)
from socorro.search.elasticsearch.mapping import indices
from socorro.search.elasticsearch.request import body, text_of_key
from socorro.search.elasticsearch.response import long_terms, result, text_in, with_texts
from socorro.search.interface import (
    Permitted,
    Problem,
    Query,
    Result,
    SearchField,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
    check_hits,
)

_GRACE_SECONDS = 1.5  # for the answer of a search that used up its time
_CHECK_SECONDS = 2.0
_LONG_TEXTS = 50  # fetched at once


class Limits(NamedTuple):
    """What one search may take, and how many may run *at_once* in this process.

    *hits* are those of one page.
    """

    seconds: float = 4.0
    at_once: int = 8
    hits: int = 10_000


DEFAULT = Limits()
Waiting = Callable[[datetime, datetime], Collection[datetime]]  # hours that changed and wait


class ElasticsearchEngine:
    """Searches the weekly indices that begin with *prefix*."""

    def __init__(
        self,
        server: Elasticsearch | str,
        prefix: str = "socorro",
        limits: Limits = DEFAULT,
        waiting: Waiting = lambda _start, _end: (),
    ) -> None:
        self._client = connect(server) if isinstance(server, str) else server
        self._prefix, self._limits, self._waiting = prefix, limits, waiting
        self._running = BoundedSemaphore(limits.at_once)

    def search(self, query: Query, permitted: Permitted) -> Result:
        """Answer a query. An answer that lacks a part is an error, never a short answer."""
        if not permitted.protected and query.protected:
            names = sorted(field.name for field in query.fields() if not field.public)
            raise PermissionError(", ".join(names))
        check_hits(query, self._limits.hits)
        if query.start >= query.end:
            return result(query, {})
        if not self._running.acquire(blocking=False):
            raise TooManySearches(BUSY)
        try:
            late = list(self._waiting(query.start, query.end))  # first: an hour may be fed now
            answer = self._search(query)
            return replace(answer, problems=[*answer.problems, *_late(late)])
        finally:
            self._running.release()

    def _search(self, query: Query) -> Result:
        seconds = self._limits.seconds
        client = self._client.options(request_timeout=seconds + _GRACE_SECONDS)
        with errors_of_search(client):
            response = client.search(
                index=indices(self._prefix, query.start, query.end),
                ignore_unavailable=True,  # a week without crashes has no index
                allow_no_indices=True,
                allow_partial_search_results=False,
                body=body(query, seconds),
            )
        if response["timed_out"]:
            raise TooSlow(NARROW)
        if response["_shards"]["failed"]:
            raise SearchUnavailable(DAMAGED)
        answer = result(query, response.body)
        keys = [(field, key) for field, some in long_terms(query, answer).items() for key in some]
        return with_texts(query, answer, self._texts(query, keys)) if keys else answer

    def _texts(self, query: Query, keys: list[tuple[SearchField, str]]) -> dict[str, str]:
        """Return the long texts of keys, each from one of the crashes that have it."""
        client = self._client.options(request_timeout=self._limits.seconds + _GRACE_SECONDS)
        texts: dict[str, str] = {}
        for first in range(0, len(keys), _LONG_TEXTS):
            some = keys[first : first + _LONG_TEXTS]
            lines: list[Mapping[str, Any]] = []
            for field, key in some:
                lines += [{}, text_of_key(query, field, key)]
            with errors_of_search(client):
                answers = client.msearch(
                    index=indices(self._prefix, query.start, query.end),
                    searches=lines,
                    ignore_unavailable=True,
                    allow_no_indices=True,
                )
            for (field, key), answer in zip(some, answers["responses"], strict=True):
                hits = answer.get("hits", {}).get("hits")
                if not hits:  # removed meanwhile, or damaged
                    raise SearchUnavailable(DAMAGED)
                texts[key] = text_in(field, hits[0]["_source"], key)
        return texts

    def check(self) -> None:
        """Raise SearchUnavailable when Elasticsearch is away, or a weekly index is red."""
        client = self._client.options(request_timeout=_CHECK_SECONDS)
        try:
            with errors_of_search(client):
                health = client.cluster.health(index=f"{self._prefix}-*", level="cluster")
        except (TooSlow, TooManySearches):
            raise SearchUnavailable(DAMAGED) from None
        if health["status"] == "red":
            raise SearchUnavailable(DAMAGED)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _late(hours: list[datetime]) -> list[Problem]:
    if not hours:
        return []
    count = "1 hour has" if len(hours) == 1 else f"{len(hours):,} hours have"
    text = f"{count} changed and {'is' if len(hours) == 1 else 'are'} not searched as new yet"
    return [Problem("late_hours", text, min(hours), max(hours) + timedelta(hours=1))]
