"""When a job is due. A period cuts time into slots; a slot is due some time after its end. Pure.

The daily job of 02:00 is due for the day 2026-11-23 on 2026-11-24 at 02:00, UTC. Days begin at
00:00 and weeks on Monday, UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

_MONDAY: Final = datetime(2001, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Slot(NamedTuple):
    """The time [start, end), UTC, that one run of a job is for."""

    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """The day on which the slot begins."""
        return self.start.date()


@dataclass(frozen=True)
class Period:
    """Slots of one *length* (that divides a week), each due *after* its end."""

    text: str
    length: timedelta
    after: timedelta = timedelta()

    def at(self, moment: datetime) -> Slot:
        """Return the slot that contains *moment*."""
        start = moment - (moment - _MONDAY) % self.length
        return Slot(start, start + self.length)

    def latest(self, now: datetime) -> Slot:
        """Return the last slot that is due."""
        return self.at(now - self.after - self.length)

    def due(self, slot: Slot) -> datetime:
        """Return when *slot* is due."""
        return slot.end + self.after

    def between(self, start: datetime, end: datetime) -> list[Slot]:
        """Return the slots that overlap [start, end)."""
        slots = []
        slot = self.at(start)
        while slot.start < end:
            slots.append(slot)
            slot = self.at(slot.end)
        return slots


def every(seconds: int = 0, minutes: int = 0) -> Period:
    """Return the period of a job that runs all the time, every so many seconds or minutes."""
    length = timedelta(seconds=seconds, minutes=minutes)
    return Period(f"every {minutes} min" if minutes else f"every {seconds} s", length)


def hourly(minute: int = 0) -> Period:
    """Return the period of a job that runs for each hour, at *minute* of the next one."""
    return Period(f"hourly at :{minute:02}", timedelta(hours=1), timedelta(minutes=minute))


def daily(at: str) -> Period:
    """Return the period of a job that runs for each day, on the next one *at* "HH:MM", UTC."""
    return Period(f"daily at {at}", _DAY, _time(at))


def weekly(day: int, at: str) -> Period:
    """Return the period of a job for each week, in the next on *day* (0: Monday) *at* "HH:MM"."""
    return Period(f"weekly, {_DAYS[day]} at {at}", _WEEK, timedelta(days=day) + _time(at))


def _time(text: str) -> timedelta:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time (expected e.g. 02:00)")
    return timedelta(hours=int(match[1]), minutes=int(match[2]))
