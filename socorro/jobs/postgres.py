"""The queue of crashes to process, in Postgres: offer, claim, give back.

A job is one crash. It is offered once (a crash that has a job or a report is not queued again
except for reprocessing), claimed with a lease, and deleted in the transaction that writes its
report. Three things can end a claim:

* save_report(), in sql/procedures: checks holder and attempt, so a worker that comes back after
  its lease ran out (and somebody else has the job) gets LeaseLost and nothing is written;
* fail: the attempt is used up; after `most` attempts the job is set aside with its reason;
* give_back: the worker stops, or the crash store is away; the attempt does not count.

An attempt counts when claimed: a dump that kills its worker ends among the failed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, execute, load_sql, rows, value
from socorro.rulesets import Ruleset

SQL = load_sql(__file__)

CHANNEL = "socorro_jobs"  # NOTIFY wakes processors: there is something to claim

LOW = -1  # reprocessing in bulk
NORMAL = 0
VIEWED = 10  # somebody is looking at the pending page
MOST_ERROR = 1000  # characters


class LeaseLost(Exception):
    """The job is no longer ours: roll back what belongs to it."""


class JobState(StrEnum):
    """States of a job, as the table `jobs` spells them. A crash that was processed has no job."""

    WAITING = "waiting"  # to be claimed, at once or after a pause
    RUNNING = "running"  # a processor holds its lease
    FAILED = "failed"  # set aside with its last error, until somebody has it reprocessed


class Job(NamedTuple):
    """One claimed crash; holder and attempt are the fence."""

    crash_id: CrashId
    ruleset: str
    priority: int
    attempts: int
    holder: str
    queued_at: datetime


class CrashState(NamedTuple):
    """One crash that has a job, and the job's state."""

    crash_id: CrashId
    state: JobState


class Depth(NamedTuple):
    """How many jobs are in a state, and how long the oldest of them has been queued, seconds."""

    state: JobState
    jobs: int
    oldest_seconds: float


class JobStatus(NamedTuple):
    """Where one crash is in the queue; *ahead* counts the waiting jobs before it."""

    state: JobState
    priority: int
    attempts: int
    queued_at: datetime
    last_error: str | None
    ahead: int


def offer(
    db: Connection,
    crash_ids: Sequence[CrashId],
    *,
    priority: int = NORMAL,
    ruleset: str = Ruleset.DEFAULT,
    reprocess: bool = False,
) -> int:
    """Queue crashes in this order; return how many were new or gained priority.

    With *reprocess*, crashes that failed or have a report are queued again. Processors are
    woken when the transaction commits.
    """
    if not crash_ids:
        return 0
    statement = SQL["reprocess" if reprocess else "offer"]
    queued = execute(db, statement, crash_ids=list(crash_ids), priority=priority, ruleset=ruleset)
    if queued:
        execute(db, f"NOTIFY {CHANNEL}")
    return queued


def claim(db: Connection, holder: str, most: int, lease_seconds: float) -> list[Job]:
    """Lease the next *most* jobs to *holder*, a name that no other worker has."""
    return rows(db, SQL["claim"], Job, holder=holder, most=most, seconds=lease_seconds)


def renew(db: Connection, held: Sequence[Job], lease_seconds: float) -> int:
    """Lease *held* jobs for *lease_seconds* from now; return how many of them are still ours.

    One that is being finished just now is left out.
    """
    return execute(
        db,
        SQL["renew"],
        seconds=lease_seconds,
        crash_ids=[job.crash_id for job in held],
        holders=[job.holder for job in held],
        attempts=[job.attempts for job in held],
    )


def give_back(db: Connection, job: Job, wait_seconds: float = 0) -> None:
    """Return *job* to the queue as if it had not been claimed. Raises LeaseLost."""
    _check_fence(execute(db, SQL["give_back"], seconds=wait_seconds, **_fence(job)))


def fail(db: Connection, job: Job, error: str, most: int, for_good: bool = False) -> JobState:
    """Note that an attempt failed; return WAITING (again later) or FAILED (set aside).

    *most* is the number of attempts that a job has; *for_good* sets it aside at once.
    *error* is kept, to MOST_ERROR characters, and shown: no text of a user may be in it.
    Raises LeaseLost.
    """
    state = value(
        db, SQL["fail"], error=error[:MOST_ERROR], most=most, for_good=for_good, **_fence(job)
    )
    _check_fence(state)
    return JobState(state)


def reap(db: Connection, most: int) -> list[CrashState]:
    """End leases that ran out: such jobs wait again, or failed if they had *most* attempts."""
    reaped = rows(db, SQL["reap"], _crash_state, most=most)
    if any(job.state is JobState.WAITING for job in reaped):
        execute(db, f"NOTIFY {CHANNEL}")
    return reaped


def extend(db: Connection, seconds: float) -> int:
    """Let no lease end within *seconds* from now, also those that ran out; return how many.

    For the time after an outage of Postgres, in which nobody could renew. One that is being
    renewed or finished just now is left out.
    """
    return execute(db, SQL["extend"], seconds=seconds)


def depths(db: Connection) -> list[Depth]:
    """Return how many jobs are in each state that has any."""
    return rows(db, SQL["depths"], _depth)


def of_day(db: Connection, day: date) -> list[CrashState]:
    """Return the jobs of crashes submitted on *day*, UTC."""
    return rows(db, SQL["of_day"], _crash_state, day=f"{day}T00:00:00Z")


def states(db: Connection, crash_ids: Sequence[CrashId]) -> list[CrashState]:
    """Return the jobs of those of these crashes that have one."""
    return rows(db, SQL["states"], _crash_state, crash_ids=crash_ids)


def find(db: Connection, crash_id: CrashId) -> JobStatus | None:
    """Return where a crash is in the queue; None when it has no job."""
    statuses = rows(db, SQL["find"], _job_status, crash_id=crash_id)
    return statuses[0] if statuses else None


def _crash_state(crash_id: CrashId, state: str) -> CrashState:
    return CrashState(crash_id, JobState(state))


def _depth(state: str, jobs: int, oldest_seconds: float) -> Depth:
    return Depth(JobState(state), jobs, oldest_seconds)


def _job_status(state: str, *columns: Any) -> JobStatus:
    return JobStatus(JobState(state), *columns)


def _fence(job: Job) -> dict[str, object]:
    return {"crash_id": job.crash_id, "holder": job.holder, "attempts": job.attempts}


def _check_fence(changed: object) -> None:
    """Raise LeaseLost when no row was changed."""
    if not changed:
        raise LeaseLost
