"""Talk to HBase through its Thrift1 gateway: connections, time limits, retries.

happybase has a pool, but it connects when it is created (a service must start while the store is
unavailable) and leaves broken sockets to the garbage collector; so this module keeps its own few
connections. Each call takes one, and one that failed in any way is closed, never used again.

* A connection that was open before may have died with a restart of the gateway: a call that can
  be repeated is tried on the next one, until a fresh one was tried.
* A fresh connection that fails, or no answer in time, means that the store is unavailable:
  StoreUnavailable, without another try. So every call ends within about *timeout_seconds*.
* An error that HBase itself reports leaves the connection open.
* Before its first call, and every few seconds of use, a connection is verified (hbase_marker.py).
"""

import math
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from queue import Empty, LifoQueue
from typing import Final, NamedTuple, TypeVar

import happybase
from Hbase_thrift import AlreadyExists, IllegalArgument, Mutation  # made by importing happybase
from Hbase_thrift import IOError as HBaseError
from thriftpy2.thrift import TException

from socorro.crashstore.interface import CannotStore, StoreUnavailable

Answer = TypeVar("Answer")
Cells = Mapping[bytes, bytes]  # column (family:qualifier) -> value

TIMEOUT_SECONDS: Final = 20.0
CHECK_SECONDS: Final = 4.0  # of a look whether HBase answers at all, which is asked for little
VERIFY_SECONDS: Final = 5.0  # a connection that was verified is believed for so long


class Row(NamedTuple):
    """One row of a scan: key, cells, and when its newest cell was written (ms, by HBase)."""

    key: bytes
    cells: Cells
    written: int


class _Open(NamedTuple):
    """An open connection, and when it was verified (monotonic)."""

    connection: happybase.Connection
    verified: float


class _Stale(Exception):
    """A connection that worked before is broken."""


