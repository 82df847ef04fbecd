"""Brings the schema of a database up to date, and the rights in it: `socorro migrate`.

Safe to repeat.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import parse_dsn
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlBackend
from yoyo.connections import DatabaseURI

import sql
from socorro import roles

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


def _apply(dsn: str) -> list[str]:
    options = parse_dsn(dsn)
    uri = DatabaseURI("postgresql", None, None, None, None, options.pop("dbname", ""), options)
    backend = PostgresqlBackend(uri, "_yoyo_migration")
    backend.init_database()
    missing = backend.to_apply(read_migrations(str(FOLDER / "migrations")))
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
