"""Save a processed crash: into the crash store first, then report and job in one transaction.

A kill between the two leaves the job open: the crash is processed again, to the same result.
Who comes late, after the lease ran out, is told LeaseLost and leaves no trace in Postgres.
"""

import threading
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg2.errors

from processor.debt import ModuleNumbers, debt
from processor.pipeline import bounded
from processor.row import to_row, user_info
from socorro import jobs
from socorro.crash import Processed, RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.jobs import Job
from socorro.postgres import Connection, Database, execute, load_sql, rows

SQL = load_sql(__file__)


class _Earlier(NamedTuple):
    signature: str


class Saver:
    """Writes what was made of a crash. Safe to share between threads."""

    def __init__(self, store: CrashStore, database: Database) -> None:
        self._store, self._database = store, database
        self._numbers = ModuleNumbers(database)
        self._weeks: set[date] = set()  # Mondays whose partitions exist
        self._lock = threading.Lock()

    def save(
        self, job: Job, raw: RawCrash, processed: Processed, started: datetime, completed: datetime
    ) -> bool:
        """Keep *processed* and end *job*; True when the crash had no report before.

        Raises LeaseLost, CrashNotFound, StoreUnavailable, or one of socorro.postgres.Unavailable.
        """
        row, cuts = to_row(processed)
        notes = bounded([*processed["processor_notes"], *cuts])
        finished = {
            **processed,
            "processor_notes": notes,
            "started_datetime": started.isoformat(),
            "completed_datetime": completed.isoformat(),
        }
        self._store.put_processed(raw.crash_id, finished)
        missed, naming = debt(processed)
        return self.report(
            job,
            user_info(processed),
            row
            | {
                "crash_id": raw.crash_id,
                "submitted_at": raw.submitted,
                "started_at": started,
                "completed_at": completed,
                "processor_notes": notes,
                "missed": self._numbers.of(missed, completed.date()),
                "naming": naming,
            },
        )

    def report(self, job: Job, user: Mapping[str, str | None], row: Mapping[str, Any]) -> bool:
        """End *job* and write its report, all or nothing; True when there was none before."""
        self._partitions(row["submitted_at"])
        try:
            return self._write(job, user, row)
        except psycopg2.errors.CheckViolation:  # the partition was dropped meanwhile: too old
            self._partitions(row["submitted_at"], again=True)
            return self._write(job, user, row)

    def _write(self, job: Job, user: Mapping[str, str | None], row: Mapping[str, Any]) -> bool:
        with self._database.transaction() as db:
            jobs.finish(db, job)
            earlier = rows(db, SQL["earlier"], _Earlier, **row)
            execute(db, SQL["report"], **row)
            if any(user.values()):
                execute(db, SQL["user_info"], **row, **user)
            elif earlier:
                execute(db, SQL["no_user_info"], **row)
            if row["missed"]:
                execute(db, SQL["missed"], **row)
            elif earlier:
                execute(db, SQL["nothing_missed"], **row)
            mark_hour(db, row["submitted_at"])
            for before in earlier:  # last: crashes that move alike wait for one another here
                execute(db, SQL["moved"], before=before.signature, **row)
        return not earlier

    def _partitions(self, submitted: datetime, again: bool = False) -> None:
        """Make the partitions of that week, in a transaction of its own: it locks the tables."""
        year, week, _ = submitted.isocalendar()
        monday = date.fromisocalendar(year, week, 1)
        with self._lock:
            if again or monday not in self._weeks:
                with self._database.transaction() as db:
                    execute(db, SQL["make_partitions"], submitted_at=submitted)
                self._weeks.add(monday)


def mark_hour(db: Connection, submitted: datetime) -> None:
    """Mark the hour for counting again, and keep the mark until our commit.

    Between the two statements the mark may be taken away by who counts: then it is made anew.
    An update instead would be one statement, and let one processor at a time commit.
    """
    while not execute(db, SQL["hold_mark"], submitted_at=submitted):
        execute(db, SQL["mark_hour"], submitted_at=submitted)
