"""Writes the extracts of a day, both at once: Postgres -> COPY -> cleaned lines -> gzip files.

Memory does not grow with the day: rows come hour by hour, are cleaned many at a time, and are
compressed while the next ones come, each file by a thread of its own. Files appear under their
names when all of them are whole and on disk; Parquet file, checksum and description come after
them, and a file counts as complete when it has its checksum.
"""

import hashlib
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from socorro.extracts import columns, folder, lines, parquet
from socorro.extracts.folder import Audience
from socorro.files import replacing, write_whole
from socorro.no_product import stored
from socorro.postgres import Connection, Database, column, execute, load_sql

SQL = load_sql(__file__)

BLOCK: Final = 300  # rows cleaned at a time; many more do not fit the processor's cache
WAITING: Final = 4  # blocks of a file that may wait for compression
GZIP: Final = 31  # window bits that make zlib write gzip's header: without a name, its time 0


class Written(NamedTuple):
    """What was written for one audience."""

    path: Path
    reports: int
    bytes: int


def products(db: Connection) -> list[str]:
    """Return the products that are counted."""
    return column(db, SQL["products"])


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

    *passed* is called after each hour with the number of reports so far.
    """
    files = [
        _File(folder.path(to, day, product, audience), level, _blanks(audience))
        for audience in audiences
    ]
    with ExitStack() as stack:
        sink = _Sink([stack.enter_context(file) for file in files])
        with database.transaction() as db:
            execute(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            execute(db, "SET LOCAL statement_timeout = 0")
            execute(db, "SET LOCAL work_mem = '96MB'")
            for hour in _hours(day):
                _copy(db, sink, product=stored(product), hour=hour, report_url=report_url)
                sink.flush()
                passed(sink.count)
        for file in files:
            file.finish()
    for file in files:
        file.describe()
    return [Written(file.path, sink.count, file.size) for file in files]


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
    """Takes rows from COPY, one by one, and passes lines on in blocks."""

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
        """Pass on the rows taken so far."""
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
        self.size = 0  # bytes
        self._waiting: deque[Future[None]] = deque()
        folder.prepare(path.parent)
        self._replacing = replacing(path, self._mode)
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> "_File":
        self._out = self._replacing.__enter__()
        self._later(columns.HEADER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the file its name; leave nothing behind after an error."""
        self._thread.shutdown(cancel_futures=True)
        self._replacing.__exit__(kind, error, trace)

    def add(self, written: bytes) -> None:
        """Take lines; they are compressed while the next ones come."""
        self._later(lines.masked(written, self._blanks) if self._blanks else written)

    def finish(self) -> None:
        """Write what is still to be compressed."""
        self._wait(0)
        self._write(self._gzip.flush())

    def describe(self) -> None:
        """Write Parquet file, checksum and description of the finished file."""
        parquet.write(self.path, self._mode)
        checksum = f"{self._sum.hexdigest()}  {self.path.name}\n"
        write_whole(folder.checksum(self.path), checksum, self._mode)
        description = columns.description(self._blanks)
        write_whole(folder.described(self.path), description, self._mode)

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
        self.size += len(data)
        self._out.write(data)