class Client:
    """The operations on tables `<prefix>_<table>` that the store needs. Safe between threads.

    Every method raises StoreUnavailable; all but `increment` may be repeated without harm. `verify`
    raises it, too, for a connection that leads to another store, or to none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        prefix: str,
        connections: int,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._address = {"host": host, "port": port, "table_prefix": prefix}
        self._timeout = timeout_seconds
        self.verify: Callable[[happybase.Connection], None] = lambda _: None
        self._idle: LifoQueue[_Open | None] = LifoQueue()
        for _ in range(connections):
            self._idle.put(None)

    def get(self, table: str, row: bytes, columns: Sequence[bytes]) -> Cells:
        """Return the cells of one row that are in *columns* (or families); {} without any."""
        return self._do(lambda c: c.table(table).row(row, columns=columns))

    def get_many(
        self, table: str, rows: Sequence[bytes], columns: Sequence[bytes]
    ) -> dict[bytes, Cells]:
        """Return those of *rows* that have any of *columns*."""
        return self._do(lambda c: dict(c.table(table).rows(rows, columns=columns)))

    def put(self, table: str, row: bytes, cells: Cells) -> None:
        """Write cells of one row, all or none."""
        self._do(lambda c: c.table(table).put(row, cells))

    def put_rows(self, table: str, rows: Iterable[tuple[bytes, Cells]]) -> None:
        """Write many rows in one call; each is written whole or not at all."""
        changes = list(rows)

        def work(connection: happybase.Connection) -> None:
            with connection.table(table).batch() as batch:
                for row, cells in changes:
                    batch.put(row, cells)

        self._do(work)

    def put_if_absent(
        self, table: str, row: bytes, column: bytes, value: bytes, is_verified: bool = True
    ) -> bool:
        """Write the cell unless there is one; True when it holds *value* from then on."""

        def work(connection: happybase.Connection) -> bool:
            name = connection.table(table).name
            change = Mutation(isDelete=False, column=column, value=value)
            return bool(connection.client.checkAndPut(name, row, column, None, change, {}))

        if self._do(work, is_verified=is_verified):
            return True
        # A repeated call may find what its first try wrote when that answer was lost.
        cells = self.call(lambda c: c.table(table).row(row, columns=[column]), is_verified)
        return bool(cells.get(column) == value)

    def delete_cells(
        self, table: str, rows: Sequence[bytes], columns: Sequence[bytes], until: int | None = None
    ) -> None:
        """Delete *columns* of *rows*; *until* (ms) spares what was written later."""

        def work(connection: happybase.Connection) -> None:
            with connection.table(table).batch(timestamp=until) as batch:
                for row in rows:
                    batch.delete(row, columns=columns)

        self._do(work)

    def delete_row(self, table: str, row: bytes) -> None:
        """Delete a whole row; absent is no error."""
        self._do(lambda c: c.table(table).delete(row))

    def scan(
        self, table: str, start: bytes, stop: bytes, columns: Sequence[bytes], most: int
    ) -> list[Row]:
        """Return the first *most* rows in [start, stop) that have any of *columns*."""

        def work(connection: happybase.Connection) -> list[Row]:
            rows = connection.table(table).scan(
                row_start=start,
                row_stop=stop,
                columns=columns,
                limit=most,
                batch_size=most,
                include_timestamp=True,
            )
            return [_row(key, cells) for key, cells in rows]

        return self._do(work)

    def increment(self, table: str, row: bytes, column: bytes, count: int = 1) -> None:
        """Add *count*. Never repeated: a second call would count twice."""
        self._do(lambda c: c.table(table).counter_inc(row, column, count), repeatable=False)

    def create_table(self, name: str, families: Mapping[str, Mapping[str, object]]) -> None:
        """Create a table unless there is one of that name."""

        def work(connection: happybase.Connection) -> None:
            if name.encode() in connection.tables():
                return
            try:
                connection.create_table(name, families)
            except AlreadyExists:
                return

        self._do(work, is_verified=False)

    def call(
        self, work: Callable[[happybase.Connection], Answer], is_verified: bool = True
    ) -> Answer:
        """Do *work*, which may be repeated, with a connection that is verified or not."""
        return self._do(work, is_verified=is_verified)

    def close(self) -> None:
        """Close the connections that are not in use; a later call opens one again."""
        closed = 0
        while not self._idle.empty():
            _close(self._idle.get())
            closed += 1
        for _ in range(closed):
            self._idle.put(None)

    def _do(
        self,
        work: Callable[[happybase.Connection], Answer],
        repeatable: bool = True,
        is_verified: bool = True,
    ) -> Answer:
        while True:
            try:
                return self._once(work, is_verified)
            except _Stale as error:
                if not repeatable:
                    raise StoreUnavailable(f"HBase: {error}") from None

    def _once(
        self, work: Callable[[happybase.Connection], Answer], is_verified: bool = True
    ) -> Answer:
        try:
            idle = self._idle.get(timeout=self._timeout)
        except Empty:
            raise StoreUnavailable("all connections to HBase are busy") from None
        current, keep = idle, None
        try:
            current = current or _Open(self._connect(), -math.inf)
            if is_verified and time.monotonic() - current.verified > VERIFY_SECONDS:
                self.verify(current.connection)
                current = current._replace(verified=time.monotonic())
            answer = work(current.connection)
            keep = current
        except IllegalArgument as error:
            keep = current
            raise CannotStore(f"HBase refuses it: {_java_name(error)}") from None
        except HBaseError as error:
            keep = current
            raise StoreUnavailable(f"HBase: {_java_name(error)}") from None
        except (TException, OSError) as error:
            if idle is not None and not isinstance(error, socket.timeout):
                raise _Stale(type(error).__name__) from None
            raise StoreUnavailable(f"no answer from HBase ({type(error).__name__})") from None
        finally:
            if keep is None:
                _close(current)
            self._idle.put(keep)
        return answer

    def _connect(self) -> happybase.Connection:
        return happybase.Connection(timeout=int(self._timeout * 1000), **self._address)


def _close(opened: _Open | None) -> None:
    if opened is not None:
        opened.connection.close()


def _row(key: bytes, cells: Mapping[bytes, tuple[bytes, int]]) -> Row:
    values = {column: value for column, (value, _) in cells.items()}
    return Row(key, values, max(written for _, written in cells.values()))


def _java_name(error: Exception) -> str:
    """Return the name of the Java exception; the rest is a stack trace that may quote data."""
    message = getattr(error, "message", b"") or b""
    text = message if isinstance(message, str) else message.decode(errors="replace")
    if "TableNotFoundException" in text:
        return "a table is missing: run `socorro store create`"
    return text.split(":")[0].split("\n")[0].rsplit(".", 1)[-1][:80]
