"""What is due: given what is known of each job, and the time. Pure.

Rules, after the crontabber of 2012:

* A job that is not backfill runs for the latest slot that is due; what was missed is covered by
  that. A backfill job is given every missed slot, once each and in order: the next one only after
  this one succeeded.
* A job waits while a job that it needs has failed, or has not succeeded yet for this slot (or for
  its own latest one, where that ends sooner). Jobs that are off are not waited for.
* After a failure it waits: its period, but five minutes at most; then doubling, up to an hour.
* A clock that jumps back makes nothing due. One that jumps ahead makes MOST_MISSED slots of a
  backfill job due at most: the older ones are passed over, and that is logged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cron.job import Job
from cron.period import Slot

MOST_MISSED: Final = 200
_FIRST_WAIT: Final = timedelta(minutes=5)
_LEAST_WAIT: Final = timedelta(seconds=30)
_MOST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Known:
    """What is known of a job: up to when its slots are done, and how it failed since."""

    done_until: datetime | None = None
    errors: int = 0  # failures since the last success
    next_try: datetime | None = None


class Due(NamedTuple):
    """A slot of a job that is to run now; *passed_over* older ones are given up."""

    job: Job
    slot: Slot
    passed_over: int = 0


def due(
    jobs: Sequence[Job], known: Mapping[str, Known], now: datetime, off: frozenset[str]
) -> list[Due]:
    """Return what may run now, at most one slot of a job: frequent jobs first, then old slots."""
    found = []
    for job in jobs:
        wanted = None if job.name in off else next_slot(job, _of(known, job), now)
        if (
            wanted
            and may_try(_of(known, job), now)
            and not waits_for(jobs, wanted, known, now, off)
        ):
            found.append(wanted)
    return sorted(found, key=lambda each: (each.job.period.length, each.slot.end))


def next_slot(job: Job, known: Known, now: datetime) -> Due | None:
    """Return the slot that *job* has to do next, be it held up or not; None when all are done."""
    latest = job.period.latest(now)
    if known.done_until is None:
        return Due(job, latest)
    if known.done_until >= latest.end:
        return None
    if not job.backfill:
        return Due(job, latest)
    first = job.period.at(known.done_until)
    missed = (latest.start - first.start) // job.period.length + 1
    if missed <= MOST_MISSED:
        return Due(job, first)
    passed_over = missed - MOST_MISSED
    return Due(job, job.period.at(first.start + passed_over * job.period.length), passed_over)


def may_try(known: Known, now: datetime) -> bool:
    """Say whether the wait after a failure is over.

    A wait that is longer than any we give was given before the clock was set back.
    """
    return known.next_try is None or not now < known.next_try <= now + _MOST_WAIT


def waits_for(
    jobs: Sequence[Job], wanted: Due, known: Mapping[str, Known], now: datetime, off: frozenset[str]
) -> str:
    """Return the name of a job that has to succeed before; "" when there is none."""
    for job in jobs:
        if job.name in wanted.job.needs and job.name not in off:
            theirs = _of(known, job)
            until = min(wanted.slot.end, job.period.latest(now).end)
            if theirs.errors or theirs.done_until is None or theirs.done_until < until:
                return job.name
    return ""


def wait_after(job: Job, errors: int) -> timedelta:
    """Return how long to wait after the failure number *errors* in a row."""
    first = min(_FIRST_WAIT, max(_LEAST_WAIT, job.period.length))
    doublings: int = min(errors - 1, 20)
    return min(_MOST_WAIT, first * (1 << doublings))


def _of(known: Mapping[str, Known], job: Job) -> Known:
    return known.get(job.name, Known())
