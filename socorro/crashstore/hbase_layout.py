"""How crashes are kept in HBase: tables, row keys, cells. Pure.

crash_reports   row: first digit of the id + yymmdd + id. The digit spreads a day over 16 regions.
  raw:D.n         the raw crash as deflated JSON, in pieces
  dump:D.n        a minidump, in pieces
  meta:manifest   what belongs to the crash; small JSON; **its appearance is the commit**
  meta:processed  how many pieces the processed crash has
  processed:n     the processed crash as deflated JSON, in pieces
  row ~store      meta:store has the store's id (hbase_marker.py)
crash_index     row: first digit of the id + time of submission + id, written before the commit
  submitted:      every crash
  waiting:        crashes that are not queued yet
counters        row: hour of submission; puts:MM counts the crashes of a minute

D is a digest of the bytes, n counts from 0, a piece has at most 8 MiB: HBase takes cells of 10
MiB by default. Because pieces are named by their content, two puts of the same id never mix,
whatever they bring; and no name from outside becomes a column.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from socorro.crash import RawCrash
from socorro.crash_id import BadCrashId, CrashId, is_deferred, parse
from socorro.crashstore.hbase_client import Cells

CRASHES: Final = "crash_reports"
INDEX: Final = "crash_index"
COUNTERS: Final = "counters"

MANIFEST: Final = b"meta:manifest"
PROCESSED: Final = b"meta:processed"
STORE_ROW: Final = b"~store"
STORE: Final = b"meta:store"
RAW_FAMILY: Final = b"raw"
DUMP_FAMILY: Final = b"dump"
PROCESSED_FAMILY: Final = b"processed"
SUBMITTED: Final = b"submitted:id"
WAITING: Final = b"waiting:id"

PIECE: Final = 8 * 2**20  # bytes
MOST_PIECES: Final = 1000  # of one blob: far more than limits.py lets a crash have
SALTS: Final = "0123456789abcdef"

_SMALL: Final = {"max_versions": 1, "bloom_filter_type": "ROW", "block_cache_enabled": True}
_LARGE: Final = {**_SMALL, "block_cache_enabled": False}
TABLES: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    CRASHES: {"meta": _SMALL, "raw": _LARGE, "dump": _LARGE, "processed": _LARGE},
    INDEX: {"submitted": _SMALL, "waiting": _SMALL},
    COUNTERS: {"puts": _SMALL},
}
_STAMP: Final = len("2026-11-23T12:00:00.000000")


class Blob(NamedTuple):
    """Bytes kept in pieces."""

    digest: str
    pieces: int

    def columns(self, family: str) -> list[bytes]:
        """Return the names of its cells, in order."""
        return [f"{family}:{self.digest}.{n}".encode() for n in range(self.pieces)]


class Manifest(NamedTuple):
    """What belongs to one crash. *put* distinguishes puts of the same crash."""

    submitted: datetime
    put: str
    raw: Blob
    dumps: Mapping[str, Blob]

    def to_json(self) -> bytes:
        """Return the value of the cell."""
        document = {**self._asdict(), "submitted": stamp(self.submitted)}
        return json.dumps(document, sort_keys=True).encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read what to_json wrote. Raises one of damage.BROKEN."""
        document: dict[str, Any] = json.loads(text)
        dumps = {str(name): _blob(*blob) for name, blob in dict(document["dumps"]).items()}
        return cls(_time(document["submitted"]), document["put"], _blob(*document["raw"]), dumps)

    def columns(self) -> set[bytes]:
        """Return the names of all cells it refers to."""
        blobs = [("raw", self.raw), *(("dump", blob) for blob in self.dumps.values())]
        return {column for family, blob in blobs for column in blob.columns(family)}


def _blob(digest: str, pieces: int) -> Blob:
    if not isinstance(digest, str) or not 0 <= pieces <= MOST_PIECES:
        raise ValueError("not a blob")
    return Blob(digest, pieces)


