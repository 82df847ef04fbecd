"""The pool of connections: what an outage breaks, and for how many."""

import subprocess
import sys
from contextlib import ExitStack

import pytest

from socorro.postgres import Connection, Database, Unavailable, execute


def test_after_an_outage_one_transaction_fails_and_the_next_works(database: Database) -> None:
    with ExitStack() as all_at_once:
        for _ in range(4):
            all_at_once.enter_context(database.transaction())
    other = database.connect()
    execute(
        other,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    other.close()

    with pytest.raises(Unavailable):
        database.check()

    for _ in range(4):
        database.check()


def test_a_failed_transaction_leaves_nothing_and_its_connection_serves_on(
    database: Database,
) -> None:
    def fail(db: Connection) -> None:
        execute(db, "CREATE TABLE half_done ()")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.transaction() as db:
        fail(db)

    with database.transaction() as again, again.cursor() as cursor:
        cursor.execute("SELECT to_regclass('half_done')")
        assert again is db
        assert cursor.fetchone() == (None,)


def test_each_statement_is_kept_at_once_where_there_is_no_transaction(database: Database) -> None:
    def fail(db: Connection) -> None:
        execute(db, "CREATE TABLE whole ()")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.statement() as db:
        fail(db)

    with database.transaction() as again, again.cursor() as cursor:
        cursor.execute("SELECT to_regclass('whole')::text")
        assert again is db
        assert cursor.fetchone() == ("whole",)
        assert not again.autocommit


def test_an_outage_within_one_statement_breaks_no_later_one(database: Database) -> None:
    with pytest.raises(Unavailable), database.statement() as db:
        execute(db, "SELECT pg_terminate_backend(pg_backend_pid())")

    database.check()


def test_crash_ids_are_text_whatever_the_process_told_psycopg2(dsn: str) -> None:
    script = """
import sys, psycopg2.extras
psycopg2.extras.register_uuid()  # as Django does
from socorro.postgres import Database
told = "0bba929f-8721-460c-8e70-a43c00261123"
with Database(sys.argv[1]).transaction() as db, db.cursor() as cursor:
    cursor.execute("SELECT %s::uuid, ARRAY[%s::uuid], NULL::uuid", (told, told))
    assert cursor.fetchone() == (told, [told], None)
"""
    subprocess.run([sys.executable, "-c", script, dsn], check=True)
