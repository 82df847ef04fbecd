"""Rules that all crash stores share: limits, spans of time. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from socorro.crash import RawCrash
from socorro.crash_id import day_of
from socorro.crashstore.interface import CannotStore, Level

MOST_BYTES: Final = 64 * 2**20  # dumps of one crash together, or a compressed processed crash
LONGEST_NAME: Final = 255  # characters of a dump name
MOST_DUMPS: Final = 100
DANGLES_FOR: Final = timedelta(days=1)  # longer than any put takes; older drafts are swept

LENGTH: Final[Mapping[Level, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def check_raw(raw: RawCrash, dumps: Mapping[str, bytes]) -> None:
    """Raise CannotStore unless the crash keeps the limits that every store relies on."""
    if raw.submitted.astimezone(UTC).date() != day_of(raw.crash_id):
        raise CannotStore("the date in the crash id is not the date of submission")
    if len(dumps) > MOST_DUMPS:
        raise CannotStore(f"{len(dumps)} dumps; at most {MOST_DUMPS} are allowed")
    if any(not 0 < len(name) <= LONGEST_NAME for name in dumps):
        raise CannotStore(f"a dump name is empty or longer than {LONGEST_NAME} characters")
    size = sum(len(body) for body in dumps.values())
    if size > MOST_BYTES:
        raise CannotStore(f"{size} bytes of dumps; at most {MOST_BYTES} are allowed")


def check_processed(text: bytes) -> None:
    """Raise CannotStore when the compressed processed crash is larger than any store takes."""
    if len(text) > MOST_BYTES:
        raise CannotStore(
            f"a processed crash of {len(text)} bytes; at most {MOST_BYTES} are allowed"
        )


def span(level: Level, time: datetime) -> datetime:
    """Return the start of the minute, hour or day, UTC, that *time* is in."""
    minute = time.astimezone(UTC).replace(second=0, microsecond=0)
    if level == "minute":
        return minute
    hour = minute.replace(minute=0)
    return hour if level == "hour" else hour.replace(hour=0)
