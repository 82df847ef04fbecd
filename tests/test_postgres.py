"""The pool of connections: what an outage breaks, and for how many."""

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
