"""The crash store on HBase, reached through its Thrift1 gateway (docs/hbase.md).

A put writes, in this order: dumps and raw crash, the row of the index, the manifest. The
manifest is written only where there is none (checkAndPut), in one cell: that is the commit, and
the first put wins. A put that is killed before leaves pieces that nothing refers to and perhaps a
row of the index that is not shown; repeating it completes it. hbase_layout.py has the tables.

Calls are what costs: HBase takes a third of the processor time when sixteen crashes share them. So
each step is done for a whole batch before the next one, but for the commit, which is per crash.
"""

import secrets
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from socorro import log, quick_json
from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.damage import BROKEN, described
from socorro.crashstore.hbase_client import CHECK_SECONDS, TIMEOUT_SECONDS, Client
from socorro.crashstore.hbase_index import Index
from socorro.crashstore.hbase_marker import HBaseMarker
from socorro.crashstore.interface import (
    CrashNotFound,
    DamagedCrash,
    Level,
    StoreUnavailable,
    Waiting,
)
from socorro.crashstore.limits import LENGTH, check_processed, check_raw, span
from socorro.marker import REMEMBERED

_WHAT: Final = {"raw": "raw crash", "dump": "dump"}  # families, in reasons of damage
_HOURS_AT_ONCE = 500
_FORGET_AT_ONCE = 1000