def crash_row(crash_id: CrashId) -> bytes:
    """Return the row key of a crash."""
    return f"{crash_id[0]}{crash_id[-6:]}{crash_id}".encode("ascii")


def index_row(crash_id: CrashId, submitted: datetime) -> bytes:
    """Return the row key of a crash in the index."""
    return f"{crash_id[0]}{stamp(submitted)}{crash_id}".encode("ascii")


def read_index_row(key: bytes) -> tuple[CrashId, datetime]:
    """Return crash id and time of submission of an index row."""
    text = key.decode("ascii")
    return CrashId(text[1 + _STAMP :]), _time(text[1 : 1 + _STAMP])


def is_index_row(key: bytes) -> bool:
    """Return whether *key* is of a row of the index, and not of something else in its table."""
    try:
        crash_id, _ = read_index_row(key)
        parse(crash_id)
    except (ValueError, BadCrashId):
        return False
    return True


def index_cells(crash_id: CrashId) -> Cells:
    """Return the cells of an index row."""
    return {SUBMITTED: b""} if is_deferred(crash_id) else {SUBMITTED: b"", WAITING: b""}


def stamp(time: datetime) -> str:
    """Return *time* in UTC, 26 characters that sort like the time."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds")


def lay_out(raw: RawCrash, dumps: Mapping[str, bytes], put: str) -> tuple[Manifest, list[Cells]]:
    """Return the manifest of a crash and the cells to write before it, a piece in each item."""
    text = zlib.compress(raw.to_json())
    blobs = {name: blob_of(body) for name, body in dumps.items()}
    manifest = Manifest(raw.submitted, put, blob_of(text), blobs)
    cells = dict(_pieces("raw", text))
    for body in dumps.values():
        cells.update(_pieces("dump", body))
    return manifest, [{column: value} for column, value in cells.items()]


def blob_of(body: bytes) -> Blob:
    """Return the name under which *body* is kept."""
    return Blob(hashlib.sha256(body).hexdigest()[:32], -(-len(body) // PIECE))


def processed_cells(text: bytes) -> Cells:
    """Return the cells of a processed crash, to be written in one call."""
    pieces = {
        b"processed:%d" % n: text[at : at + PIECE]
        for n, at in enumerate(range(0, len(text), PIECE))
    }
    return {PROCESSED: b"%d" % len(pieces), **pieces}


def processed_text(cells: Cells) -> bytes:
    """Return what processed_cells took; a longer earlier version may have left pieces behind."""
    return b"".join(cells[b"processed:%d" % n] for n in range(int(cells[PROCESSED])))


def shell_commands(prefix: str) -> str:
    """Return commands for `hbase shell` that create the tables split over 16 regions.

    The Thrift1 gateway cannot split a table when it creates one.
    """
    splits = ", ".join(f"'{salt}'" for salt in SALTS[1:])
    lines = []
    for table, families in TABLES.items():
        columns = ", ".join(
            f"{{NAME => '{name}', VERSIONS => {family['max_versions']},"
            f" BLOOMFILTER => '{family['bloom_filter_type']}',"
            f" BLOCKCACHE => {str(family['block_cache_enabled']).lower()}}}"
            for name, family in families.items()
        )
        split = "" if table == COUNTERS else f", SPLITS => [{splits}]"
        lines.append(f"create '{prefix}_{table}', {columns}{split}\n")
    return "".join(lines)


def _pieces(family: str, body: bytes) -> Iterator[tuple[bytes, bytes]]:
    for n, column in enumerate(blob_of(body).columns(family)):
        yield column, body[n * PIECE : (n + 1) * PIECE]


def by_size(changes: Iterable[tuple[bytes, Cells]]) -> Iterator[list[tuple[bytes, Cells]]]:
    """Cut changes of rows into groups of about one piece: what one call to the gateway carries."""
    group: list[tuple[bytes, Cells]] = []
    size = 0
    for row, cells in changes:
        more = sum(map(len, cells.values()))
        if group and size + more > PIECE:
            yield group
            group, size = [], 0
        group.append((row, cells))
        size += more
    if group:
        yield group


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
