"""The pool of connections: what an outage breaks, and for how many."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

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


@pytest.mark.parametrize(
    ("way", "left"), [(Database.transaction, None), (Database.statement, "made")]
)
def test_what_fails_leaves_nothing_of_a_transaction_and_each_statement_without_one(
    database: Database, way: Callable[[Database], AbstractContextManager[Connection]], left: object
) -> None:
    def fail(db: Connection) -> None:
        execute(db, "CREATE TABLE made ()")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), way(database) as db:
        fail(db)

    with database.transaction() as again, again.cursor() as cursor:
        cursor.execute("SELECT to_regclass('made')::text")
        assert again is db
        assert cursor.fetchone() == (left,)
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
