"""The same search as REST, as a file, and as a command. Pure.

A file comes from the page itself, which knows what the visitor may see; REST knows tokens only.
"""

import shlex
from typing import Final

from socorro.search.web_query import CSV_LIMITS, Pairs
from webapp.search.address import url, without

REST: Final = "/api/SuperSearch/"
_OPTIONS: Final = {"_facets": "--facets", "_columns": "--columns", "_sort": "--sort"}
_NUMBERS: Final = {"_facets_size": "--facets-size", "_results_number": "--limit"}
_NOT_OF_FILES: Final = ("_facets", "_facets_size", "_results_number", "_results_offset", "_next")


def rest(whole: Pairs) -> str:
    """Return the address of the REST call."""
    return url(REST, whole)


def hits_csv(path: str, whole: Pairs, total: int) -> str:
    """Return the address of all hits as a file, up to what a file may have."""
    kept = [pair for pair in without(whole, *_NOT_OF_FILES) if not _counts(pair[0])]
    number = str(max(1, min(total, CSV_LIMITS.hits)))
    parameters = [*kept, ("_facets", ""), ("_results_number", number), ("format", "csv")]
    return url(path, parameters)


def counts_csv(path: str, whole: Pairs, facet: tuple[str, str]) -> str:
    """Return the address of one count as a file; *facet* is the parameter that asks for it."""
    kept = [
        pair
        for pair in without(whole, *_NOT_OF_FILES, "_columns", "_sort")
        if not _counts(pair[0]) or pair[0].startswith("_histogram_interval.")
    ]
    size = dict(whole).get("_facets_size", "50")
    more = [facet, ("_facets_size", size), ("_results_number", "0")]
    return url(path, [*kept, *more, ("format", "csv")])


def command(whole: Pairs) -> str:
    """Return the command, as a shell takes it."""
    words = ["socorro", "search"]
    lists: dict[str, list[str]] = {option: [] for option in _OPTIONS.values()}
    numbers: list[str] = []
    for name, value in whole:
        if name in _OPTIONS:
            lists[_OPTIONS[name]] += [value] if value else []
        elif name in _NUMBERS:
            numbers += [_NUMBERS[name], value]
        elif name.startswith(("_aggs.", "_histogram.")):
            lists["--facets"].append(f"{name.removeprefix('_aggs.')}.{value}")
        else:
            words.append(f"{name}={value}")
    for option, names in lists.items():
        if names:
            words.append(f"{option}={','.join(names)}")
    return shlex.join([*words, *numbers])


def _counts(name: str) -> bool:
    return name.startswith(("_aggs.", "_histogram"))
