"""A database of an earlier version has today's functions after a migration, and no others."""

import secrets
from contextlib import closing
from datetime import date

import psycopg2
import pytest
from psycopg2.extensions import make_dsn
from yoyo import read_migrations

from socorro import migrate as migrations
from socorro import roles
from socorro.migrate import migrate
from socorro.postgres import Connection
from tests.conftest import admin
from tests.sql.rows import NOON, make_id, query

EARLIER = """
    CREATE FUNCTION mixed(told text, hash bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
    CREATE FUNCTION backfill_flash(wanted date) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION update_flash(date);
    CREATE FUNCTION update_flash(wanted date) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION our_own(wanted date) RETURNS integer LANGUAGE sql AS 'SELECT 1';
"""


def functions(db: Connection) -> list[tuple[str, list[str] | None]]:
    """Functions and procedures with the names of their arguments."""
    return [
        (signature, names)
        for signature, names in query(
            db,
            "SELECT oid::regprocedure::text, proargnames FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        )
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_functions_of_earlier_versions_go_and_arguments_are_renamed(dsn: str, times: int) -> None:
    with closing(psycopg2.connect(dsn)) as db:
        with db:
            today = functions(db)
            query(db, EARLIER)
        for _ in range(times):
            migrate(dsn)
        with db:
            own = ("our_own(date)", ["wanted"])
            assert functions(db) == sorted([*today, own])


def test_names_that_were_refused_are_counted_after_the_upgrade(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"test_{secrets.token_hex(6)}"
    admin(postgres_dsn, f"CREATE DATABASE {name} OWNER {roles.OWNER}")
    dsn = make_dsn(postgres_dsn, dbname=name)
    with monkeypatch.context() as earlier:
        earlier.setattr(
            migrations,
            "read_migrations",
            lambda folder: read_migrations(folder).filter(lambda step: step.id < "0030"),
        )
        migrations._apply(dsn)
    with closing(psycopg2.connect(dsn)) as db, db:
        query(db, "CREATE TABLE bad PARTITION OF reports_bad DEFAULT")
        query(db, "INSERT INTO reports_bad VALUES (%s, %s, 'implausible')", NOON, make_id(NOON))
        for version, built in (("9.0", "1970-01-01"), ("10.0", "2026-11-20")):
            query(
                db,
                "INSERT INTO product_versions (product, version, release_channel, version_sort,"
                " release_version, build_date, sunset_date, source)"
                " VALUES ('Firefox', %s, 'release', '', '', %s, %s::date + 126, 'reports')",
                *(version, built, built),
            )
        query(
            db,
            "INSERT INTO crash_counts SELECT product_version_id, '2026-11-23', 1, 1, 1, 1"
            " FROM product_versions",
        )

    assert "0030_names_of_every_kind" in migrate(dsn)

    with closing(psycopg2.connect(dsn)) as db, db:
        assert query(db, "SELECT hour FROM changed_hours") == [(NOON,)]
        assert query(
            db,
            "SELECT version, build_date, sunset_date - build_date FROM product_versions"
            ' ORDER BY version_sort COLLATE "C"',
        ) == [("9.0", NOON.date(), 126), ("10.0", date(2026, 11, 20), 126)]
        assert query(db, "SELECT product, version FROM reports_bad") == [("", "")]
    admin(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")
