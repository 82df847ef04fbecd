"""Queues what the crash store has and Postgres has not: after a loss, and day by day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.queries import ledger

BATCH: Final = 1000


@dataclass
class Count:
    """What was seen and done."""

    stored: int = 0
    queued: int = 0


def reconcile(store: CrashStore, database: Database, day: date, dry_run: bool = False) -> Count:
    """Queue what is missing of the crashes submitted on *day*, UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    count = Count()
    unprocessed = {crash_id for crash_id in store.unprocessed(start, end) if is_deferred(crash_id)}
    for batch in _batches(store.submitted(start, end)):
        count.stored += len(batch)
        wanted = [crash_id for crash_id in batch if crash_id not in unprocessed]
        with database.transaction() as db:
            missing = ledger.without_trace(db, wanted)
            if dry_run:
                count.queued += len(missing)
            else:
                count.queued += jobs.offer(db, missing, priority=jobs.LOW)
    return count


def _batches(crash_ids: Iterable[CrashId]) -> Iterator[Sequence[CrashId]]:
    remaining = iter(crash_ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch
