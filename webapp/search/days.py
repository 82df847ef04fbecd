"""Crashes by day (or hour, or week) as bars, with zero where a search covers days without any."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from socorro.search.aggregations import length_of
from socorro.search.interface import Aggregation, Result, Term
from webapp import charts
from webapp.search import elsewhere
from webapp.search.search import HISTOGRAM, Search

DAY, HOUR = "1d", "1h"
NAMES: Final = {DAY: "day", HOUR: "hour", "1w": "week"}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MONDAY: Final = datetime(1970, 1, 5, tzinfo=UTC)


class Days(NamedTuple):
    """The chart and where it comes from; *note* says which bars are shorter than the others."""

    chart: charts.Chart
    csv: str
    note: str


def days(path: str, search: Search, result: Result) -> Days | None:
    """Return the bars of a search; None when nothing is counted by time."""
    query = search.request.query
    item = next((one for one in query.aggregations if one.name == HISTOGRAM), None)
    terms = result.counts.get(HISTOGRAM)
    if item is None or terms is None or isinstance(terms, int):
        return None
    interval = str(item.interval)
    starts = starts_of(query.start, query.end, interval)
    at = [_place(start, interval) for start in starts]
    inner = split_by(item)
    series = _series(terms, starts, inner.name if inner else "")
    name = NAMES.get(interval, interval)
    chart = charts.bars("by-time", f"Crashes by {name}", "reports", at, series)
    facet = ("_histogram.date", inner.name) if inner else ("_facets", "_histogram.date")
    csv = elsewhere.counts_csv(path, search.whole, facet)
    return Days(chart, csv, _note(starts, query.start, query.end, interval))


def split_by(item: Aggregation) -> Aggregation | None:
    """Return the field by whose values bars are split; None: they are not."""
    inner = item.inner[0] if len(item.inner) == 1 else None
    return inner if inner and inner.kind == "terms" and not inner.inner else None


def starts_of(start: datetime, end: datetime, interval: str) -> list[datetime]:
    """Return where the intervals of [start, end) begin, as engines count them."""
    length = length_of(interval)
    origin = FIRST_MONDAY if interval.endswith("w") else EPOCH
    first = origin + (start - origin) // length * length
    count = -((first - end) // length)
    return [first + number * length for number in range(count)]


def _place(start: datetime, interval: str) -> Any:
    if interval == DAY:
        return start.date()
    if interval == HOUR:
        return start
    return f"{start:%Y-%m-%d}" if length_of(interval) >= timedelta(days=1) else f"{start:%F %H:%M}"


def _series(terms: Sequence[Term], starts: Sequence[datetime], within: str) -> list[charts.Series]:
    by_start = {term.value.astimezone(UTC): term for term in terms}
    totals = [by_start[start].count if start in by_start else 0 for start in starts]
    if not within:
        return [charts.Series("reports", totals)]
    values: dict[str, list[float | None]] = {}
    for number, start in enumerate(starts):
        counts = by_start[start].inner[within] if start in by_start else ()
        for count in () if isinstance(counts, int) else counts:
            one = values.setdefault(str(count.value), [0.0] * len(starts))
            one[number] = count.count
    ordered = sorted(values.items(), key=lambda pair: -sum(filter(None, pair[1])))
    return [charts.Series(name, numbers) for name, numbers in ordered]


def _note(starts: Sequence[datetime], start: datetime, end: datetime, interval: str) -> str:
    """Say which of the bars cover a part of their time only."""
    if not starts:
        return ""
    last = starts[-1] + length_of(interval)
    partial = [f"the first begins at {start:%Y-%m-%d %H:%M}"] * (starts[0] < start)
    partial += [f"the last ends at {end:%Y-%m-%d %H:%M}"] * (end < last)
    return f"Partial bars: {', '.join(partial)} UTC." if partial else ""
