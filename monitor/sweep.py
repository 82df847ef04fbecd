"""Takes waiting crashes from the store's index into the queue."""

from socorro import jobs, metrics
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database


def sweep(store: CrashStore, database: Database, batch: int) -> bool:
    """Queue up to *batch* waiting crashes, oldest first; say whether there may be more.

    An index entry goes only after its job is committed, and a crash that has a job or a report
    is not queued again: a kill at any line, or a second monitor, repeats an offer that does
    nothing.
    """
    waiting = list(store.waiting(batch))
    if waiting:
        with database.transaction() as db:
            queued = jobs.offer(db, list(dict.fromkeys(entry.crash_id for entry in waiting)))
        metrics.monitor_queued.inc(queued)
        store.forget_waiting(waiting)
    return len(waiting) >= batch
