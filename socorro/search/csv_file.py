"""The hits of a search as one CSV file, read page by page; whole before the first byte is sent."""

import io
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from socorro.search.document import csv_lines
from socorro.search.errors import InvalidSearch
from socorro.search.interface import Query, Result
from socorro.search.parameters import Request

LARGEST: Final = 32 * 2**20  # bytes
SECONDS: Final = 20
PAGE: Final = 1_000  # hits that the engine is asked for at once
TOO_LARGE: Final = "The CSV is too large: ask for fewer hits or columns, or for pages (_next)."


def csv_file(search: Callable[[Query], Result], request: Request) -> bytes:
    """Return the hits, or without hits the one facet, as *search* answers with them.

    Raises what *search* raises, and InvalidSearch when it becomes too large or takes too long.
    """
    deadline = time.monotonic() + SECONDS
    query = replace(request.query, number=min(request.query.number, PAGE))
    left = request.query.number
    file = io.BytesIO()
    for has_header in itertools.chain([False], itertools.repeat(True)):
        result = search(query)
        file.writelines(itertools.islice(csv_lines(request, result), int(has_header), None))
        left -= len(result.hits)
        if left <= 0 or result.cursor is None:
            return file.getvalue()
        if file.tell() > LARGEST or time.monotonic() > deadline:
            raise InvalidSearch({"_results_number": (TOO_LARGE,)})
        query = replace(
            query, after=result.cursor, offset=0, number=min(left, PAGE), aggregations=()
        )
    raise AssertionError("there are pages until there is no cursor")
