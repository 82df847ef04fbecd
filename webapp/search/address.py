"""The address of the search page: the parameters of SuperSearch, and what leads to them. Pure.

The form has a row for each filter (`_field`, `_operator`, `_value`), lists of names as one text
(`_columns=uuid,date`), and blanks; other pages carry `channel`, `os`, `days`, …; Crash Stats counts
pages (`page=2`). All of that is written as classic parameters, to which the page leads on:

    ?_field=signature&_operator=~&_value=OOM&_field=&_operator=&_value=   ?signature=~OOM
    ?product=Firefox&channel=beta&days=7          ?product=Firefox&release_channel=beta&date=>=…
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Final
from urllib.parse import urlencode

from socorro.search.parameters import NESTED, REPEATED, SINGLE
from socorro.search.values import SYMBOLS
from socorro.search.web_query import Pairs

ROW: Final = ("_field", "_operator", "_value")
LISTS: Final = ("_columns", "_facets", "_sort")
CARRIED: Final = {
    "channel": "release_channel",
    "os": "os_name",
    "process": "process_type",
}
SPAN: Final = ("days", "from", "to")
PAGE_SIZE: Final = 50
MOST_ROWS: Final = 20  # empty ones
ELSEWHERE: Final = ("_results_offset", "_next", "page", "format", "_return_query")
NO_VALUE: Final = ("__null__", "!__null__")
OPERATORS: Final = frozenset(
    {f"{negation}{symbol}" for negation in ("", "!") for symbol in ("", "__null__", *SYMBOLS)}
)


def is_canonical(pairs: Pairs) -> bool:
    """Return whether an address has classic parameters only."""
    return not any(
        name in (*ROW, "_add", "page", "refresh", *CARRIED, *SPAN)
        or (name in LISTS and "," in value)
        or (name in ("q", "_columns") and not value.strip())
        for name, value in pairs
    )


def canonical(pairs: Pairs, today: date) -> Pairs:
    """Return the classic parameters that an address means; *today* is the running UTC day."""
    result: list[tuple[str, str]] = []
    for name, value in pairs:
        if name in (*ROW, "_add", "_rows", "page", "refresh", *SPAN):
            continue
        if name in LISTS:
            result += [(name, item.strip()) for item in value.split(",") if item.strip()]
            if name == "_facets" and not value.strip():
                result.append((name, ""))
        elif name not in ("q", "_columns") or value.strip():
            result.append((CARRIED.get(name, name), value))
    result += [*_filters(pairs), *_span(pairs, today), *_page(pairs), *_empty_rows(pairs)]
    return tuple(dict.fromkeys(result)) if len(set(result)) < len(result) else tuple(result)


def _filters(pairs: Pairs) -> list[tuple[str, str]]:
    """Return the filters of the rows of the form; empty rows are left out."""
    columns = [[value for key, value in pairs if key == name] for name in ROW]
    filters = []
    for field, operator, value in zip_longest(*columns, fillvalue=""):
        if not (field.strip() or value.strip() or operator in NO_VALUE):
            continue
        if operator not in OPERATORS:
            operator = ""
        text = operator if operator in NO_VALUE else f"{operator}{value}"
        filters.append((field.strip(), text))
    return filters


def _span(pairs: Pairs, today: date) -> list[tuple[str, str]]:
    """Return the dates of other pages: whole UTC days that are over."""
    texts = dict(pairs)
    days = texts.get("days", "")
    if days.isascii() and days.isdigit() and 0 < int(days[:4]) <= 365:
        return [("date", f">={today - timedelta(int(days[:4]))}"), ("date", f"<{today}")]
    start, end = texts.get("from", ""), texts.get("to", "")
    return [("date", f">={start}")] * bool(start) + [("date", f"<{end}")] * bool(end)


def _page(pairs: Pairs) -> list[tuple[str, str]]:
    """Return where a numbered page of Crash Stats begins."""
    texts = dict(pairs)
    page, size = texts.get("page", ""), texts.get("_results_number", "")
    if not (page.isascii() and page.isdigit() and int(page[:6]) > 1):
        return []
    number = int(size) if size.isascii() and size.isdigit() and len(size) < 5 else PAGE_SIZE
    return [("_results_offset", str((int(page[:6]) - 1) * number))]


def _empty_rows(pairs: Pairs) -> list[tuple[str, str]]:
    if not any(name == "_add" for name, _ in pairs):
        return []
    return [("_rows", str(min(MOST_ROWS, empty_rows(pairs) + 1)))]


def empty_rows(pairs: Pairs) -> int:
    """Return how many empty rows the form has: at least one."""
    text = dict(pairs).get("_rows", "")
    return min(MOST_ROWS, int(text[:3])) or 1 if text.isascii() and text.isdigit() else 1


def is_filter(name: str) -> bool:
    """Return whether a parameter is a field, and not what a search returns."""
    return name not in (*SINGLE, *REPEATED) and not name.startswith(("_", *NESTED))


def url(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return an address."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def without(pairs: Pairs, *names: str) -> Pairs:
    """Return the parameters without these."""
    return tuple(pair for pair in pairs if pair[0] not in names)


def first_page(pairs: Pairs) -> Pairs:
    """Return the parameters of the same search from its first hit on."""
    return without(pairs, *ELSEWHERE, "_old", "_rows")


def until(pairs: Pairs, end: datetime) -> Pairs:
    """Return the parameters of a search that ends at a moment, to the second.

    So the pages of a search that goes up to now do not move while they are read.
    """
    return (*pairs, ("date", f"<{end.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"))
