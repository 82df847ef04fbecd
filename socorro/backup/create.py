"""Makes a backup: one snapshot of the database, and the files of this machine's home.

Rows are copied by Postgres's own COPY, over the connection that commands have: no program of
Postgres is needed, and a backup of an older server goes into a newer one. All tables are read in
one transaction (REPEATABLE READ), so they agree; only a migration waits for it.
"""

import fcntl
import gzip
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from psycopg2.extensions import quote_ident

from socorro import __version__, files, migrate
from socorro.backup.manifest import (
    CHECKSUM,
    MAKING,
    NAME,
    BadBackup,
    DumpedFile,
    DumpedTable,
    Manifest,
    checksum,
    folders,
)
from socorro.backup.tables import BACKED_UP, TABLES
from socorro.postgres import Connection, Database, column, execute, rows, value

_LEVEL: Final = 6  # of gzip
_LOCK: Final = ".lock"

OURS: Final = """
    SELECT pg_class.oid::regclass::text
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('public', 'auth') AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname !~ '^_?yoyo_'
"""
COLUMNS: Final = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped
      AND attgenerated = ''
    ORDER BY attnum
"""
SEQUENCES: Final = """
    SELECT format('%%I.%%I', schemaname, sequencename), last_value FROM pg_sequences
    WHERE schemaname IN ('public', 'auth') AND last_value IS NOT NULL
"""


@contextmanager
def alone(parent: Path) -> Iterator[None]:
    """Hold the folder of backups; remove what backups that were cut off have left in it.

    Raises BadBackup when another backup is being written to it.
    """
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (parent / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadBackup(f"another backup is being written to {parent}: wait for it") from None
        for left in parent.glob(f"{MAKING}*"):
            shutil.rmtree(left)
        yield


def create(
    parent: Path,
    database: Database | None,
    home: Mapping[str, Path],
    missing: list[str],
    store: str = "",
    begin: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write a backup into *parent*, which the caller holds (`alone`); return its folder.

    *database* None: files only. *home* maps what a file is to where it is; *missing* says what is
    not in the backup; *store* is the id of the crash store that was copied. *begin* is called with
    the name of each table. Raises BadBackup, OSError, psycopg2.Error: then nothing is left.
    """
    began = datetime.now(UTC)
    name = f"{began:%Y%m%dT%H%M%SZ}"
    if (parent / name).exists():
        raise BadBackup(f"{parent / name} exists: try again in a second")
    draft = parent / f"{MAKING}{name}-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    try:
        manifest = _Draft(draft).write(name, began, database, home, missing, store, begin)
        _seal(draft, manifest)
        draft.rename(parent / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    files.sync_folder(str(parent))
    return parent / name


def remove_old(parent: Path, keep: int) -> list[Path]:
    """Remove all but the newest *keep* backups; return what was removed."""
    old = folders(parent)[keep:]
    for folder in old:
        away = parent / f"{MAKING}removed-{folder.name}"
        folder.rename(away)  # a half-removed backup has no name of one
        shutil.rmtree(away)
    return old


class _Draft:
    """A backup that is being written to *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, DumpedFile] = {}

    def write(
        self,
        name: str,
        began: datetime,
        database: Database | None,
        home: Mapping[str, Path],
        missing: list[str],
        store: str,
        begin: Callable[[str], None],
    ) -> Manifest:
        (self._folder / "home").mkdir(mode=0o700)
        copied = {what: self._copy(what, path) for what, path in home.items()}
        about = Manifest(
            name, began.isoformat("T", "seconds"), __version__,
            home=copied, missing=missing, store=store, files=self._files,
        )  # fmt: skip
        return self._dump(database, about, begin) if database else about

    def _copy(self, what: str, path: Path) -> str:
        name = f"home/{what.strip('/').replace('/', '_')}"
        self._add(name, lambda file: file.write(path.read_bytes()))
        return name

    def _dump(self, database: Database, about: Manifest, begin: Callable[[str], None]) -> Manifest:
        (self._folder / "tables").mkdir(mode=0o700)
        with closing(database.connect()) as db:
            db.set_session(isolation_level="REPEATABLE READ", readonly=True)
            execute(db, "SET LOCAL statement_timeout = 0")
            _check_declared(db)
            tables = {}
            for table in BACKED_UP:
                begin(table.name)
                tables[table.name] = self._table(db, table.name)
            return Manifest(
                **{
                    **vars(about),
                    "postgres": str(value(db, "SHOW server_version")),
                    "schema": migrate.applied(db),
                    "tables": tables,
                    "sequences": dict(rows(db, SEQUENCES, lambda *row: row)),
                    "files": self._files,
                }
            )

    def _table(self, db: Connection, table: str) -> DumpedTable:
        columns = column(db, COLUMNS, table=table)
        name = f"tables/{table}.copy.gz"
        select = f"SELECT {quoted(db, columns)} FROM {table}"  # noqa: S608
        with db.cursor() as cursor:

            def write(file: IO[bytes]) -> None:
                with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
                    cursor.copy_expert(f"COPY ({select}) TO STDOUT", packed)

            self._add(name, write)
            return DumpedTable(name, cursor.rowcount, columns)

    def _add(self, name: str, write: Callable[[IO[bytes]], object]) -> None:
        path = self._folder / name
        path.touch(0o600, exist_ok=False)
        with path.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        digest, size = checksum(path)
        self._files[name] = DumpedFile(size, digest)


def quoted(db: Connection, columns: Iterable[str]) -> str:
    """Return names of columns as SQL has them."""
    return ", ".join(quote_ident(name, db) for name in columns)


def _check_declared(db: Connection) -> None:
    declared, existing = {table.name for table in TABLES}, set(column(db, OURS))
    if unknown := sorted(existing - declared):
        raise BadBackup(
            f"the database has tables that no backup knows: {', '.join(unknown)};"
            " declare them in socorro/backup/tables.py, or move them to another database"
        )
    if lacking := sorted(declared - existing):
        raise BadBackup(
            f"the database schema is out of date ({', '.join(lacking)} missing):"
            " run `socorro migrate`"
        )


def _seal(draft: Path, manifest: Manifest) -> None:
    for folder in (draft / "tables", draft / "home"):
        if folder.exists():
            files.sync_folder(str(folder))
    files.write_whole(draft / NAME, manifest.text())
    digest, _ = checksum(draft / NAME)
    files.write_whole(draft / CHECKSUM, f"{digest}  {NAME}\n")
