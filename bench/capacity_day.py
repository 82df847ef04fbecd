"""Minute by minute through three days, of which the second one has the incident. Pure.

    posts -> spool -> crashmovers -> waiting jobs -> processors

The spool grows while crashmovers take less than is posted, the queue while processors take less
than is moved. Machines of a line are all busy with the same crashes, so what a stage can do in a
minute is a function of what is posted in it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DAY: Final = 24 * 60  # minutes
DAYS: Final = 3
BUSIEST: Final = DAY + 15 * 60  # the busiest minute of the second day, 15:00
SLACK: Final = 0.5  # a crash: sums of floating numbers are not exact
Capacity = Callable[[float], float]  # crashes posted in a minute -> crashes handled in it


@dataclass(frozen=True)
class Incident:
    """What happens around the busiest minute, for *minutes*."""

    name: str
    minutes: int
    factor: float = 1.0  # times as many posts
    store_away: bool = False
    processors_away: bool = False

    def lasts(self, minute: int) -> bool:
        """Whether it is going on."""
        return BUSIEST - self.minutes // 2 <= minute < self.end

    @property
    def end(self) -> int:
        """The first minute after it."""
        return BUSIEST - self.minutes // 2 + self.minutes


@dataclass(frozen=True)
class Stages:
    """What crashmovers and processors can do, and which share of crashes is processed."""

    movers: Capacity
    processors: Capacity
    share: float


@dataclass(frozen=True)
class Outcome:
    """What an incident did: crashes at most in spool and queue, minutes to have neither.

    *oldest* is the longest that a crash waited in spool and queue, minutes; *caught_up* counts
    from the end of the incident and is None when the three days were too short.
    """

    spool: float
    queue: float
    oldest: int
    caught_up: int | None


def posts(minute: int, peak: float, peak_to_mean: float) -> float:
    """Return the posts of a minute: a day's curve of which *peak* is the highest point."""
    swing = peak_to_mean - 1
    wave = math.cos(2 * math.pi * (minute - BUSIEST) / DAY)
    return peak * (1 + swing * wave) / (1 + swing)


def go_through(incident: Incident, stages: Stages, peak: float, peak_to_mean: float) -> Outcome:
    """Return what *incident* does to a line that takes *peak* posts in the busiest minute."""
    spool = queue = most_spool = most_queue = 0.0
    arrived: list[float] = []  # crashes to process that were posted up to a minute
    processed, oldest, next_one = 0.0, 0, 0
    caught_up: int | None = None
    for minute in range(DAYS * DAY):
        on = incident.lasts(minute)
        new = posts(minute, peak, peak_to_mean) * (incident.factor if on else 1.0)
        moved = 0.0 if on and incident.store_away else min(spool + new, stages.movers(new))
        spool += new - moved
        queue += moved * stages.share
        idle = on and incident.processors_away
        done = 0.0 if idle else min(queue, stages.processors(new))
        queue -= done
        processed += done
        arrived.append((arrived[-1] if arrived else 0.0) + new * stages.share)
        while next_one <= minute and arrived[next_one] <= processed + SLACK:
            next_one += 1
        most_spool, most_queue = max(most_spool, spool), max(most_queue, queue)
        oldest = max(oldest, minute + 1 - next_one)
        if minute >= incident.end and caught_up is None and spool + queue < 1:
            caught_up = minute - incident.end
    return Outcome(most_spool, most_queue, oldest, caught_up)
