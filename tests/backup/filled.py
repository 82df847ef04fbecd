"""A database with one row in every table that a backup has, and what tables contain."""

from contextlib import closing
from typing import Any, Final

import psycopg2

from socorro.backup.create import COLUMNS, OURS
from socorro.backup.tables import BACKED_UP
from socorro.postgres import Connection, column, execute, rows

Contents = dict[str, list[Any]]

OF_TYPES: Final = {  # the same everywhere, so that every reference is one to a row
    "text": "'x'", "character varying": "'x'", "integer": "77", "smallint": "77", "bigint": "77",
    "boolean": "true", "real": "0.1", "double precision": "0.1", "date": "'2026-11-01'",
    "timestamp with time zone": "'2026-11-01 12:00:00.123456+00'", "uuid": "repeat('0', 32)::uuid",
    "jsonb": """'{"a": "x\\ty"}'""", "bytea": "sha256('x')", "ARRAY": "'{}'",
}  # fmt: skip
OF_CHECKED: Final = {
    ("releases_raw", "build_id"): "'20261101000000'",
    ("product_versions", "version_sort"): "version_sort('x')",
    ("product_versions", "source"): "'people'",
    ("product_release_channels", "throttle"): "0.5",
    ("null_signature_facts", "kind"): "'os'",
    ("days_to_derive", "what"): "'counts'",
    ("cron_log", "outcome"): "'done'",
    ("explosion_days", "counted"): "'crashes'",
    ("explosion_days", "exposure"): "'adi'",
    ("correlations", "state"): "'kept'",
    ("module_scans", "kind"): "'frankeninstalls'",
    ("foreign_modules", "rule"): "'share'",
    **{
        ("cron_jobs", name): "NULL"
        for name in ("running_slot", "running_since", "running_by", "lease_until")
    },
}
TYPES: Final = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema || '.' || table_name IN (%(table)s, 'public.' || %(table)s)
    ORDER BY ordinal_position
"""


def fill(dsn: str) -> None:
    """Add a row to every table that a backup has."""
    with closing(psycopg2.connect(dsn)) as db, db:
        execute(db, "SET session_replication_role = replica")  # in any order, without triggers
        for table in BACKED_UP:
            types = rows(db, TYPES, lambda *row: row, table=table.name)
            values = [OF_CHECKED.get((table.name, name)) or OF_TYPES[kind] for name, kind in types]
            names = ", ".join(f'"{name}"' for name, _ in types)
            execute(
                db,
                f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE"
                f" VALUES ({', '.join(values)}) ON CONFLICT DO NOTHING",
            )
        execute(db, "SELECT setval('signatures_signature_id_seq', 500)")  # some were removed


def contents(dsn: str) -> Contents:
    """Return the rows of all tables, as text, sorted."""
    with closing(psycopg2.connect(dsn)) as db, db:
        execute(db, "SET timezone = 'UTC'")
        return {table: _rows(db, table) for table in column(db, OURS)}


def _rows(db: Connection, table: str) -> list[Any]:
    names = ", ".join(f'"{name}"' for name in column(db, COLUMNS, table=table))
    return sorted(
        column(
            db, f"SELECT row_to_json(one_row)::text FROM (SELECT {names} FROM {table}) AS one_row"
        )
    )
