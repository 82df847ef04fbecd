"""Dates as searches write them: a date alone is a whole day, a time needs an operator. All UTC."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from socorro.search.errors import quote

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
TICK = timedelta(microseconds=1)  # times are kept in microseconds
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    # A "+" that was not percent-encoded in an address arrives as a space.
    r"(?P<zone>Z|[-+ ]\d{2}:\d{2})?)?",
    re.ASCII,
)


class Moment(NamedTuple):
    """What a text names: [start, end), a day or a microsecond."""

    start: datetime
    end: datetime
    is_day: bool


def read_date(text: str) -> Moment:
    """Read 2026-11-29 or 2026-11-29T12:30:00+00:00; without a zone it is UTC.

    Raises ValueError with a sentence.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(_not_a_date(text))
    day, time, zone = match["day"], match["time"], (match["zone"] or "Z").replace(" ", "+")
    try:
        start = datetime.fromisoformat(f"{day}T{time or '00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_not_a_date(text)) from None
    if not EARLIEST_YEAR <= start.year <= LATEST_YEAR:
        raise ValueError(f"{quote(text)} is out of range (years {EARLIEST_YEAR} to {LATEST_YEAR}).")
    return Moment(start, start + (TICK if time else timedelta(days=1)), time is None)


def _not_a_date(text: str) -> str:
    return f"{quote(text)} is not a date (write e.g. 2026-11-29 or 2026-11-29T12:30:00)."
