"""Queues crashes that the crash store has and Postgres lacks: after a loss, and day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, Database, column, load_sql
from socorro.rulesets import Ruleset

SQL = load_sql(__file__)
BATCH: Final = 1000


@dataclass
class Count:
    """How many crashes the store has, and how many of them were queued."""

    stored: int = 0
    queued: int = 0


def reconcile(
    store: CrashStore,
    database: Database,
    day: date,
    dry_run: bool = False,
    ruleset: Ruleset = Ruleset.STORED,
) -> Count:
    """Queue the crashes submitted on *day*, UTC, that have neither a job nor a report.

    Deferred crashes that were never processed are left out. By default a crash that was processed
    gets its report from the processed crash; others are processed.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    count = Count()
    unprocessed = {crash_id for crash_id in store.unprocessed(start, end) if is_deferred(crash_id)}
    crash_ids = iter(store.submitted(start, end))
    while batch := list(islice(crash_ids, BATCH)):
        count.stored += len(batch)
        due = [crash_id for crash_id in batch if crash_id not in unprocessed]
        with database.transaction() as db:
            missing = _without_trace(db, due)
            if dry_run:
                count.queued += len(missing)
            else:
                count.queued += jobs.offer(db, missing, priority=jobs.LOW, ruleset=ruleset)
    return count


def _without_trace(db: Connection, crash_ids: Sequence[CrashId]) -> list[CrashId]:
    """Return those of *crash_ids*, in this order, that have neither a job nor a report."""
    return column(db, SQL["without_trace"], crash_ids=list(crash_ids))
