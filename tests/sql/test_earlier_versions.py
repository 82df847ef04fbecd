"""A database of an earlier version has today's functions after a migration, and no others."""

from contextlib import closing

import psycopg2
import pytest

from socorro.migrate import migrate
from socorro.postgres import Connection
from tests.sql.rows import query

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
