"""Which files there are, and which hours have none."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from socorro.search.interface import SearchUnavailable
from socorro.search.segments import layout
from socorro.search.segments.layout import DAY, ONE_HOUR, Visibility

TRIES = 3  # a folder that changes while it is read is read again


class NoData(SearchUnavailable):
    """There is no folder of files."""


class Listing(NamedTuple):
    """The files by hour, oldest first, and the hours without any between the first and the last."""

    hours: Mapping[datetime, tuple[Path, ...]]
    gaps: Sequence[datetime]


def scan(root: Path, visibility: Visibility, start: datetime, end: datetime) -> Listing:
    """List the hours that overlap [start, end). Raises SearchUnavailable; NoData is one."""
    days = _days(root / visibility)
    first, last = layout.hour_of(start), end.astimezone(UTC)
    hours: dict[datetime, tuple[Path, ...]] = {}
    for day in days:
        if f"{first:%Y-%m-%d}" <= day.name <= f"{last:%Y-%m-%d}":
            hours |= {hour: paths for hour, paths in _hours(day) if first <= hour < last}
    return Listing(hours, list(_gaps(days, hours, first, last)))


def _gaps(
    days: Sequence[Path],
    hours: Mapping[datetime, tuple[Path, ...]],
    first: datetime,
    last: datetime,
) -> Iterator[datetime]:
    oldest = next((hour for day in days for hour, _ in _hours(day)), None)
    newest = next((hour for day in reversed(days) for hour, _ in reversed(_hours(day))), None)
    if oldest is None or newest is None:
        return
    hour, end = max(first, oldest), min(last, newest)
    while hour < end:
        if hour not in hours:
            yield hour
        hour += ONE_HOUR


def _days(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if DAY.fullmatch(path.name))
    except FileNotFoundError:
        raise NoData(
            "Search has no data: it has some soon after the next crash is processed."
        ) from None
    except OSError:
        raise SearchUnavailable("The folder of the search data cannot be read.") from None


def _hours(day: Path) -> list[tuple[datetime, tuple[Path, ...]]]:
    segments = [segment for name in _names(day) if (segment := layout.parse(day / name))]
    return list(layout.places(segments).items())


def _names(day: Path) -> list[str]:
    """The names in the folder of a day, all of one moment: a merge may be under way."""
    for _ in range(TRIES):
        try:
            before = day.stat().st_mtime_ns
            names = [path.name for path in day.iterdir()]
            if day.stat().st_mtime_ns == before:
                break
        except FileNotFoundError:  # retention
            return []
        except OSError:
            raise SearchUnavailable("A folder of the search data cannot be read.") from None
    return names
