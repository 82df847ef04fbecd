"""Restores the database of a backup: into an empty one, all rows in one transaction.

Killed before its commit, nothing has changed; killed after it, the next run sees in `cron_log`
that this backup is in, and goes on with what follows. Days before the oldest crash of the store get
their counts from the backup, the others are counted again when their crashes are back.
`dropped_weeks` remembers which day that is, so that nothing is counted twice.
"""

import gzip
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import psycopg2
import psycopg2.errors

from socorro import migrate
from socorro.backup.create import COLUMNS, OURS, quoted
from socorro.backup.manifest import BadBackup, DumpedTable, Manifest
from socorro.backup.tables import BACKED_UP, OLD_DAYS, SIGNS_OF_USE
from socorro.crash_id import day_of
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, Database, column, execute, value

JOB: Final = "restore"  # in cron_log
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FRESH: Final = "make an empty database (dropdb, createdb --owner) and restore into that"


def check(database: Database, manifest: Manifest) -> bool:
    """Check that the backup can go into the database; True when it is in already.

    Raises BadBackup, which says what to do.
    """
    if not manifest.schema:
        raise BadBackup("this backup has no database in it (--postgres none): use another one")
    if newer := [name for name in manifest.schema if name not in migrate.shipped()]:
        raise BadBackup(
            f"the backup is of a newer version of Socorro ({manifest.version}, migration"
            f" {newer[-1]}): install that version, then restore"
        )
    with closing(database.connect()) as db:
        applied = set(migrate.applied(db))
        if is_restored(db, manifest):
            return True
        if not applied and (tables := column(db, OURS)):
            raise BadBackup(f"the database has tables of something else ({tables[0]}): {_FRESH}")
        if further := sorted(applied - set(manifest.schema)):
            raise BadBackup(
                f"the database has a newer schema than the backup ({further[-1]}): {_FRESH},"
                " without `socorro migrate`"
            )
        _check_empty(db)
    return False


def is_restored(db: Connection, manifest: Manifest) -> bool:
    """Return whether this very backup was restored into the database."""
    if value(db, "SELECT to_regclass('public.cron_log')") is None:
        return False
    statement = "SELECT EXISTS (SELECT FROM cron_log WHERE job = %(job)s AND notes @> %(notes)s)"
    return bool(value(db, statement, job=JOB, notes=[_note(manifest)]))


def _check_empty(db: Connection) -> None:
    existing = set(column(db, OURS))
    for table in SIGNS_OF_USE:
        if table in existing and value(db, f"SELECT EXISTS (TABLE {table})"):
            raise BadBackup(f"the database is not empty ({table} has rows): {_FRESH}")


def first_counted_again(store: CrashStore, dropped: datetime | None, made_at: datetime) -> date:
    """Return the first UTC day that is counted from its crashes: of the oldest one in the store.

    *dropped* is up to when reports were dropped before the backup. Without older crashes it is the
    day of the backup, whose counts were not complete.
    """
    last = datetime.combine(made_at.date(), time(), UTC)
    oldest = next(iter(store.submitted(dropped or _BEGINNING, last)), None)
    return day_of(oldest) if oldest else made_at.date()


def restore(
    folder: Path,
    manifest: Manifest,
    database: Database,
    first_again: date,
    begin: Callable[[str], None] = lambda _: None,
) -> int:
    """Load the rows of a backup that was checked; return how many.

    Days before *first_again* get their counts from the backup. *begin* is called with the name of
    each table. Ends with the schema of this version.
    """
    migrate.apply_only(database.dsn, manifest.schema)
    with closing(database.connect()) as db:
        execute(db, "SET statement_timeout = 0; SET lock_timeout = '5s'; SET timezone = 'UTC'")
        try:
            loaded = _load(db, folder, manifest, first_again, begin)
        except psycopg2.errors.LockNotAvailable:
            raise BadBackup("the database is in use: stop all services, then restore") from None
        db.commit()
    migrate.migrate(database.dsn)
    return loaded


