"""The state of the clock's jobs in Postgres; only this module writes it.

Times are those of Postgres, so all runners go by one clock. A run takes the advisory lock of its
job in a session of its own and holds it until it ends, however it ends: two runs of a job never
overlap, whatever the rows say. What a run writes at its end is fenced by its own name.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cron.config import CronConfig
from cron.job import MOST_NOTES, Done, Job
from cron.period import Slot
from cron.schedule import wait_after
from socorro.postgres import Connection, execute, load_sql, rows, value

SQL = load_sql(__file__)


class TakenOver(Exception):
    """Another runner has taken the job over: it does again what this run did."""


class Begun(NamedTuple):
    """Progress of the job and the time, when a run begins."""

    done_until: datetime | None
    now: datetime


def declare(db: Connection, jobs: Sequence[Job], config: CronConfig) -> None:
    """Write the table of jobs to Postgres."""
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
    moment: datetime = value(db, SQL["now"])
    return moment


def lock(db: Connection, job: Job) -> bool:
    """Take the lock of *job* until this session ends; return False when another session has it."""
    return bool(value(db, SQL["lock"], job=job.name))


def begin(db: Connection, job: Job, slot: Slot, by: str, forced: bool) -> Begun | None:
    """Record that *by* runs *slot*; return None when another run has done it meanwhile."""
    execute(db, SQL["log_lost"], job=job.name)
    execute(db, SQL["clear"], job=job.name)  # we have the lock: the runner in that row is dead
    begun = rows(
        db, SQL["begin"], Begun,
        job=job.name, start=slot.start, end=slot.end, by=by, forced=forced,
    )  # fmt: skip
    return begun[0] if begun else None


def succeed(db: Connection, job: Job, slot: Slot, by: str, begun: Begun, done: Done) -> None:
    """Record that *slot* is done. Raises TakenOver.

    A backfill job that was forced to run a later slot than its next still has those between to do.
    """
    advances = not job.backfill or begun.done_until is None or slot.start <= begun.done_until
    until = max(slot.end, begun.done_until or slot.end) if advances else begun.done_until
    run = {"job": job.name, "by": by}
    execute(db, SQL["log"], outcome="done", rows=done.rows, notes=done.notes[:MOST_NOTES], **run)
    changed = execute(
        db, SQL["succeed"], advances=advances, end=slot.end, next_run=_next(job, until), **run
    )
    if not changed:
        raise TakenOver


def fail(db: Connection, job: Job, by: str, kind: str, error: str, outcome: str = "failed") -> None:
    """Record that a run failed, and when it may be tried again."""
    earlier = value(db, SQL["errors"], job=job.name) or 0
    wait = wait_after(job, earlier + 1)
    run = {"job": job.name, "by": by}
    execute(db, SQL["log"], outcome=outcome, rows=0, notes=[f"{kind}: {error}"], **run)
    execute(db, SQL["fail"], wait=wait, type=kind, error=error, **run)


def give_back(db: Connection, job: Job, by: str) -> None:
    """Record that a run was stopped with its runner, which is no failure."""
    execute(db, SQL["give_back"], job=job.name, by=by)


def nothing_to_do(db: Connection, job: Job, slot: Slot) -> None:
    """Record that *slot* is done without a run."""
    next_run = _next(job, slot.end)
    execute(db, SQL["nothing_to_do"], job=job.name, end=slot.end, next_run=next_run)


def pass_over(db: Connection, job: Job, slot: Slot, slots: int, by: str) -> None:
    """Give up the slots that were missed before *slot*."""
    execute(db, SQL["pass_over"], job=job.name, start=slot.start)
    notes = [f"{slots} earlier slots were passed over: too many were missed"]
    execute(db, SQL["log_passed_over"], job=job.name, start=slot.start, notes=notes, by=by)


def set_back(db: Connection, job: Job, slot: Slot) -> None:
    """Let *slot* be due again, of a job that was done beyond the time."""
    execute(db, SQL["set_back"], job=job.name, start=slot.start, next_run=job.period.due(slot))


def wait(db: Connection, job: str, waits_for: str) -> None:
    """Record for which other job a job waits; "" for none."""
    execute(db, SQL["wait"], job=job, waits_for=waits_for)


def reset(db: Connection, job: str, since: datetime | None) -> bool:
    """Forget failures of a job, and its runs from *since* on; return False for an unknown job."""
    return bool(execute(db, SQL["reset"], job=job, since=since))


def _next(job: Job, until: datetime | None) -> datetime | None:
    return None if until is None else job.period.due(job.period.at(until))
