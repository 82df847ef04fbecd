"""When nothing matches: which filters keep the crashes out, and what was probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from socorro.search.interface import Engine, Permitted, SearchField
from socorro.search.web_query import Pairs, read
from socorro.visible import visible
from webapp.search import address, filters
from webapp.search.filters import Row
from webapp.search.search import REFUSALS, Search, ask

MOST: Final = 3  # filters that are tried: each takes a search
NEAREST: Final = 3  # values
SHOWN: Final = 100  # characters of a value
FEW_VALUES: Final = frozenset(
    {"product", "version", "release_channel", "os_name", "os_pretty_version", "process_type"}
)
_TIMES: Final = ("date", "submitted_timestamp")
_VALUES: Final = 100  # of a field, among which the nearest are looked for: comparing takes time


class Blamed(NamedTuple):
    """A filter without which crashes match: how many, their address, and the nearest values."""

    text: str
    total: int
    address: str
    nearest: Sequence[tuple[str, str]]  # each with the address of its search


def blamed(engine: Engine | None, search: Search, path: str, permitted: Permitted) -> list[Blamed]:
    """Return the filters of a search without a match that are to blame, the first few tried.

    Nothing when the engine refuses: the page says that nothing matches all the same.
    """
    rows = [row for row in filters.rows(search.pairs) if row.field not in _TIMES]
    tried = []
    try:
        for row in rows[:MOST]:
            tried.append(_without(engine, search, row, path, permitted))
    except REFUSALS:
        pass
    return [one for one in tried if one.total]


def _without(
    engine: Engine | None, search: Search, row: Row, path: str, permitted: Permitted
) -> Blamed:
    field = filters.field_of(row.field)
    is_named = field is not None and field.name in FEW_VALUES and row.operator in ("", "=")
    counts: Pairs = (("_facets", row.field), ("_facets_size", str(_VALUES))) if is_named else ()
    matching = tuple(one for one in row.rest if address.is_filter(one[0]) or one[0] == "q")
    query = read((*matching, ("_results_number", "0"), *counts), search.now, permitted).query
    result = ask(engine, query, permitted)
    values = [
        str(term.value)
        for item in query.aggregations
        if not isinstance(terms := result.counts[item.name], int)
        for term in terms
    ]
    nearest = _nearest(field, row, values, path) if field and is_named else []
    text = visible(f"{row.field}: {row.operator}{row.value[:SHOWN]}")
    return Blamed(text, result.total, address.url(path, row.rest), nearest)


def _nearest(
    field: SearchField, row: Row, values: Sequence[str], path: str
) -> list[tuple[str, str]]:
    by_name = {value.lower(): value for value in values if len(value) <= SHOWN}
    alike = get_close_matches(row.value[:SHOWN].lower(), list(by_name), NEAREST)
    links = []
    for name in alike:
        text = filters.write(field, by_name[name])
        if text is not None:
            links.append((by_name[name], address.url(path, (*row.rest, (row.field, text)))))
    return links
