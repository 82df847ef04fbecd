"""The last 24 hours of the status page: queue, wait and rate, by hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from socorro.queries.server_status import ServerStatus
from webapp.charts import Chart, Series, lines

HOURS = 24
ONE_HOUR = timedelta(hours=1)


def charts(history: Sequence[ServerStatus], now: datetime) -> list[Chart]:
    """Return three charts by UTC hour; an hour without a row is a gap, the running hour is so far.

    A row belongs to the hour in which its five minutes began.
    """
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - ONE_HOUR * back for back in range(HOURS - 1, -1, -1)]
    by_hour = {
        hour: [row for row in history if hour < row.recorded_at <= hour + ONE_HOUR]
        for hour in hours
    }
    rows = list(by_hour.values())
    return [
        lines(
            "queue", "Longest queue of the hour", "crashes", hours,
            [Series("queue", [max((_queue(row) for row in one), default=None) for one in rows])],
        ),
        lines(
            "wait", "Mean time from submission to report", "seconds", hours,
            [Series("wait", [_wait(one) for one in rows])],
        ),
        lines(
            "rate", "Crashes processed", "crashes per hour, the last so far", hours,
            [Series("rate", [sum(row.completed_count for row in one) if one else None
                             for one in rows])],
        ),
    ]  # fmt: skip


def _queue(row: ServerStatus) -> int:
    return row.waiting_count + row.running_count


def _wait(rows: Sequence[ServerStatus]) -> float | None:
    """Return the mean wait, seconds, of all crashes of an hour; None without any."""
    waits = [
        (row.average_wait_seconds, row.completed_count)
        for row in rows
        if row.average_wait_seconds is not None
    ]
    total = sum(count for _, count in waits)
    return sum(seconds * count for seconds, count in waits) / total if total else None
