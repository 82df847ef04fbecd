"""Queues crashes that the crash store has and Postgres lacks: after a loss, and day by day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from socorro import jobs, log
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.jobs import forgotten
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
    gets its report from the processed crash; others are processed. Those that were forgotten, and
    came back (sent again, or with a backup of the store), are removed.
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
            again = forgotten.among(db, batch)
            missing = [one for one in _without_trace(db, due) if one not in again]
            if dry_run:
                count.queued += len(missing)
            else:
                count.queued += jobs.offer(db, missing, priority=jobs.LOW, ruleset=ruleset)
        if not dry_run:
            remove_forgotten(store, again)
    return count


def remove_forgotten(store: CrashStore, crash_ids: Collection[CrashId]) -> None:
    """Remove crashes that were forgotten from the store; the log does not name them."""
    for crash_id in crash_ids:
        store.delete(crash_id)
    if crash_ids:
        log.get().info("forgotten crashes came again and were removed", crashes=len(crash_ids))


def _without_trace(db: Connection, crash_ids: Sequence[CrashId]) -> list[CrashId]:
    """Return those of *crash_ids*, in this order, that have neither a job nor a report."""
    return column(db, SQL["without_trace"], crash_ids=list(crash_ids))
