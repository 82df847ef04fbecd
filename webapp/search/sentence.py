"""The sentence at the top of the page: how many crashes match, and what most of them share."""

from typing import Final, NamedTuple

from socorro.search.interface import Result
from webapp.search.facets import written
from webapp.search.search import Search

LONGEST_VALUE: Final = 100  # characters of a value
_WORDS: Final = {
    "os_name": "on {}",
    "os_pretty_version": "on {}",
    "os_version": "on {}",
    "version": "in version {}",
    "product": "in {}",
    "release_channel": "on the channel {}",
    "process_type": "in the process {}",
    "signature": "with the signature {}",
}
_ORDER: Final = ("os_pretty_version", "os_name", "version", "signature", "product")


class Sentence(NamedTuple):
    """The number of reports, the crashes that they stand for (None: the same), and a share."""

    total: int
    estimated: int | None
    percent: float | None = None
    share: str = ""


def sentence(search: Search, result: Result) -> Sentence:
    """Return what the sentence says; the share is that of the first value of one facet."""
    estimated = round(result.estimated)
    said = Sentence(result.total, estimated if estimated != result.total else None)
    items = {
        item.field.name: item for item in search.request.query.aggregations if item.kind == "terms"
    }
    for name in sorted(items, key=lambda name: _ORDER.index(name) if name in _ORDER else 99):
        terms = result.counts[items[name].name]
        # A value that all crashes have, because they were searched by it, says nothing.
        if isinstance(terms, int) or not terms or terms[0].count == result.total:
            continue
        text = written(terms[0].value)[:LONGEST_VALUE]
        share = _WORDS.get(name, f"with {name} {{}}").format(text)
        return said._replace(percent=100 * terms[0].count / result.total, share=share)
    return said
