"""The queue of crashes to process, in Postgres: offer, claim, give back.

A job is one crash. It is offered once (a crash that has a job or a report is not queued again
unless reprocessing is asked for), claimed with a lease, and gone in the transaction that
writes its report. Three things can end a claim:

* save_report(), in sql/procedures: checks holder and attempt, so a worker that comes back after
  its lease ran out (and somebody else has the job) is told LeaseLost and nothing is written;
* fail: the attempt is used up; after `most` attempts the job is set aside with its reason;
* give_back: the worker stops, or the crash store is away; the attempt does not count.

An attempt counts when claimed: a dump that kills its worker ends among the failed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

CHANNEL = "socorro_jobs"  # NOTIFY tells processors that there is something to claim

LOW = -1  # reprocessing in bulk
NORMAL = 0
VIEWED = 10  # somebody is looking at the pending page


class LeaseLost(Exception):
    """The job is no longer ours: roll back whatever belongs to it."""


class Job(NamedTuple):
    """One claimed crash; holder and attempt are the fence."""

    crash_id: CrashId
    ruleset: str
    priority: int
    attempts: int
    holder: str
    queued_at: datetime


class Reaped(NamedTuple):
    """A job whose lease ran out, and what became of it: "waiting" or "failed"."""

    crash_id: CrashId
    state: str


class Depth(NamedTuple):
    """How many jobs are in a state, and how long the oldest has been there, seconds."""

    state: str
    jobs: int
    oldest_seconds: float


class State(NamedTuple):
    """Where one crash is in the queue; *ahead* counts the waiting jobs before it."""

    state: str
    priority: int
    attempts: int
    queued_at: datetime
    last_error: str | None
    ahead: int


class OfDay(NamedTuple):
    """One crash that has a job, and the job's state."""

    crash_id: CrashId
    state: str


def offer(
    db: Connection,
    crash_ids: Sequence[CrashId],
    *,
    priority: int = NORMAL,
    ruleset: str = "default",
    reprocess: bool = False,
) -> int:
    """Queue crashes in this order; return how many were new (or gained priority).

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


def give_back(db: Connection, job: Job, wait_seconds: float = 0) -> None:
    """Hand *job* back as if it had not been claimed. Raises LeaseLost."""
    _fenced(execute(db, SQL["give_back"], seconds=wait_seconds, **_fence(job)))


def fail(db: Connection, job: Job, error: str, most: int, for_good: bool = False) -> str:
    """Note that an attempt failed; return "waiting" (again later) or "failed" (set aside).

    *error* is kept and shown: no text of a user may be in it. Raises LeaseLost.
    """
    with db.cursor() as cursor:
        told = {"error": error[:1000], "most": most, "for_good": for_good, **_fence(job)}
        cursor.execute(SQL["fail"], told)
        found = cursor.fetchone()
    _fenced(found is not None)
    return str(found[0]) if found else ""


def reap(db: Connection, most: int) -> list[Reaped]:
    """Hand out again what a dead worker held; set aside what had *most* attempts."""
    found = rows(db, SQL["reap"], Reaped, most=most)
    if any(job.state == "waiting" for job in found):
        execute(db, f"NOTIFY {CHANNEL}")
    return found


def depths(db: Connection) -> list[Depth]:
    """How many jobs are in each state that has any."""
    return rows(db, SQL["states"], Depth)


def of_day(db: Connection, day: date) -> Iterable[OfDay]:
    """The jobs of crashes submitted on *day*, UTC."""
    return rows(db, SQL["of_day"], OfDay, day=f"{day}T00:00:00Z")


def find(db: Connection, crash_id: CrashId) -> State | None:
    """Where a crash is in the queue; None when it has no open job."""
    found = rows(db, SQL["find"], State, crash_id=crash_id)
    return found[0] if found else None


def _fence(job: Job) -> dict[str, object]:
    return {"crash_id": job.crash_id, "holder": job.holder, "attempts": job.attempts}


def _fenced(done: object) -> None:
    if not done:
        raise LeaseLost
