"""Hands out again what a dead processor held."""

from collections.abc import Iterable

from socorro import jobs, log, metrics
from socorro.postgres import Database


def reap(database: Database, attempts: int) -> bool:
    """End leases that ran out; say whether there may be more."""
    with database.transaction() as db:
        reaped = jobs.reap(db, attempts)
    _tell(reaped)
    return bool(reaped)


def _tell(reaped: Iterable[jobs.Reaped]) -> None:
    for job in reaped:
        metrics.monitor_reaped.labels(job.state).inc()
        log.get().warning("lease ran out", crash_id=job.crash_id, job=job.state)
