"""How the queue is doing, in numbers."""

from datetime import datetime

from socorro import jobs, metrics
from socorro.postgres import Database
from socorro.queries import ledger

STATES = ("waiting", "running", "failed")


def measure(database: Database, now: datetime) -> None:
    """Set the gauges of the queue and of the reports written in the last minute."""
    with database.transaction() as db:
        depths = {depth.state: depth for depth in jobs.depths(db)}
        written = ledger.reports_written(db, now)
    for state in STATES:
        metrics.jobs_by_state.labels(state).set(depths[state].jobs if state in depths else 0)
    oldest = depths["waiting"].oldest_seconds if "waiting" in depths else 0.0
    metrics.jobs_oldest_seconds.set(oldest)
    metrics.processed_per_minute.set(written)
