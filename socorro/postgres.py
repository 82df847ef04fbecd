"""Postgres: a small pool, transactions, named statements, migrations."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions

Connection = psycopg2.extensions.connection
Unavailable = (psycopg2.OperationalError, psycopg2.InterfaceError)  # trying later may help

# A machine that went away without a word is noticed within half a minute, also while idle.
TCP: Mapping[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # milliseconds
}

Row = TypeVar("Row")

# Crash ids are text here, also in a process in which Django configured psycopg2 otherwise.
_UUID = psycopg2.extensions.new_type((2950,), "UUID as text", lambda text, _: text)
_UUIDS = psycopg2.extensions.new_array_type((2951,), "UUID[] as text", _UUID)

_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


class Database:
    """A pool of at most *size* connections; safe to share between threads.

    Sessions are in UTC. A connection that broke is dropped, so the next transaction after an outage
    works; the one that was under way raises one of `Unavailable`.
    """

    def __init__(
        self, dsn: str, size: int = 4, name: str = "socorro", statement_seconds: int = 60
    ) -> None:
        self._dsn, self._name, self._seconds = dsn, name, statement_seconds
        self._idle: list[Connection] = []
        self._places = threading.BoundedSemaphore(size)

    @property
    def dsn(self) -> str:
        """The connection string; it may hold a password."""
        return self._dsn

    def connect(self) -> Connection:
        """Open a connection outside of the pool; the caller closes it."""
        connection: Connection = psycopg2.connect(
            self._dsn,
            connect_timeout=5,
            application_name=self._name,
            # When we are killed, Postgres ends our statement within a second.
            options=f"-c timezone=UTC -c statement_timeout={self._seconds}s"
            " -c client_connection_check_interval=1s",
            **TCP,
        )
        for kind in (_UUID, _UUIDS):
            psycopg2.extensions.register_type(kind, connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; commit at the end, roll back on an exception."""
        with self._places:
            db = self._take()
            try:
                yield db
                db.commit()
            except BaseException:
                if not db.closed:
                    _roll_back(db)
                raise
            finally:
                if db.closed:
                    self.close()  # what broke this one has broken the idle ones
                else:
                    self._idle.append(db)

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """Yield a connection on which each statement is a transaction: it takes one round trip."""
        with self.transaction() as db:
            db.autocommit = True
            try:
                yield db
            finally:
                if not db.closed:
                    db.autocommit = False

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self.connect()

    def check(self) -> None:
        """Raise one of Unavailable unless the database answers."""
        with self.transaction() as db, db.cursor() as cursor:
            cursor.execute("SELECT 1")

    def close(self) -> None:
        """Close the connections that are not in use."""
        with suppress(IndexError):  # another thread may take the last one
            while True:
                self._idle.pop().close()


def words_of(dsn: str) -> dict[str, str]:
    """Return the values of a connection string by libpq's names: host, port, dbname, …"""
    return dict(psycopg2.extensions.parse_dsn(dsn))


def _roll_back(db: Connection) -> None:
    try:
        db.rollback()
    except Unavailable:
        db.close()


def load_sql(beside: str) -> Mapping[str, str]:
    """Return the statements of the .sql file beside a module, by their names.

    A statement starts at a line `-- name: top_crashers`. *beside* is the module's __file__.
    """
    _, *pieces = _NAME.split(Path(beside).with_suffix(".sql").read_text())
    return dict(zip(pieces[::2], (text.strip() for text in pieces[1::2]), strict=True))


def rows(db: Connection, statement: str, row: Callable[..., Row], **parameters: Any) -> list[Row]:
    """Run a *statement*; return its rows, each made by *row* (a NamedTuple) from its columns."""
    with db.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [row(*columns) for columns in cursor.fetchall()]


def column(db: Connection, statement: str, **parameters: Any) -> list[Any]:
    """Run a *statement*; return the first column of its rows."""
    with db.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [first for first, *_ in cursor.fetchall()]


def value(db: Connection, statement: str, **parameters: Any) -> Any:
    """Run a *statement*; return the first column of its first row, None when it has no row."""
    values = column(db, statement, **parameters)
    return values[0] if values else None


def execute(db: Connection, statement: str, **parameters: Any) -> int:
    """Run a *statement* for its effect; return how many rows it changed or returned."""
    with db.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
