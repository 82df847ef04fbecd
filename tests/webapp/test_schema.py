"""Django's tables are what Django's own migrations would make."""

import subprocess
import sys

import psycopg2

MIGRATE = """
import sys, django
from django.conf import settings
from django.core.management import call_command
from webapp.accounts.database import database
settings.configure(
    INSTALLED_APPS=[f"django.contrib.{name}" for name in ("contenttypes", "auth", "sessions")],
    DATABASES={"default": database(sys.argv[1])},
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)
"""
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity
    FROM information_schema.columns
    WHERE table_schema = 'auth' AND table_name NOT IN
          ('tokens', 'held', 'identities', 'django_migrations')
    ORDER BY 1, 2
"""
KEYS = """
    SELECT conrelid::regclass::text, contype, conkey, confrelid::regclass::text, condeferrable
    FROM pg_constraint
    WHERE connamespace = 'auth'::regnamespace AND contype IN ('p', 'u', 'f')
      AND conrelid <> ALL (%s)
    ORDER BY 1, 2, 3
"""


def tables(dsn: str) -> tuple[list[object], list[object]]:
    db = psycopg2.connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute(COLUMNS)
        columns = cursor.fetchall()
        cursor.execute(
            "SELECT array_agg(oid) FROM pg_class WHERE relnamespace = 'auth'::regnamespace"
            " AND relname IN ('tokens', 'identities', 'django_migrations')"
        )
        [[ours]] = cursor.fetchall()
        cursor.execute(KEYS, (ours,))
        keys = [(table, kind, len(key), other, late) for table, kind, key, other, late in cursor]
    db.close()
    return columns, sorted(keys)


def test_the_tables_are_those_that_django_would_make(dsn: str) -> None:
    ours = tables(dsn)
    db = psycopg2.connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute("DROP SCHEMA auth CASCADE; CREATE SCHEMA auth")
    db.close()

    subprocess.run([sys.executable, "-c", MIGRATE, dsn], check=True)

    columns, keys = tables(dsn)
    assert ours[0] == columns
    assert ours[1] == keys
    assert len(columns) > 30
