"""The index of crashes in HBase: read in order of submission, checked against the crashes.

A row of the index is written before its crash is committed, so a row may dangle: its put is
under way or was interrupted, or the crash was committed with another time. Such rows are never
shown, and removed when they are old. Rows are read in pages, each by a scan of its own, so a
reader may take hours over a page, and memory does not grow with the index.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from socorro.crash_id import CrashId
from socorro.crashstore.damage import BROKEN
from socorro.crashstore.hbase_client import Cells, Client, Row
from socorro.crashstore.hbase_layout import (
    CRASHES,
    INDEX,
    MANIFEST,
    PROCESSED,
    SALTS,
    SUBMITTED,
    WAITING,
    Manifest,
    crash_row,
    is_index_row,
    read_index_row,
    stamp,
)
from socorro.crashstore.limits import DANGLES_FOR

PAGE: Final = 500  # rows of one salt at a time, and crashes looked up at a time
SMALL_PAGE: Final = 50


class Entry(NamedTuple):
    """One committed crash of the index."""

    crash_id: CrashId
    submitted: datetime
    is_processed: bool


class Index:
    """Reads the index; *now* returns the time in seconds since 1970."""

    def __init__(self, client: Client, now: Callable[[], float]) -> None:
        self._client = client
        self._now = now

    def submitted(self, start: datetime, end: datetime) -> Iterator[Entry]:
        """Committed crashes submitted in [start, end), oldest first."""
        return self._committed(self._merged(SUBMITTED, stamp(start), stamp(end), PAGE))

    def waiting(self, limit: int) -> Iterator[Entry]:
        """Committed crashes that are not queued yet, oldest first."""
        # Usually few wait: one scan instead of sixteen.
        few = self._client.scan(INDEX, b"0", b"g", [WAITING], PAGE)
        if len(few) < PAGE:
            rows = iter(sorted(few, key=_unsalted))
        else:
            # Salts are even: each has about a sixteenth of the crashes requested.
            page = min(PAGE, max(SMALL_PAGE, limit // 8))
            rows = self._merged(WAITING, "", "~", page)
        return islice(self._committed(rows), limit)

    def _merged(self, column: bytes, start: str, end: str, page: int) -> Iterator[Row]:
        scans = (self._of_salt(salt, column, start, end, page) for salt in SALTS)
        return heapq.merge(*scans, key=_unsalted)

    def _of_salt(self, salt: str, column: bytes, start: str, end: str, page: int) -> Iterator[Row]:
        begin, stop = f"{salt}{start}".encode(), f"{salt}{end}".encode()
        while True:
            rows = self._client.scan(INDEX, begin, stop, [column], page)
            yield from rows
            if len(rows) < page:
                return
            begin = rows[-1].key + b"\0"

    def _committed(self, rows: Iterator[Row]) -> Iterator[Entry]:
        ours = (row for row in rows if is_index_row(row.key))
        while page := list(islice(ours, PAGE)):
            entries = [read_index_row(row.key) for row in page]
            crashes = self._client.get_many(
                CRASHES, [crash_row(crash_id) for crash_id, _ in entries], [MANIFEST, PROCESSED]
            )
            for row, (crash_id, submitted) in zip(page, entries, strict=True):
                cells = crashes.get(crash_row(crash_id), {})
                if _stands_for(cells, submitted):
                    yield Entry(crash_id, submitted, PROCESSED in cells)
                else:
                    self._sweep(row)

    def _sweep(self, row: Row) -> None:
        if row.written / 1000 < self._now() - DANGLES_FOR.total_seconds():
            # Only what we saw: a put that is being repeated may have just written it anew.
            self._client.delete_cells(INDEX, [row.key], [SUBMITTED, WAITING], row.written)


def _stands_for(cells: Cells, submitted: datetime) -> bool:
    """Return whether a row stands for the crash with these cells; a damaged crash has its rows.

    So a damaged crash is queued, and fails with its reason.
    """
    try:
        return MANIFEST in cells and Manifest.from_json(cells[MANIFEST]).submitted == submitted
    except BROKEN:
        return True


def _unsalted(row: Row) -> bytes:
    return row.key[1:]
