"""What the monitor does again and again; each chore can be repeated, and two monitors do no harm.

A chore that works off a backlog returns whether there may be more, and is then called again at once
(monitor/loops.py).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from socorro import jobs, log, metrics
from socorro.config import load
from socorro.crashstore.interface import CrashStore
from socorro.jobs import JobState, forgotten
from socorro.jobs.reconcile import remove_forgotten
from socorro.jobs.symbols_arrived import requeue
from socorro.postgres import Database
from socorro.queries import health, ledger
from socorro.search import notes
from socorro.search.config import SearchConfig

MOST_WAITING: Final = 5000  # jobs; with more, crashes that were processed before can wait


def sweep(store: CrashStore, database: Database, batch: int) -> bool:
    """Queue up to *batch* crashes that wait in the store's index, oldest first.

    An index entry is removed only after its job is committed, and a crash that has a job or a
    report is not queued again: after a kill at any line the offer is repeated and does nothing.
    One that was forgotten, and was sent again, is removed.
    """
    waiting = list(store.waiting(batch))
    if waiting:
        crash_ids = list(dict.fromkeys(entry.crash_id for entry in waiting))
        with database.transaction() as db:
            queued = jobs.offer(db, crash_ids)
            again = forgotten.among(db, crash_ids)
        metrics.monitor_queued.inc(queued)
        remove_forgotten(store, again)
        store.forget_waiting(waiting)
    return len(waiting) >= batch


def requeue_missed(database: Database, folders: Sequence[Path], batch: int) -> bool:
    """Queue up to *batch* crashes again whose missing symbols have arrived in *folders*.

    A crash that is queued already, or was processed with these symbols, is not queued again.
    """
    with database.transaction() as db:
        waiting = sum(depth.jobs for depth in jobs.depths(db) if depth.state is JobState.WAITING)
    if waiting >= MOST_WAITING:
        return False
    queued = requeue(database, folders, datetime.now(UTC), batch)
    for module, crashes in queued.items():
        log.get().info(
            "symbols arrived",
            debug_file=module.debug_file, debug_id=module.debug_id, crashes=crashes,
        )  # fmt: skip
    metrics.monitor_requeued.inc(sum(queued.values()))
    return sum(queued.values()) >= batch


def measure(database: Database, now: datetime) -> bool:
    """Set the gauges of the queue, of the reports written in the last minute, and of search."""
    with database.transaction() as db:
        depths = {depth.state: depth for depth in jobs.depths(db)}
        queue = health.queue(db)
        written = ledger.reports_written(db, now)
        lag = notes.lag(db, load(SearchConfig).engine)
    for state in JobState:
        metrics.jobs_by_state.labels(state).set(depths[state].jobs if state in depths else 0)
    metrics.jobs_oldest_seconds.set(queue.oldest_seconds or 0.0)
    metrics.jobs_failed_today.set(queue.failed_today)
    metrics.processed_per_minute.set(written)
    metrics.search_lag_seconds.set(lag.seconds)
    metrics.search_hours_waiting.set(lag.hours)
    return False