def _load(
    db: Connection,
    folder: Path,
    manifest: Manifest,
    first_again: date,
    begin: Callable[[str], None],
) -> int:
    names = [table.name for table in BACKED_UP if table.name in manifest.tables]
    everything = ", ".join(column(db, OURS))
    execute(db, f"LOCK TABLE {everything} IN ACCESS EXCLUSIVE MODE")
    _check_empty(db)  # again: now nobody else can write
    execute(db, f"TRUNCATE {', '.join(names)}")  # what migrations put into them
    loaded = 0
    for name in names:
        begin(name)
        execute(db, f"DELETE FROM {name}")  # noqa: S608 - triggers mark days meanwhile
        loaded += _table(db, folder, name, manifest.tables[name], first_again)
    for sequence, last in manifest.sequences.items():
        execute(db, "SELECT setval(%(sequence)s, %(last)s)", sequence=sequence, last=last)
    _note_dropped(db, first_again)
    execute(
        db,
        "UPDATE cron_jobs SET running_slot = NULL, running_since = NULL, running_by = NULL,"
        " lease_until = NULL",
    )
    _log(db, manifest, loaded)
    return loaded


def _table(db: Connection, folder: Path, name: str, dumped: DumpedTable, first_again: date) -> int:
    columns = quoted(db, dumped.columns)
    lacking = set(dumped.columns) - set(column(db, COLUMNS, table=name))
    if lacking:
        raise BadBackup(f"{name} has no column {sorted(lacking)[0]}: {_FRESH}")
    if name not in OLD_DAYS:
        _copy(db, folder / dumped.file, name, columns, dumped.rows)
        return dumped.rows
    execute(db, f"CREATE TEMP TABLE restored (LIKE {name}) ON COMMIT DROP")
    _copy(db, folder / dumped.file, "restored", columns, dumped.rows)
    of_old_days = f"SELECT {columns} FROM restored WHERE day < %(day)s"  # noqa: S608
    loaded = execute(db, f"INSERT INTO {name} ({columns}) {of_old_days}", day=first_again)
    execute(db, "DROP TABLE restored")
    return loaded


def _copy(db: Connection, path: Path, table: str, columns: str, expected: int) -> None:
    with gzip.open(path) as file, db.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", file)
        if cursor.rowcount != expected:
            raise BadBackup(f"{path}: {cursor.rowcount:,} rows, not {expected:,}")


def _note_dropped(db: Connection, first_again: date) -> None:
    """Note that days before *first_again* are not counted from reports any more."""
    until = datetime.combine(first_again, time(), UTC)
    statement = """
        INSERT INTO dropped_weeks (parent, until) VALUES ('reports', %(until)s)
        ON CONFLICT (parent) DO UPDATE SET until = greatest(dropped_weeks.until, excluded.until)
        """
    execute(db, statement, until=until)


def _log(db: Connection, manifest: Manifest, loaded: int) -> None:
    statement = """
        INSERT INTO cron_log (job, slot, started_at, outcome, rows, notes)
        VALUES (%(job)s, %(moment)s, now(), 'done', %(rows)s, %(notes)s)
        """
    execute(db, statement, job=JOB, moment=manifest.time, rows=loaded, notes=[_note(manifest)])


def _note(manifest: Manifest) -> str:
    return f"backup {manifest.id}"


def dropped_until(folder: Path, manifest: Manifest) -> datetime | None:
    """Return up to when reports had been dropped after their retention when the backup was made."""
    dumped = manifest.tables["dropped_weeks"]
    with gzip.open(folder / dumped.file, "rt") as file:
        for line in file:
            row = dict(zip(dumped.columns, line.rstrip("\n").split("\t"), strict=True))
            if row["parent"] == "reports":
                return datetime.fromisoformat(row["until"])
    return None
