"""The crash store on HBase, reached through its Thrift1 gateway (docs/hbase.md).

A put writes, in this order: dumps and raw crash, the row of the index, the manifest. The
manifest is written only where there is none (checkAndPut), in one cell: that is the commit, and
the first put wins. A put that is killed before leaves pieces that nothing refers to and perhaps a
row of the index that is not shown; repeating it completes it. hbase_layout.py has the tables.
"""

import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice

from socorro import log, quick_json
from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.hbase_client import TIMEOUT_SECONDS, Client
from socorro.crashstore.hbase_index import Index
from socorro.crashstore.interface import (
    CrashNotFound,
    Level,
    StoreUnavailable,
    Waiting,
)
from socorro.crashstore.limits import LENGTH, check_processed, check_raw, span

_HOURS_AT_ONCE = 500
_FORGET_AT_ONCE = 1000


class HBaseStore:
    """A CrashStore in tables `<prefix>_crash_reports`, `_crash_index` and `_counters`."""

    def __init__(
        self,
        host: str,
        port: int,
        prefix: str = "socorro",
        connections: int = 4,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.client = Client(host, port, prefix, connections, timeout_seconds)
        self._index = Index(self.client, now)

    def create(self) -> None:
        """See CrashStore. Tables are created unsplit, which is right for one machine.

        For a cluster create them first, with the commands of `shell_commands`.
        """
        with ThreadPoolExecutor(len(layout.TABLES)) as threads:
            list(threads.map(lambda item: self.client.create_table(*item), layout.TABLES.items()))

    def adopt(self) -> None:
        """See CrashStore. Its tables are all that is known of it."""
        self.check()

    def adopt_unmarked(self) -> bool:
        """See CrashStore. Tables need no marker."""
        return False

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        """See CrashStore."""
        row = layout.crash_row(raw.crash_id)
        if self.client.get(layout.CRASHES, row, [layout.MANIFEST]):
            return False
        check_raw(raw, dumps)
        manifest, calls = layout.lay_out(raw, dumps, put=secrets.token_hex(8))
        for cells in calls:
            self.client.put(layout.CRASHES, row, cells)
        index_row = layout.index_row(raw.crash_id, raw.submitted)
        self.client.put(layout.INDEX, index_row, layout.index_cells(raw.crash_id))
        text = manifest.to_json()
        if not self.client.put_if_absent(layout.CRASHES, row, layout.MANIFEST, text):
            self._withdraw(raw.crash_id, manifest)
            return False
        self._count(raw.submitted)
        return True

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """See CrashStore."""
        return _raw(*self._read(crash_id, layout.RAW_FAMILY))

    def dump_names(self, crash_id: CrashId) -> list[str]:
        """See CrashStore."""
        manifest, _ = self._read(crash_id)
        return sorted(manifest.dumps)

    def get_dump(self, crash_id: CrashId, name: str) -> bytes:
        """See CrashStore."""
        manifest, _ = self._read(crash_id)
        blob = manifest.dumps.get(name)
        if blob is None:
            raise CrashNotFound(f"{crash_id}: no dump of that name")
        return self._dump(crash_id, blob)

    def get_crash(
        self, crash_id: CrashId, choose: Callable[[list[str]], Sequence[str]]
    ) -> tuple[RawCrash, dict[str, bytes]]:
        """See CrashStore."""
        manifest, cells = self._read(crash_id, layout.RAW_FAMILY)
        chosen = choose(sorted(manifest.dumps))
        dumps = {name: self._dump(crash_id, manifest.dumps[name]) for name in chosen}
        return _raw(manifest, cells), dumps

    def put_processed(self, crash_id: CrashId, processed: Processed) -> None:
        """See CrashStore."""
        self._read(crash_id)
        text = zlib.compress(quick_json.dumps(processed))
        check_processed(text)
        cells = layout.processed_cells(text)
        self.client.put(layout.CRASHES, layout.crash_row(crash_id), cells)

    def get_processed(self, crash_id: CrashId) -> Processed:
        """See CrashStore."""
        _, cells = self._read(crash_id, layout.PROCESSED, layout.PROCESSED_FAMILY)
        if layout.PROCESSED not in cells:
            raise CrashNotFound(f"{crash_id}: not processed")
        processed: Processed = quick_json.loads(zlib.decompress(layout.processed_text(cells)))
        return processed

    def waiting(self, limit: int = 1000) -> Iterator[Waiting]:
        """See CrashStore."""
        for entry in self._index.waiting(limit):
            yield Waiting(entry.crash_id, entry.submitted)

    def forget_waiting(self, entries: Iterable[Waiting]) -> None:
        """See CrashStore."""
        rows = (layout.index_row(entry.crash_id, entry.submitted) for entry in entries)
        while page := list(islice(rows, _FORGET_AT_ONCE)):
            self.client.delete_cells(layout.INDEX, page, [layout.WAITING])

    def submitted(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """See CrashStore."""
        return (entry.crash_id for entry in self._index.submitted(start, end))

    def unprocessed(self, start: datetime, end: datetime) -> Iterator[CrashId]:
        """See CrashStore."""
        entries = self._index.submitted(start, end)
        return (entry.crash_id for entry in entries if not entry.is_processed)

    def delete(self, crash_id: CrashId) -> None:
        """See CrashStore."""
        try:
            manifest, _ = self._read(crash_id)
        except CrashNotFound:
            manifest = None
        # The index row last: after a kill it dangles and is swept.
        self.client.delete_row(layout.CRASHES, layout.crash_row(crash_id))
        if manifest:
            self.client.delete_row(layout.INDEX, layout.index_row(crash_id, manifest.submitted))

    def counters(self, level: Level, start: datetime, end: datetime) -> dict[datetime, int]:
        """See CrashStore."""
        counted: dict[datetime, int] = {}
        begin, stop = _hour(span(level, start)), _hour(end + LENGTH["hour"])
        while True:
            rows = self.client.scan(layout.COUNTERS, begin, stop, [b"puts"], _HOURS_AT_ONCE)
            for row in rows:
                hour = datetime.fromisoformat(row.key.decode()).replace(tzinfo=UTC)
                for column, value in row.cells.items():
                    at = span(level, hour.replace(minute=int(column[-2:])))
                    counted[at] = counted.get(at, 0) + int.from_bytes(value, "big")
            if len(rows) < _HOURS_AT_ONCE:
                return {at: counted[at] for at in sorted(counted) if span(level, start) <= at < end}
            begin = rows[-1].key + b"\0"

    def check(self) -> None:
        """See CrashStore."""
        row = b"~check" + secrets.token_hex(8).encode()  # sorts behind all crashes
        for table, families in layout.TABLES.items():
            column = f"{next(iter(families))}:check".encode()
            self.client.get(table, row, [column])  # reports a missing table; a put does not
            self.client.put(table, row, {column: row})
            if self.client.get(table, row, [column]).get(column) != row:
                raise StoreUnavailable(f"HBase does not return what was written to {table}")
            self.client.delete_row(table, row)

    def close(self) -> None:
        """See CrashStore."""
        self.client.close()

    def _read(
        self, crash_id: CrashId, *columns: bytes
    ) -> tuple[layout.Manifest, Mapping[bytes, bytes]]:
        """Return manifest and cells of a committed crash."""
        row = layout.crash_row(crash_id)
        cells = self.client.get(layout.CRASHES, row, [layout.MANIFEST, *columns])
        if layout.MANIFEST not in cells:
            raise CrashNotFound(crash_id)
        return layout.Manifest.from_json(cells[layout.MANIFEST]), cells

    def _dump(self, crash_id: CrashId, blob: layout.Blob) -> bytes:
        row = layout.crash_row(crash_id)
        pieces = []
        for column in blob.columns("dump"):
            cells = self.client.get(layout.CRASHES, row, [column])
            if column not in cells:
                raise CrashNotFound(f"{crash_id}: deleted while it was read")
            pieces.append(cells[column])
        return b"".join(pieces)

    def _withdraw(self, crash_id: CrashId, ours: layout.Manifest) -> None:
        """Remove what a put wrote that came second."""
        stored, _ = self._read(crash_id)
        left = sorted(ours.columns() - stored.columns())
        if left:
            self.client.delete_cells(layout.CRASHES, [layout.crash_row(crash_id)], left)
        if ours.submitted != stored.submitted:
            self.client.delete_row(layout.INDEX, layout.index_row(crash_id, ours.submitted))

    def _count(self, submitted: datetime) -> None:
        column = f"puts:{submitted.astimezone(UTC):%M}".encode()
        try:
            self.client.increment(layout.COUNTERS, _hour(submitted), column)
        except StoreUnavailable as error:
            log.get().warning("crash stored but not counted", error=str(error))


def _raw(manifest: layout.Manifest, cells: Mapping[bytes, bytes]) -> RawCrash:
    text = b"".join(cells[column] for column in manifest.raw.columns("raw"))
    return RawCrash.from_json(zlib.decompress(text))


def _hour(time: datetime) -> bytes:
    return layout.stamp(time)[: len("2026-11-23T12")].encode()
