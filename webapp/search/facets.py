"""Counts beside the hits: each value narrows the search, or leaves it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.utils.safestring import SafeString, mark_safe

from socorro.questions.words import percent
from socorro.search.interface import Aggregation, Result, Term
from socorro.search.web_query import Pairs
from webapp.frame import cells
from webapp.search import elsewhere, filters
from webapp.search.address import url
from webapp.search.days import split_by
from webapp.search.filters import LONGEST_ADDRESS
from webapp.search.search import HISTOGRAM, Search

MOST_SHOWN: Final = 400  # values on one page; CSV and JSON have the rest
FEWEST: Final = 5  # of each facet
MOST_WITHIN: Final = 5  # values within a value


class Count(NamedTuple):
    """One value: how many crashes, which share of all in words, and its two links, or ""."""

    text: SafeString
    name: str
    crash_count: int
    estimated_count: int
    share: str
    include: str
    exclude: str
    within: Sequence[str] = ()


class Facet(NamedTuple):
    """The counts of one field; *number* is how many different values, where that is counted."""

    key: str
    name: str
    counts: Sequence[Count]
    left_out: int
    is_sampled: bool
    csv: str
    number: int | None = None


def facets(path: str, search: Search, result: Result) -> list[Facet]:
    """Return the facets of a search in their order; days are the histogram's."""
    aggregations = [
        item
        for item in search.request.query.aggregations
        if item.name != HISTOGRAM or (item.inner and split_by(item) is None)
    ]
    most = max(FEWEST, MOST_SHOWN // (len(aggregations) or 1))
    return [_facet(path, search, result, item, most, at) for at, item in enumerate(aggregations)]


def _facet(
    path: str, search: Search, result: Result, item: Aggregation, most: int, at: int
) -> Facet:
    terms, key = result.counts[item.name], f"facet-{at}"
    csv = (
        ""
        if item.inner
        else elsewhere.counts_csv(path, search.whole, ("_facets", _parameter(item)))
    )
    if isinstance(terms, int):
        return Facet(key, item.name.removeprefix("cardinality_"), (), 0, False, csv, terms)
    counts = [_count(path, search.pairs, item, term, result.total) for term in terms[:most]]
    sampled = any(count.estimated_count != count.crash_count for count in counts)
    return Facet(key, _title(item), counts, len(terms) - len(counts), sampled, csv)


def _title(item: Aggregation) -> str:
    return item.name.removeprefix("histogram_")


def _parameter(item: Aggregation) -> str:
    return f"_{item.name.replace('_', '.', 1)}" if item.kind != "terms" else item.name


def _count(path: str, pairs: Pairs, item: Aggregation, term: Term, total: int) -> Count:
    text = written(term.value)
    linked = item.kind == "terms" and sum(len(name) + len(text) for name, text in pairs) < (
        LONGEST_ADDRESS
    )
    include = filters.narrowed(pairs, item.name, item.field, term.value) if linked else None
    exclude = filters.excluded(pairs, item.name, item.field, term.value) if linked else None
    return Count(
        _wrapping(text or "(empty text)"),
        text[:80] or "(empty text)",
        term.count,
        round(term.estimated),
        _share(term.count, total),
        url(path, include) if include else "",
        url(path, exclude) if exclude else "",
        [line for inner in item.inner for line in _within(inner, term.inner[inner.name])],
    )


def _share(count: int, total: int) -> str:
    """Return the share in percent; a small one is not called none."""
    share = count / total if total else 0.0
    return "<0.1 %" if 0 < share < 0.0005 else percent(share)


def _wrapping(text: str) -> SafeString:
    """Write a value; the id of an add-on may wrap after @, too."""
    return mark_safe(cells.text(text).replace("@", "@<wbr>"))  # noqa: S308  text() escapes


def _within(item: Aggregation, terms: Sequence[Term] | int) -> list[str]:
    """Return what is counted within a value, a line for each."""
    if isinstance(terms, int):
        return [f"{terms:,} different {item.field.name}"]
    lines = [
        f"{written(term.value)[:80] or '(empty text)'}: {term.count:,}"
        + "".join(
            f" ({inner.field.name}: {', '.join(_within(inner, term.inner[inner.name]))})"
            for inner in item.inner
        )
        for term in terms[:MOST_WITHIN]
    ]
    left = len(terms) - len(lines)
    return [*lines, f"{left:,} more"] if left else lines


def written(value: object) -> str:
    """Write a value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"  # the start of an interval
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
