"""Which slots are due, from the progress of each job and the time. Pure.

Rules, after the crontabber of 2012:

* A job that is not backfill runs for the latest slot that is due, which covers missed ones. A
  backfill job runs for every missed slot, once each and in order: for the next one only after this
  one succeeded.
* A job waits while a job that it needs has failed, or has not succeeded yet for this slot (or for
  its own latest one, where that ends sooner). Jobs that are off are not waited for.
* After a failure it waits for its period, five minutes at most; then twice as long each time, up to
  an hour.
* A clock that jumps back makes nothing due, but jobs that work through marks (`has_work`) run
  anyway: see is_ahead. One that jumps ahead makes at most MOST_MISSED slots
  of a backfill job due: older ones are passed over, and that is logged.
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
class Progress:
    """How far a job is: up to when its slots are done, and its failures since."""

    done_until: datetime | None = None
    errors: int = 0  # failures since the last success
    next_try: datetime | None = None


class Due(NamedTuple):
    """A slot of a job that is to run now; *passed_over* older ones are given up."""

    job: Job
    slot: Slot
    passed_over: int = 0


def due(
    jobs: Sequence[Job],
    progress: Mapping[str, Progress],
    now: datetime,
    off: frozenset[str],
) -> list[Due]:
    """Return what may run now, at most one slot of a job: frequent jobs first, then old slots."""
    ready = []
    for job in jobs:
        candidate = None if job.name in off else next_slot(job, _of(progress, job), now)
        if (
            candidate
            and may_try(_of(progress, job), now)
            and not waits_for(jobs, candidate, progress, now, off)
        ):
            ready.append(candidate)
    return sorted(ready, key=lambda entry: (entry.job.period.length, entry.slot.end))


def next_slot(job: Job, progress: Progress, now: datetime) -> Due | None:
    """Return the slot that *job* has to do next, even if it has to wait; None when all are done."""
    latest = job.period.latest(now)
    if progress.done_until is None:
        return Due(job, latest)
    if progress.done_until >= latest.end:
        return None
    if not job.backfill:
        return Due(job, latest)
    first = job.period.at(progress.done_until)
    missed = (latest.start - first.start) // job.period.length + 1
    if missed <= MOST_MISSED:
        return Due(job, first)
    passed_over = missed - MOST_MISSED
    return Due(job, job.period.at(first.start + passed_over * job.period.length), passed_over)


def is_ahead(job: Job, progress: Progress, now: datetime) -> bool:
    """Return whether *job* is done beyond *now* by more than its period: the clock was set back."""
    return progress.done_until is not None and progress.done_until - now > job.period.length


def may_try(progress: Progress, now: datetime) -> bool:
    """Return whether the wait after a failure is over.

    A wait that is longer than any we set was set before the clock was set back: it is over, too.
    """
    return progress.next_try is None or not now < progress.next_try <= now + _MOST_WAIT


def waits_for(
    jobs: Sequence[Job],
    candidate: Due,
    progress: Mapping[str, Progress],
    now: datetime,
    off: frozenset[str],
) -> str:
    """Return the name of a job that has to succeed before the candidate; "" for none."""
    for job in jobs:
        if job.name in candidate.job.needs and job.name not in off:
            needed = _of(progress, job)
            until = min(candidate.slot.end, job.period.latest(now).end)
            if needed.errors or needed.done_until is None or needed.done_until < until:
                return job.name
    return ""


def wait_after(job: Job, errors: int) -> timedelta:
    """Return how long to wait after the failure number *errors* in a row."""
    first = min(_FIRST_WAIT, max(_LEAST_WAIT, job.period.length))
    doublings: int = min(errors - 1, 20)
    return min(_MOST_WAIT, first * (1 << doublings))


def _of(progress: Mapping[str, Progress], job: Job) -> Progress:
    return progress.get(job.name, Progress())
