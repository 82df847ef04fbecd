"""The query of an address, or a form, as a search: what REST and the page read the same way. Pure.

Addresses of search pages are copied into scripts, so parameters that only a page has are let pass.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from socorro.search.errors import InvalidSearch
from socorro.search.interface import Permitted
from socorro.search.parameters import Limits, Request, parse

LIMITS: Final = Limits()
CSV_LIMITS: Final = LIMITS._replace(hits=50_000)  # a file is read at leisure, JSON in pages
PAGE_ONLY: Final = ("page", "refresh", "_rows", "_old")

Pairs = tuple[tuple[str, str], ...]


def decode(text: str) -> Pairs:
    """Return the parameters of a query, in their order, blank ones too. Raises InvalidSearch."""
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=LIMITS.parameters))
    except ValueError:
        problem = f"The search has more than {LIMITS.parameters} parameters."
        raise InvalidSearch({"query": (problem,)}) from None


def read(pairs: Iterable[tuple[str, str]], now: datetime, permitted: Permitted) -> Request:
    """Return the search that parameters write. Raises InvalidSearch and ProtectedFields."""
    due = [pair for pair in pairs if pair[0] not in PAGE_ONLY]
    limits = CSV_LIMITS if ("format", "csv") in due else LIMITS
    return parse(due, now, permitted, limits)
