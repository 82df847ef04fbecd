"""Where a crash is that has no processed crash yet: for the pages and REST."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.jobs import JobState
from socorro.postgres import Database


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


def whereabouts(database: Database, store: CrashStore, crash_id: CrashId) -> Whereabouts:
    """Look up a crash. Raises CrashNotFound when the store does not have it."""
    submitted = store.get_raw(crash_id).submitted
    with database.transaction() as db:
        job = jobs.find(db, crash_id)
    if job is None:
        return Whereabouts(State.DEFERRED if is_deferred(crash_id) else State.NEW, submitted)
    return Whereabouts(
        State(job.state), submitted, job.priority, job.ahead, job.attempts, job.queued_at,
        job.last_error,
    )  # fmt: skip
