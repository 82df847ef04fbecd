"""Statements that may take only so long, within a transaction that goes on when they do not."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2.errors

from socorro.postgres import Connection, execute


class Overdue(Exception):
    """A statement took longer than it may."""


@contextmanager
def bounded(db: Connection, seconds: float) -> Iterator[None]:
    """Let each statement take *seconds* at most. Raises Overdue; the transaction goes on."""
    execute(db, "SAVEPOINT bounded")
    execute(db, "SELECT set_config('statement_timeout', %(ms)s, true)", ms=f"{seconds * 1000:.0f}")
    try:
        yield
    except psycopg2.errors.QueryCanceled:
        execute(db, "ROLLBACK TO SAVEPOINT bounded")
        raise Overdue from None
    execute(db, "RELEASE SAVEPOINT bounded")