class HBaseStore:
    """A CrashStore in tables `<prefix>_crash_reports`, `_crash_index` and `_counters`."""

    batch: Final = 16

    def __init__(
        self,
        host: str,
        port: int,
        prefix: str = "socorro",
        connections: int = 4,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        now: Callable[[], float] = time.time,
        home: Path | None = None,
    ) -> None:
        """*home* is the folder that remembers the store's id."""
        self.client = Client(host, port, prefix, connections, timeout_seconds)
        memory = home / REMEMBERED if home else None
        self._marker = HBaseMarker(self.client, f"{host}:{port}/{prefix}", memory)
        self._index = Index(self.client, now)
        # A check has a connection and a shorter time limit of its own: it must not wait for those
        # that hang, and a worker asks it before it blames a crash.
        self._checking = Client(host, port, prefix, 1, min(CHECK_SECONDS, timeout_seconds))
        self._checking.verify = self._marker.require

    def create(self) -> None:
        """See CrashStore. Tables are created unsplit, which is right for one machine.

        For a cluster create them first, with the commands of `shell_commands`.
        """
        with ThreadPoolExecutor(len(layout.TABLES)) as threads:
            list(threads.map(lambda item: self.client.create_table(*item), layout.TABLES.items()))
        self._marker.create()

    def adopt(self) -> None:
        """See CrashStore."""
        self._marker.adopt()

    def adopt_unmarked(self) -> bool:
        """See CrashStore."""
        return self._marker.adopt_unmarked()

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        """See CrashStore."""
        [is_new] = self.put_raw_batch([(raw, dumps)])
        return is_new

    def put_raw_batch(self, crashes: Sequence[tuple[RawCrash, Mapping[str, bytes]]]) -> list[bool]:
        """See CrashStore."""
        rows = [layout.crash_row(raw.crash_id) for raw, _ in crashes]
        stored = self.client.get_many(layout.CRASHES, rows, [layout.MANIFEST])
        new = [
            (raw, dumps) for raw, dumps in crashes if layout.crash_row(raw.crash_id) not in stored
        ]
        committed = iter(self._put_new(new) if new else ())
        return [row not in stored and next(committed) for row in rows]

    def _put_new(self, crashes: Sequence[tuple[RawCrash, Mapping[str, bytes]]]) -> list[bool]:
        """Put crashes that had no manifest a moment ago; return which are new."""
        for raw, dumps in crashes:
            check_raw(raw, dumps)
        laid = [layout.lay_out(raw, dumps, put=secrets.token_hex(8)) for raw, dumps in crashes]
        rows = [layout.crash_row(raw.crash_id) for raw, _ in crashes]
        cells = [
            (row, piece) for row, (_, pieces) in zip(rows, laid, strict=True) for piece in pieces
        ]
        for call in layout.by_size(cells):
            self.client.put_rows(layout.CRASHES, call)
        self.client.put_rows(
            layout.INDEX,
            [
                (layout.index_row(raw.crash_id, raw.submitted), layout.index_cells(raw.crash_id))
                for raw, _ in crashes
            ],
        )
        are_new = [
            self._commit(raw, manifest)
            for (raw, _), (manifest, _) in zip(crashes, laid, strict=True)
        ]
        self._count(
            raw.submitted for (raw, _), is_new in zip(crashes, are_new, strict=True) if is_new
        )
        return are_new

    def _commit(self, raw: RawCrash, manifest: layout.Manifest) -> bool:
        """Write the manifest, unless another put was first: then remove what this one wrote."""
        row, text = layout.crash_row(raw.crash_id), manifest.to_json()
        if self.client.put_if_absent(layout.CRASHES, row, layout.MANIFEST, text):
            return True
        self._withdraw(raw.crash_id, manifest)
        return False

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """See CrashStore."""
        return _raw(crash_id, *self._read(crash_id, layout.RAW_FAMILY))

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
        """See CrashStore. Most crashes have few and small dumps: they come with the first call."""
        manifest, cells = self._read(crash_id, layout.RAW_FAMILY, layout.DUMP_FAMILY)
        chosen = choose(sorted(manifest.dumps))
        dumps = {name: _body(crash_id, "dump", manifest.dumps[name], cells) for name in chosen}
        return _raw(crash_id, manifest, cells), dumps

    def stored(self, crash_ids: Sequence[CrashId]) -> list[CrashId]:
        """See CrashStore. The cells of a manifest are small: one call."""
        rows = [layout.crash_row(crash_id) for crash_id in crash_ids]
        present = self.client.get_many(layout.CRASHES, rows, [layout.MANIFEST]) if rows else {}
        return [crash_id for crash_id, row in zip(crash_ids, rows, strict=True) if row in present]

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
        with _reading(crash_id, "processed crash"):
            processed: Processed = quick_json.loads(zlib.decompress(layout.processed_text(cells)))
            if not isinstance(processed, dict):
                raise TypeError
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
            self._checking.get(table, row, [column])  # reports a missing table; a put does not
            self._checking.put(table, row, {column: row})
            if self._checking.get(table, row, [column]).get(column) != row:
                raise StoreUnavailable(f"HBase does not return what was written to {table}")
            self._checking.delete_row(table, row)

    def close(self) -> None:
        """See CrashStore."""
        self.client.close()
        self._checking.close()

    def _read(
        self, crash_id: CrashId, *columns: bytes
    ) -> tuple[layout.Manifest, Mapping[bytes, bytes]]:
        """Return manifest and cells of a committed crash."""
        row = layout.crash_row(crash_id)
        cells = self.client.get(layout.CRASHES, row, [layout.MANIFEST, *columns])
        if layout.MANIFEST not in cells:
            raise CrashNotFound(crash_id)
        with _reading(crash_id, "manifest"):
            return layout.Manifest.from_json(cells[layout.MANIFEST]), cells

    def _dump(self, crash_id: CrashId, blob: layout.Blob) -> bytes:
        row = layout.crash_row(crash_id)
        cells: dict[bytes, bytes] = {}
        for column in blob.columns("dump"):
            cells.update(self.client.get(layout.CRASHES, row, [column]))
            if column not in cells:
                self._read(crash_id)  # raises CrashNotFound when it was deleted meanwhile
        return _body(crash_id, "dump", blob, cells)

    def _withdraw(self, crash_id: CrashId, ours: layout.Manifest) -> None:
        """Remove what a put wrote that came second."""
        try:
            stored, _ = self._read(crash_id)
        except DamagedCrash:
            return  # what belongs to it is not known
        left = sorted(ours.columns() - stored.columns())
        if left:
            self.client.delete_cells(layout.CRASHES, [layout.crash_row(crash_id)], left)
        if ours.submitted != stored.submitted:
            self.client.delete_row(layout.INDEX, layout.index_row(crash_id, ours.submitted))

    def _count(self, submitted: Iterable[datetime]) -> None:
        minutes = Counter(at.astimezone(UTC).replace(second=0, microsecond=0) for at in submitted)
        for minute, count in minutes.items():
            column = f"puts:{minute:%M}".encode()
            try:
                self.client.increment(layout.COUNTERS, _hour(minute), column, count)
            except StoreUnavailable as error:
                log.get().warning("crashes stored but not counted", error=str(error))


def _raw(crash_id: CrashId, manifest: layout.Manifest, cells: Mapping[bytes, bytes]) -> RawCrash:
    text = _body(crash_id, "raw", manifest.raw, cells)
    with _reading(crash_id, "raw crash"):
        return RawCrash.from_json(zlib.decompress(text))


def _body(crash_id: CrashId, family: str, blob: layout.Blob, cells: Mapping[bytes, bytes]) -> bytes:
    """Return the bytes of a blob. Raises DamagedCrash: they are not those that were put."""
    try:
        body = b"".join(cells[column] for column in blob.columns(family))
    except KeyError:
        raise DamagedCrash(crash_id, f"{_WHAT[family]}: a piece is missing") from None
    if layout.blob_of(body) != blob:
        raise DamagedCrash(crash_id, f"{_WHAT[family]}: differs from its checksum")
    return body


@contextmanager
def _reading(crash_id: CrashId, what: str) -> Iterator[None]:
    """Blame the crash for what is wrong with its cells."""
    try:
        yield
    except BROKEN as error:
        raise DamagedCrash(crash_id, f"{what}: {described(error)}") from None


def _hour(time: datetime) -> bytes:
    return layout.stamp(time)[: len("2026-11-23T12")].encode()
