"""Crashes of each hour of the last day, by product, as a chart of bars."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from socorro.no_product import shown
from socorro.queries.activity import Hour
from webapp import charts
from webapp.charts.series import OTHER

HOURS = 24
ONE_HOUR = timedelta(hours=1)


class LastDay(NamedTuple):
    """The chart of the 24 hours, and what the sentence above it says of them."""

    drawing: charts.Chart
    total: int
    last_hour: int
    last_start: datetime  # of the current hour
    quiet_since: datetime  # end of the last hour with crashes; the start, without any


def window(now: datetime) -> tuple[datetime, datetime]:
    """Return the 24 hours of the chart, [start, end); the last one is the current hour."""
    end = now.replace(minute=0, second=0, microsecond=0) + ONE_HOUR
    return end - timedelta(hours=HOURS), end


def chart(entries: Sequence[Hour], start: datetime) -> LastDay:
    """Draw the crashes of the 24 hours from *start*, the products with most crashes first."""
    counts = {(entry.hour, _name(entry.product)): entry.crash_count for entry in entries}
    by_name: dict[str, int] = {}
    by_hour: dict[datetime, int] = {}
    for (hour, name), count in counts.items():
        by_name[name] = by_name.get(name, 0) + count
        by_hour[hour] = by_hour.get(hour, 0) + count
    hours = [start + ONE_HOUR * index for index in range(HOURS)]
    series = [
        charts.Series(name, [counts.get((hour, name), 0) for hour in hours])
        for name in sorted(by_name, key=lambda name: (name == OTHER, -by_name[name], name))
    ]
    return LastDay(
        charts.bars("hours", "Crashes per hour in the last 24 hours, UTC", "", hours, series),
        sum(by_name.values()),
        by_hour.get(hours[-1], 0),
        hours[-1],
        max((hour + ONE_HOUR for hour, count in by_hour.items() if count), default=start),
    )


def _name(product: str | None) -> str:
    return OTHER if product is None else shown(product)
