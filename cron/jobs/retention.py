"""Removes crashes that were kept long enough from the store, then their rows.

The store comes first: a crash that is in it and has no row would be queued again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cron.job import Done, Job, Run, number
from cron.period import daily
from socorro.config import load
from socorro.counts.partitions import drop_partitions
from socorro.crash_id import CrashId, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import execute, load_sql
from socorro.retention import RetentionConfig

SQL = load_sql(__file__)
LOG_DAYS: Final = 90
RANKS: Final = timedelta(days=60)  # they can be made again
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AGAIN: Final = timedelta(days=2)


def work(run: Run) -> Done:
    """Remove what is too old on the day of the run."""
    kept = load(RetentionConfig)
    today = datetime(run.now.year, run.now.month, run.now.day, tzinfo=UTC)
    crashes = today - timedelta(weeks=kept.crash_weeks)
    deferred = today - timedelta(weeks=kept.deferred_weeks)
    with run.store() as store:
        removed = _delete(store, store.submitted(_BEGINNING, crashes))
        # Deferred crashes that somebody viewed were processed, and are kept like others.
        since = max(crashes, deferred - (run.now - run.since + _AGAIN)) if run.since else crashes
        unseen = (
            crash_id for crash_id in store.unprocessed(since, deferred) if is_deferred(crash_id)
        )
        never_processed = _delete(store, unseen)
    rows, dropped = _forget(run, crashes, today - timedelta(weeks=kept.personal_weeks))
    notes = [f"{dropped} partitions dropped"] if dropped else []
    if removed or never_processed:
        notes.append(
            f"{removed:,} crashes removed from the store, and {never_processed:,} deferred ones"
        )
    return Done(removed + never_processed + rows, notes)


def _delete(store: CrashStore, crash_ids: Iterable[CrashId]) -> int:
    removed = 0
    for crash_id in crash_ids:
        store.delete(crash_id)
        removed += 1
    return removed


def _forget(run: Run, crashes: datetime, personal: datetime) -> tuple[int, int]:
    """Remove rows of crashes that are gone; return how many, and how many partitions went."""
    with run.database.transaction() as db:
        dropped = len(drop_partitions(db, "reports_user_info", max(personal, crashes)))
        dropped += len(drop_partitions(db, "reports", crashes))
    with run.database.transaction() as db:
        rows = number(db, SQL["drop_symbols"], before=crashes)
        rows += number(db, SQL["drop_urls"], before=max(personal, crashes).date())
        rows += number(db, SQL["drop_ranks"], before=(run.now - RANKS).date())
        rows += execute(db, SQL["forget_modules"], before=crashes.date())
        rows += execute(db, SQL["forget_jobs"], before=crashes)
        rows += execute(db, SQL["forget_log"], days=LOG_DAYS)
    return rows, dropped


JOB = Job(
    name="retention",
    does="Removes crashes, personal data, reports and logs that were kept long enough.",
    period=daily("05:00"),
    work=work,
    seconds=4 * 3600,
)
