"""What the clock knows of its jobs, in Postgres; the only place that writes it.

Times are those of Postgres, so all runners go by one clock. A run takes the advisory lock of its
job in a session of its own and holds it until it ends, however it ends: two runs of a job never
overlap, whatever a row says. What a run writes at its end is fenced by its own name.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cron.config import CronConfig
from cron.job import Done, Job
from cron.period import Slot
from cron.schedule import wait_after
from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)


class TakenOver(Exception):
    """Somebody else runs the job by now: what this run did is done again."""


class Begun(NamedTuple):
    """What a run finds when it begins."""

    done_until: datetime | None
    now: datetime


class _Moment(NamedTuple):
    moment: datetime


class _Answer(NamedTuple):
    is_so: bool


class _Errors(NamedTuple):
    errors: int


def declare(db: Connection, jobs: Sequence[Job], config: CronConfig) -> None:
    """Write down which jobs there are."""
    for place, job in enumerate(jobs):
        execute(
            db,
            SQL["declare"],
            job=job.name,
            place=place,
            does=job.does,
            period=job.period.text,
            needs=list(job.needs),
            off=job.off(config),
            limit=job.seconds,
        )


def now(db: Connection) -> datetime:
    """Return the time at which this transaction began."""
    return rows(db, SQL["now"], _Moment)[0].moment


def lock(db: Connection, job: Job) -> bool:
    """Take the lock of *job* for as long as this session lives; False when somebody has it."""
    return rows(db, SQL["lock"], _Answer, job=job.name)[0].is_so


def begin(db: Connection, job: Job, slot: Slot, by: str, forced: bool) -> Begun | None:
    """Note that *by* runs *slot*; None when somebody has done it meanwhile."""
    execute(db, SQL["log_lost"], job=job.name)
    execute(db, SQL["clear"], job=job.name)  # we have the lock: whoever stands there is dead
    told = {"job": job.name, "start": slot.start, "end": slot.end, "by": by, "forced": forced}
    found = rows(db, SQL["begin"], Begun, **told)
    return found[0] if found else None


def succeed(db: Connection, job: Job, slot: Slot, by: str, begun: Begun, done: Done) -> None:
    """Note that *slot* is done. Raises TakenOver.

    A backfill job that was made to run a later slot than its next still has to do those between.
    """
    advances = not job.backfill or begun.done_until is None or slot.start <= begun.done_until
    until = max(slot.end, begun.done_until or slot.end) if advances else begun.done_until
    told = {"job": job.name, "by": by}
    execute(db, SQL["log"], outcome="done", rows=done.rows, notes=done.notes[:100], **told)
    changed = execute(
        db, SQL["succeed"], advances=advances, end=slot.end, next_run=_next(job, until), **told
    )
    if not changed:
        raise TakenOver


def fail(db: Connection, job: Job, by: str, kind: str, error: str, outcome: str = "failed") -> None:
    """Note that a run failed, and when it may be tried again."""
    earlier = rows(db, SQL["errors"], _Errors, job=job.name)
    wait = wait_after(job, earlier[0].errors + 1 if earlier else 1)
    told = {"job": job.name, "by": by}
    execute(db, SQL["log"], outcome=outcome, rows=0, notes=[f"{kind}: {error}"], **told)
    execute(db, SQL["fail"], wait=wait, type=kind, error=error, **told)


def give_back(db: Connection, job: Job, by: str) -> None:
    """Note that a run was stopped with its runner: no failure."""
    execute(db, SQL["give_back"], job=job.name, by=by)


def nothing_to_do(db: Connection, job: Job, slot: Slot) -> None:
    """Note that *slot* is done without a run."""
    next_run = _next(job, slot.end)
    execute(db, SQL["nothing_to_do"], job=job.name, end=slot.end, next_run=next_run)


def pass_over(db: Connection, job: Job, slot: Slot, slots: int, by: str) -> None:
    """Give up what was missed before *slot*."""
    execute(db, SQL["pass_over"], job=job.name, start=slot.start)
    notes = [f"{slots} slots before this one were missed too long ago and passed over"]
    execute(db, SQL["log_passed_over"], job=job.name, start=slot.start, notes=notes, by=by)


def wait(db: Connection, job: str, waits_for: str) -> None:
    """Note for which other job a job waits; "" for none."""
    execute(db, SQL["wait"], job=job, waits_for=waits_for)


def reset(db: Connection, job: str, since: datetime | None) -> bool:
    """Forget failures of a job, and from *since* on that it ran; False when it is not known."""
    return bool(execute(db, SQL["reset"], job=job, since=since))


def _next(job: Job, until: datetime | None) -> datetime | None:
    return None if until is None else job.period.due(job.period.at(until))
