"""Where a crash is that has no processed crash yet: what pages and REST tell who asks for it."""

from datetime import datetime
from typing import Literal, NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database

State = Literal["new", "deferred", "waiting", "running", "failed"]


class Whereabouts(NamedTuple):
    """State of one stored crash; the fields after it are of its job, if it has one.

    new: stored, not queued yet; deferred: stored, processed only when somebody asks.
    """

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
        return Whereabouts("deferred" if is_deferred(crash_id) else "new", submitted)
    state: State = job.state  # type: ignore[assignment]
    return Whereabouts(
        state, submitted, job.priority, job.ahead, job.attempts, job.queued_at, job.last_error
    )
