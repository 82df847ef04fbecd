"""What the page asks search: one pass for all shares, the comments, and reports in other orders.

A search runs beside the statements of the page, which waits for it no longer than it may. What
comes later is kept for the visitor who loads the page again, unless it is protected.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from threading import Thread
from typing import Any, Final, NamedTuple, TypeVar

from django.core.cache import cache

from socorro import log
from socorro.postgres import Unavailable
from socorro.search.interface import (
    Engine,
    Permitted,
    Query,
    Result,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
)

SECONDS: Final = 1.5  # that a page waits for all its searches together
KEPT_SECONDS: Final = 60

Answer = TypeVar("Answer")


class Missing(Exception):
    """There is no answer; the text says why, and what to do."""


class Search(NamedTuple):
    """A search under way."""

    future: "Future[Any]"
    deadline: float

    def answer(self) -> Any:
        """Return the answer, or raise Missing when it is not there in time."""
        try:
            return self.future.result(max(0.0, self.deadline - time.monotonic()))
        except NotYet:
            text = "Search takes longer than usual. Load the page again in a few seconds."
            raise Missing(text) from None


class Searches:
    """The searches of one page: its visitor may see *permitted* fields."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
        self._deadline = time.monotonic() + SECONDS

    def begin(self, query: Query, permitted: Permitted, read: Callable[[Result], Answer]) -> Search:
        """Begin a search, whose result *read* turns into the answer."""
        key = _key(query, permitted)
        future: Future[Any] = Future()
        search = Search(future, self._deadline)
        kept = None if query.protected else cache.get(key)
        if kept is not None:
            future.set_result(kept)
            return search

        def run() -> None:
            try:
                answer = read(_ask(self._engine, query, permitted))
                if not query.protected:
                    cache.set(key, answer, KEPT_SECONDS)
                future.set_result(answer)
            except Exception as error:
                if not isinstance(error, Missing):
                    log.get().error("search of a page failed", error=type(error).__name__)
                    error = Missing("Search failed. The log of the webapp has the details.")
                future.set_exception(error)

        Thread(target=run, name="signature-search", daemon=True).start()
        return search


def hits(result: Result) -> tuple[Sequence[Any], int]:
    """Return the hits, and how many there are in all."""
    return list(result.hits), result.total


def _ask(engine: Engine | None, query: Query, permitted: Permitted) -> Result:
    if engine is None:
        raise Missing("This server has no search engine.")
    try:
        return engine.search(query, permitted)
    except TooSlow:
        raise Missing("The search took too long. Choose fewer days.") from None
    except TooManySearches:
        raise Missing("Too many searches run now. Load the page again.") from None
    except (SearchUnavailable, *Unavailable):
        raise Missing("Search is unavailable. Load the page again later.") from None


def _key(query: Query, permitted: Permitted) -> str:
    return "signature-" + hashlib.sha256(repr((query, permitted)).encode()).hexdigest()
