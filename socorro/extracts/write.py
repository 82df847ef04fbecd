"""Writes the extracts of a day, both at once: Postgres -> COPY -> cleaned lines -> gzip files.

Memory does not grow with the day: rows come one hour after the other, are cleaned many at a time,
and are compressed while the next ones come, each file by a thread of its own. A file appears under
its name when it is whole and on disk; what stands beside it (checksum, description) comes after it.
"""

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from socorro.extracts import columns, folder, lines
from socorro.extracts.folder import Audience
from socorro.postgres import Connection, Database, execute, load_sql, rows

SQL = load_sql(__file__)

BLOCK: Final = 300  # rows cleaned at a time; many more would not stay in the processor's cache
WAITING: Final = 4  # blocks of a file that may wait for their compression
GZIP: Final = 31  # zlib's sign for gzip's header: without a name, its time 0


class Written(NamedTuple):
    """What was written for one audience."""

    path: Path
    reports: int
    bytes: int


class _Product(NamedTuple):
    product: str


def products(db: Connection) -> list[str]:
    """Return the products that are counted."""
    return [found.product for found in rows(db, SQL["products"], _Product)]


def write(
    database: Database,
    to: Path,
    day: date,
    product: str,
    audiences: Sequence[Audience],
    report_url: str,
    level: int = 3,
    passed: Callable[[int], None] = lambda _: None,
) -> list[Written]:
    """Write the extracts of a product and a day, UTC; return what was written.

    *passed* is told after each hour how many reports there were so far.
    """
    with ExitStack() as stack:
        files = [
            stack.enter_context(_File(folder.path(to, day, product, each), level, _blanks(each)))
            for each in audiences
        ]
        sink = _Sink(files)
        with database.transaction() as db:
            execute(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            execute(db, "SET LOCAL statement_timeout = 0")
            execute(db, "SET LOCAL work_mem = '96MB'")
            for hour in _hours(day):
                _copy(db, sink, product=product, hour=hour, report_url=report_url)
                sink.flush()
                passed(sink.count)
        return [Written(file.path, sink.count, file.finish()) for file in files]


def _hours(day: date) -> Iterator[datetime]:
    start = datetime.combine(day, time(), UTC)
    return (start + timedelta(hours=hour) for hour in range(24))


def _blanks(audience: Audience) -> Mapping[int, bytes]:
    return columns.protected() if audience == "public" else {}


def _copy(db: Connection, sink: "_Sink", **parameters: object) -> None:
    with db.cursor() as cursor:
        statement = cursor.mogrify(SQL["hour"], parameters).decode()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT", sink)


class _Sink:
    """Takes rows from COPY, one by one, and hands lines on in blocks."""

    def __init__(self, files: "Sequence[_File]") -> None:
        self._files = files
        self._rows: list[bytes] = []
        self.count = 0

    def write(self, copied: bytes, /) -> None:
        """Take one row."""
        self._rows.append(copied)
        if len(self._rows) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand on what was taken."""
        taken, self._rows = self._rows, []
        self.count += len(taken)
        written = lines.lines(b"".join(taken))
        for file in self._files:
            file.add(written)


class _File:
    """One gzip file under way; a thread of its own compresses it."""

    def __init__(self, path: Path, level: int, blanks: Mapping[int, bytes]) -> None:
        self.path, self._blanks = path, blanks
        self._mode = 0o640 if path.parent.name == "private" else 0o644
        self._gzip = zlib.compressobj(level, zlib.DEFLATED, GZIP)
        self._sum = hashlib.sha256()
        self._size = 0
        self._waiting: deque[Future[None]] = deque()
        folder.prepare(path.parent)
        self._draft = path.with_name(f".{path.name}.new")
        descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._mode)
        self._out = os.fdopen(descriptor, "wb", buffering=0)
        os.fchmod(descriptor, self._mode)
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> "_File":
        self._later(columns.HEADER)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing half written behind."""
        self._thread.shutdown(cancel_futures=True)
        self._out.close()
        self._draft.unlink(missing_ok=True)

    def add(self, written: bytes) -> None:
        """Take lines; they are compressed while the next ones come."""
        self._later(lines.masked(written, self._blanks) if self._blanks else written)

    def finish(self) -> int:
        """Give the file its name; return its size in bytes."""
        self._wait(0)
        self._write(self._gzip.flush())
        os.fsync(self._out.fileno())
        self._draft.replace(self.path)
        told = f"{self._sum.hexdigest()}  {self.path.name}\n"
        folder.write(folder.checksum(self.path), told, self._mode)
        folder.write(folder.described(self.path), columns.description(self._blanks), self._mode)
        folder.sync(self.path.parent)
        return self._size

    def _later(self, text: bytes) -> None:
        self._wait(WAITING - 1)
        self._waiting.append(self._thread.submit(self._compress, text))

    def _wait(self, most: int) -> None:
        """Wait until no more than *most* blocks wait."""
        while len(self._waiting) > most:
            self._waiting.popleft().result()

    def _compress(self, text: bytes) -> None:
        self._write(self._gzip.compress(text))

    def _write(self, data: bytes) -> None:
        self._sum.update(data)
        self._size += len(data)
        view = memoryview(data)
        while view:
            view = view[self._out.write(view) or 0 :]
