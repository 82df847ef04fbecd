"""Save a processed crash: into the crash store first, then report and job in one transaction.

A kill between the two leaves the job open: the crash is processed again, with the same result.
A worker that is late, after its lease ran out, gets LeaseLost and leaves no trace in Postgres; nor
in the store, when the crash was forgotten meanwhile (`socorro forget`).
"""

import threading
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg2.errors

from processor.earlier_posts import deferred_before
from processor.missing_symbols import MissingSymbols, ModuleNumbers, missing_symbols
from processor.pipeline import bounded
from processor.row import to_row, user_info
from socorro import metrics, quick_json
from socorro.crash import Processed, RawCrash
from socorro.crash_event import event_key
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.jobs import Job, LeaseLost
from socorro.postgres import Database, execute, load_sql, value

SQL = load_sql(__file__)


def is_complete(processed: Processed) -> bool:
    """Return whether a stored processed crash has what its report needs."""
    needed = ("signature", "started_datetime", "completed_datetime", "processor_notes")
    return all(processed.get(name) is not None for name in needed)


class Saver:
    """Saves processed crashes. Safe to share between threads."""

    def __init__(self, store: CrashStore, database: Database, deferred_days: int = 28) -> None:
        """*deferred_days* is how long the store keeps deferred crashes."""
        self._store, self._database = store, database
        self._deferred_days = deferred_days
        self._numbers = ModuleNumbers(database)
        self._weeks: set[date] = set()  # Mondays whose partitions exist
        self._lock = threading.Lock()

    def save(
        self, job: Job, raw: RawCrash, processed: Processed, started: datetime, completed: datetime
    ) -> bool:
        """Save *processed* and finish *job*; True when the crash had no report before.

        Raises LeaseLost, CrashNotFound, StoreUnavailable, or one of socorro.postgres.Unavailable.
        """
        self._queue_deferred(raw)
        row, cuts = to_row(processed)
        notes = bounded([*processed["processor_notes"], *cuts])
        finished = {
            **processed,
            "processor_notes": notes,
            "started_datetime": started.isoformat(),
            "completed_datetime": completed.isoformat(),
        }
        self._store.put_processed(raw.crash_id, finished)
        missed = missing_symbols(processed)
        try:
            is_first = self._finish(job, raw, finished, row, missed)
        except LeaseLost:
            self._withdraw(raw.crash_id)
            raise
        if missed.naming:
            metrics.processor_symbols_missed.inc()
        return is_first

    def restore(self, job: Job, raw: RawCrash, processed: Processed) -> bool:
        """Write the report of a stored, complete processed crash and finish *job*, as `save` does.

        The crash store stays as it is, and the report has the times of then.
        """
        self._queue_deferred(raw)
        row, _ = to_row(processed)  # the notes have the cuts already
        return self._finish(job, raw, processed, row, missing_symbols(processed))

    def _finish(
        self,
        job: Job,
        raw: RawCrash,
        finished: Processed,
        row: dict[str, Any],
        missed: MissingSymbols,
    ) -> bool:
        row |= {
            "crash_id": raw.crash_id,
            "submitted_at": raw.submitted.isoformat(),
            "started_at": finished["started_datetime"],
            "completed_at": finished["completed_datetime"],
            "processor_notes": finished["processor_notes"],
        }
        completed = datetime.fromisoformat(finished["completed_datetime"])
        return self.report(
            raw.submitted,
            holder=job.holder,
            attempts=job.attempts,
            report=quick_json.dumps(row).decode(),
            missed=self._numbers.of(missed.modules, completed.date()),
            naming=missed.naming,
            event=_text(event_key(raw.annotations, raw.dump_checksums)),
            **user_info(finished),
        )

    def _withdraw(self, crash_id: CrashId) -> None:
        """Remove a processed crash whose raw crash was removed while it was being processed."""
        if not self._store.stored([crash_id]):
            self._store.delete(crash_id)

    def _queue_deferred(self, raw: RawCrash) -> None:
        """Queue posts of the same crash that were deferred: now it is processed, as the first.

        Those that were processed have a report, or had one that is being restored.
        """
        earlier = deferred_before(self._store, raw, self._deferred_days)
        earlier = [crash_id for crash_id in earlier if not self._is_processed(crash_id)]
        if earlier:
            with self._database.statement() as db:
                execute(db, SQL["queue_deferred"], crash_ids=earlier)

    def _is_processed(self, crash_id: CrashId) -> bool:
        try:
            self._store.get_processed(crash_id)
        except CrashNotFound:
            return False
        return True

    def report(self, submitted: datetime, **parameters: object) -> bool:
        """Finish the job and write its report, both or neither; True when it is the first one."""
        self._partitions(submitted)
        try:
            return self._write(parameters)
        except psycopg2.errors.CheckViolation:  # the partition was dropped meanwhile by retention
            self._partitions(submitted, again=True)
            return self._write(parameters)

    def _write(self, parameters: Mapping[str, object]) -> bool:
        with self._database.statement() as db:
            is_first: bool | None = value(db, SQL["save"], **parameters)
        if is_first is None:
            raise LeaseLost
        return is_first

    def _partitions(self, submitted: datetime, again: bool = False) -> None:
        """Create the partitions of that week, in a transaction of its own: it locks the tables."""
        year, week, _ = submitted.isocalendar()
        monday = date.fromisocalendar(year, week, 1)
        with self._lock:
            if again or monday not in self._weeks:
                with self._database.transaction() as db:
                    execute(db, SQL["make_partitions"], submitted_at=submitted)
                self._weeks.add(monday)


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
