"""What no crash store takes, and how both cut time: rules that the two stores share. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from socorro.crash import RawCrash
from socorro.crash_id import day_of
from socorro.crashstore.interface import CannotStore, Level

MOST_BYTES: Final = 64 * 2**20  # dumps of one crash together; collectors allow less
LONGEST_NAME: Final = 255  # characters of a dump name
MOST_DUMPS: Final = 100

LENGTH: Final[Mapping[Level, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def must_fit(raw: RawCrash, dumps: Mapping[str, bytes]) -> None:
    """Raise CannotStore when the crash breaks a promise that every store relies on."""
    if raw.submitted.astimezone(UTC).date() != day_of(raw.crash_id):
        raise CannotStore("the date in the crash id is not that of its submission")
    if len(dumps) > MOST_DUMPS:
        raise CannotStore(f"{len(dumps)} dumps; {MOST_DUMPS} are allowed")
    if any(not 0 < len(name) <= LONGEST_NAME for name in dumps):
        raise CannotStore(f"a dump name is empty or longer than {LONGEST_NAME} characters")
    size = sum(len(body) for body in dumps.values())
    if size > MOST_BYTES:
        raise CannotStore(f"{size} bytes of dumps; {MOST_BYTES} are allowed")


def span(level: Level, time: datetime) -> datetime:
    """Return the start of the minute, hour or day, UTC, that *time* is in."""
    minute = time.astimezone(UTC).replace(second=0, microsecond=0)
    if level == "minute":
        return minute
    hour = minute.replace(minute=0)
    return hour if level == "hour" else hour.replace(hour=0)
