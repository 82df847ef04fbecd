"""Where a crash is whose processed crash cannot be read: for the pages and REST.

Mostly there is none yet. Where there is a report beside it, the processed crash was lost or is
damaged: the crash is queued again by itself, and is not called new.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.jobs import JobState
from socorro.postgres import Connection, Database, load_sql, value

SQL = load_sql(__file__)


class State(StrEnum):
    """States of a stored crash that has no report, as REST spells them."""

    NEW = "new"  # not queued yet
    DEFERRED = "deferred"  # processed only when somebody requests it
    WAITING = JobState.WAITING.value
    RUNNING = JobState.RUNNING.value
    FAILED = JobState.FAILED.value


class Whereabouts(NamedTuple):
    """State of one stored crash; the fields after *submitted* are those of its job, if any."""

    state: State
    submitted: datetime
    priority: int = jobs.NORMAL
    ahead: int = 0
    attempts: int = 0
    queued_at: datetime | None = None
    last_error: str | None = None
    is_lost: bool = False  # it has a report, but its processed crash is missing or damaged


def whereabouts(database: Database, store: CrashStore, crash_id: CrashId) -> Whereabouts:
    """Look up a crash whose processed crash could not be read; a lost one is queued again.

    It is queued once: it has a job from then on. Raises CrashNotFound when the store does not
    have the crash, and DamagedCrash when it cannot read it.
    """
    submitted = store.get_raw(crash_id).submitted
    with database.transaction() as db:
        is_lost = _has_report(db, crash_id)  # first: one that is saved now still has its job
        job = jobs.find(db, crash_id)
    if job is None and is_lost:
        if _is_readable(store, crash_id):
            return Whereabouts(State.RUNNING, submitted)  # it was saved a moment ago
        with database.transaction() as db:
            jobs.offer(db, [crash_id], reprocess=True)
            job = jobs.find(db, crash_id)
    if job is None:
        return Whereabouts(State.DEFERRED if is_deferred(crash_id) else State.NEW, submitted)
    return Whereabouts(
        State(job.state), submitted, job.priority, job.ahead, job.attempts, job.queued_at,
        job.last_error, is_lost,
    )  # fmt: skip


def _has_report(db: Connection, crash_id: CrashId) -> bool:
    return bool(value(db, SQL["has_report"], crash_id=crash_id))


def _is_readable(store: CrashStore, crash_id: CrashId) -> bool:
    try:
        store.get_processed(crash_id)
    except CrashNotFound:
        return False
    return True
