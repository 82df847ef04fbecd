"""Functions that call each other without end: one repetition of a, b, a, b, … and the others."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from webapp.crashstats.stack import Call

LONGEST = 20  # frames that repeat
FEWEST = 3  # times, from which on they are folded


class Stretch(NamedTuple):
    """A piece of a stack: *calls* in rows, and those after them that only *repeat* them."""

    calls: list[Call]
    repeats: list[Call]
    times: int = 1

    @property
    def frames(self) -> int:
        """How many frames one repetition has."""
        return sum(call.times for call in self.calls if not call.is_inlined)

    @property
    def sentence(self) -> str:
        """`The 2 frames above repeat: 200 times, frames 3 to 402`."""
        first, last = self.calls[0].number, self.repeats[-1]
        numbers = f"frames {first:,} to {last.number + last.times - 1:,}"
        return f"The {self.frames:,} frames above repeat: {self.times:,} times, {numbers}"

    @property
    def hides_signature(self) -> bool:
        """Whether a frame is in the signature that is not in it the first time."""
        return any(
            call.role == "signature" and self.calls[place % len(self.calls)].role != "signature"
            for place, call in enumerate(self.repeats)
        )


def stretches(calls: Sequence[Call]) -> list[Stretch]:
    """Divide the rows of a stack at what repeats at least three times."""
    frames = [list(frame) for _, frame in groupby(calls, lambda call: call.number)]
    kinds: dict[tuple[Call, ...], int] = {}
    numbers = [kinds.setdefault(_kind(frame), len(kinds)) for frame in frames]
    listed: list[Stretch] = []
    place = 0
    while place < len(frames):
        length, times = _cycle(numbers, place)
        first, end = place + length, place + length * times
        listed.append(Stretch(_calls(frames[place:first]), _calls(frames[first:end]), times))
        place = end
    return listed


def _calls(frames: Sequence[list[Call]]) -> list[Call]:
    return [call for frame in frames for call in frame]


def _kind(frame: Sequence[Call]) -> tuple[Call, ...]:
    return tuple(call.unmarked() for call in frame)


def _cycle(numbers: Sequence[int], place: int) -> tuple[int, int]:
    """Return how many frames repeat from a place on, and how often: the most that do."""
    best = (1, 1)
    for length in range(2, LONGEST + 1):
        start, times = numbers[place : place + length], 1
        while numbers[place + length * times : place + length * (times + 1)] == start:
            times += 1
        if times >= FEWEST and length * times > best[0] * best[1]:
            best = (length, times)
    return best
