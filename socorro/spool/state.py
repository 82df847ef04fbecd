"""What the spool holds now, in numbers: for the heartbeat of those that use it."""

import os
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Final, NamedTuple

from socorro import metrics
from socorro.spool.entry import age, entries, folders, names
from socorro.spool.spool import Spool

MOST: Final = 100_000  # entries that are counted
LINE_BYTES: Final = 37  # of a log: a crash id and the end of its line


class SpoolState(NamedTuple):
    """What a spool holds.

    *spool* is the id in its marker. *waiting* and *quarantined* count crashes, to MOST.
    *oldest_seconds* is the age of the oldest waiting one, None without any. *free_bytes* is what is
    free on the disk beyond the reserve, of *size_bytes*.
    """

    spool: str
    waiting: int
    oldest_seconds: float | None
    quarantined: int
    free_bytes: int
    size_bytes: int


def state(spool: Spool) -> SpoolState:
    """Return what *spool* holds. Raises SpoolUnavailable and OSError."""
    spool.require()
    waiting = chain.from_iterable(entries(it, names(it)) for it in folders(spool.minutes))
    oldest = next(waiting, None)
    disk = os.statvfs(spool.root)
    return SpoolState(
        spool.marker_id,
        0 if oldest is None else 1 + sum(1 for _ in islice(waiting, MOST - 1)),
        _age(oldest.json) if oldest else None,
        sum(1 for _ in islice(spool.quarantined_entries(), MOST)),
        max(0, disk.f_bavail * disk.f_frsize - spool.reserve),
        disk.f_blocks * disk.f_frsize,
    )


def measure(spool: Spool) -> None:
    """Set the gauges of *spool* and its disk. Raises SpoolUnavailable and OSError."""
    now = state(spool)
    metrics.spool_waiting.labels(now.spool).set(now.waiting)
    metrics.spool_oldest_seconds.labels(now.spool).set(now.oldest_seconds or 0.0)
    metrics.spool_quarantined.labels(now.spool).set(now.quarantined)
    metrics.disk_free_bytes.labels("spool").set(now.free_bytes)
    metrics.disk_size_bytes.labels("spool").set(now.size_bytes)


def accepted_bytes(spool: Spool, now: datetime) -> dict[date, int]:
    """Return the length of the logs of accepted crashes, of today and yesterday, UTC."""
    today = now.astimezone(UTC).date()
    lengths = {}
    for day in (today - timedelta(days=1), today):
        try:
            lengths[day] = os.stat(spool.logs.log_of(day)).st_size
        except FileNotFoundError:
            lengths[day] = 0
    return lengths


def _age(path: str) -> float | None:
    try:
        return max(0.0, age(path))
    except FileNotFoundError:  # it was moved just now
        return None
