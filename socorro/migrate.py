"""Brings the schema of a database up to date, and the rights in it: `socorro migrate`.

Safe to repeat.
"""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import parse_dsn
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlBackend
from yoyo.connections import DatabaseURI

import sql
from socorro import roles
from socorro.postgres import Connection, column, value

FOLDER = Path(sql.__file__).parent


def migrate(dsn: str) -> list[str]:
    """Apply new files of sql/migrations, then all of sql/procedures; return the new ones.

    Then grant the roles of services what they need, where they exist (socorro/roles.py).
    Safe to call on several machines at once: they take turns.
    """
    with closing(psycopg2.connect(dsn)) as db, _turn(db):
        applied = _apply(dsn)
        with db, db.cursor() as cursor:
            for path in sorted((FOLDER / "procedures").glob("*.sql")):
                cursor.execute(path.read_text())
            roles.grant(db)
        return applied


def shipped() -> list[str]:
    """Return the names of the migrations that this code has, in their order."""
    return [migration.id for migration in read_migrations(str(FOLDER / "migrations"))]


def applied(db: Connection) -> list[str]:
    """Return the names of the migrations that a database has, in their order."""
    if value(db, "SELECT to_regclass('public._yoyo_migration')") is None:
        return []
    return column(db, "SELECT migration_id FROM _yoyo_migration ORDER BY migration_id")


def apply_only(dsn: str, names: Collection[str]) -> None:
    """Apply those new migrations that *names* has, and no procedures: an earlier version's tables.

    `migrate` brings the database up to date then, with the rows that were put into it.
    """
    with closing(psycopg2.connect(dsn)) as db, _turn(db):
        _apply(dsn, names)


def _apply(dsn: str, names: Collection[str] | None = None) -> list[str]:
    options = parse_dsn(dsn)
    uri = DatabaseURI("postgresql", None, None, None, None, options.pop("dbname", ""), options)
    backend = PostgresqlBackend(uri, "_yoyo_migration")
    backend.init_database()
    migrations = read_migrations(str(FOLDER / "migrations"))
    if names is not None:
        migrations = migrations.filter(lambda migration: migration.id in names)
    missing = backend.to_apply(migrations)
    backend.apply_migrations(missing)
    backend.connection.close()
    return [migration.id for migration in missing]


@contextmanager
def _turn(db: psycopg2.extensions.connection) -> Iterator[None]:
    with db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('socorro migrate'))")
    yield
    with db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext('socorro migrate'))")
