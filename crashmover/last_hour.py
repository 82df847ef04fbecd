"""How many crashes came into the spool and left it in the last hour, from samples. Pure."""

from collections import deque
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from socorro.spool.state import LINE_BYTES

SECONDS: Final = 3600.0


class Counts(NamedTuple):
    """Crashes of the last *seconds*: an hour, or less after a start."""

    seconds: float
    accepted: int
    moved: int


class _Sample(NamedTuple):
    at: float
    accepted: int
    moved: int


class LastHour:
    """Keeps samples of an hour. Accepted crashes are read from the length of the days' logs."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque()
        self._lengths: Mapping[date, int] = {}
        self._accepted = 0
        self._moved = 0

    def note_moved(self, crashes: int) -> None:
        """Count crashes that left the spool."""
        self._moved += crashes

    def sample(self, at: float, lengths: Mapping[date, int]) -> None:
        """Note at a time of the monotonic clock how long the logs are, bytes by day."""
        if self._samples:  # the first sample says where the hour begins
            for day, length in lengths.items():
                self._accepted += max(0, length - self._lengths.get(day, 0)) // LINE_BYTES
        self._lengths = lengths
        self._samples.append(_Sample(at, self._accepted, self._moved))
        while len(self._samples) > 1 and self._samples[1].at <= at - SECONDS:
            self._samples.popleft()

    def counts(self) -> Counts | None:
        """Return the crashes between the first and the last sample; None with fewer than two."""
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        return Counts(last.at - first.at, last.accepted - first.accepted, last.moved - first.moved)
