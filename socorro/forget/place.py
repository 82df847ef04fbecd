"""What a place that has something of crashes promises to whoever removes them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple, Protocol

from socorro.crash_id import CrashId, day_of
from socorro.jobs.forgotten import Token


class Going(NamedTuple):
    """The crashes to remove: what stands for each of their ids where something must."""

    tokens: Mapping[CrashId, Token]

    @property
    def ids(self) -> Collection[CrashId]:
        """Their ids."""
        return self.tokens.keys()

    def days(self) -> list[date]:
        """Return the UTC days on which they were submitted, oldest first."""
        return sorted({day_of(crash_id) for crash_id in self.ids})

    def of_day(self, day: date) -> dict[CrashId, Token]:
        """Return those of one day."""
        return {one: token for one, token in self.tokens.items() if day_of(one) == day}


class PlaceAway(Exception):
    """A place cannot be read or written now; the text says what to do."""


class Place(Protocol):
    """One place. Removing what is not there is no error, and may be repeated after a kill."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def count(self, going: Going) -> int:
        """Return how many traces of the crashes it has: files, rows or lines. Raises PlaceAway."""
        ...

    def remove(self, going: Going) -> None:
        """Remove all of them. Raises PlaceAway."""
        ...
