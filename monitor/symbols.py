"""Queues crashes again whose symbols came, and forgets symbol debt that is too old."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from socorro import jobs, log, metrics
from socorro.jobs.symbols_arrived import requeue
from socorro.postgres import Database
from socorro.queries import symbols

MOST_WAITING: Final = 5000  # jobs; while the line has more to do, what was done before can wait


def requeue_missed(database: Database, folders: Sequence[Path], batch: int) -> bool:
    """Queue up to *batch* crashes whose symbols came; say whether there may be more.

    A crash that is queued already, or was walked with the symbols, is left alone: a second
    monitor, or a kill at any line, queues nothing twice.
    """
    with database.transaction() as db:
        waiting = sum(depth.jobs for depth in jobs.depths(db) if depth.state == "waiting")
    if waiting >= MOST_WAITING:
        return False
    queued = requeue(database, folders, datetime.now(UTC), batch)
    for module, crashes in queued.items():
        log.get().info(
            "symbols came", debug_file=module.debug_file, debug_id=module.debug_id, crashes=crashes
        )
    metrics.monitor_requeued.inc(sum(queued.values()))
    return sum(queued.values()) >= batch


def forget(database: Database, weeks: int) -> bool:
    """Drop the debt of crashes that are kept no more."""
    with database.transaction() as db:
        gone = symbols.forget(db, datetime.now(UTC) - timedelta(weeks=weeks))
    if gone:
        log.get().info("symbol debt forgotten", weeks=gone)
    return False
