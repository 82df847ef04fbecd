"""Which hours have the crashes of a page: counted by file, as far as files say it.

Reading the time of every crash costs more than a facet. The file of an hour has crashes of that
hour only, so its path says it; that of a day says enough for a histogram of days. The hours of a
day that has one file are counted for a histogram of hours, and for a page far behind its first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from socorro.search.interface import Aggregation, Query, Term
from socorro.search.segments import counting, hits, keys, layout
from socorro.search.segments.counting import BY_FILE, BY_HOUR, Counts
from socorro.search.segments.layout import HOURS, ONE_HOUR
from socorro.search.segments.run import Run
from socorro.search.segments.view import View

ONE_DAY: Final = timedelta(days=1)
FAR: Final = 1000  # crashes; a page behind more of a day is looked for in its hours


class Page(NamedTuple):
    """How many crashes match, and in which *hours* a page is, behind *offset* others of these.

    *is_wide*: the hours are those of days, most of whose crashes are on no page near this one.
    """

    total: int
    estimated: float
    counts: Counts
    hours: Collection[datetime]
    offset: int
    is_wide: bool = False


def place(run: Run, view: View) -> Page:
    """Count the crashes of a query, and return where its page is."""
    query = view.query
    summed = [item for item in query.aggregations if _is_of_hours(item)]
    others = [item for item in query.aggregations if item not in summed]
    days = view.days()
    if days and not _days_suffice(query, summed):
        spans, counts = counting.by(run, BY_HOUR, others)
        days = frozenset()
    else:
        files, counts = counting.by(run, BY_FILE, others)
        spans = _spans(files, days)
    for item in summed:
        terms = _summed(item, spans)
        run.spend(len(terms))
        counts[item.name] = terms
    crashes = {span.value: span.count for span in spans}
    return Page(
        sum(crashes.values()),
        sum(span.estimated for span in spans),
        {item.name: counts[item.name] for item in query.aggregations},
        *_hours(run, view, crashes, days),
    )


def _days_suffice(query: Query, summed: Sequence[Aggregation]) -> bool:
    """Say whether counts of whole days will do: what is behind a cursor is counted by hour."""
    return query.after is None and not any(keys.step(item.interval) % ONE_DAY for item in summed)


def _spans(files: Sequence[Term], days: Collection[datetime]) -> list[Term]:
    """Return the crashes of each hour, and of each of the *days* by its midnight."""
    sums: dict[datetime, tuple[int, float]] = {}
    for file in files:
        segment = layout.parse(Path(file.value))
        if segment is None:
            raise ValueError("a file that is no segment was read")
        midnight = segment.hour.replace(hour=0)
        start = midnight if midnight in days else segment.hour
        crash_count, estimated = sums.get(start, (0, 0.0))
        sums[start] = crash_count + file.count, estimated + file.estimated
    return [Term(start, *sums[start], {}) for start in sorted(sums)]


def _hours(
    run: Run, view: View, crashes: Mapping[datetime, int], days: Collection[datetime]
) -> tuple[Collection[datetime], int, bool]:
    """Return the end of a Page; *crashes* are counted by hour, and those of *days* by day."""
    query = view.query
    spans, offset = hits.hours_of_page(query, crashes)
    within = [span + number * ONE_HOUR for span in spans if span in days for number in range(HOURS)]
    is_by_time = hits.is_by_time(query)
    if not within or not is_by_time or offset <= FAR:
        hours = [*(span for span in spans if span not in days), *within]
        return hours, offset, bool(within) and is_by_time
    run.narrow(view.source(within))
    refined, _ = counting.by(run, BY_HOUR, ())
    rest = {span: crashes[span] for span in crashes if span not in days or span not in spans}
    counts = rest | {hour.value: hour.count for hour in refined}
    return *hits.hours_of_page(query, counts), False


def _is_of_hours(item: Aggregation) -> bool:
    """Say whether an aggregation is a sum of hours of submission."""
    return (
        item.kind == "histogram"
        and item.field == BY_HOUR.field
        and not item.inner
        and not keys.step(item.interval) % ONE_HOUR
    )


def _summed(item: Aggregation, spans: Sequence[Term]) -> list[Term]:
    sums: dict[datetime, tuple[int, float]] = {}
    for span in spans:
        start = keys.start(item.interval, span.value)
        crash_count, estimated = sums.get(start, (0, 0.0))
        sums[start] = crash_count + span.count, estimated + span.estimated
    return [Term(start, *sums[start], {}) for start in sorted(sums)]
