"""Extracts that were written already: their lines of the crashes go, all others stay as they are.

Postgres may not have the day any more, or not with what users wrote, so a file is not written
from it again but filtered. The checksum goes first and comes last: without it an extract is not
complete, and is made whole by the next run.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import duckdb

from socorro import folders_seen
from socorro.crash_id import CrashId
from socorro.extracts import columns, folder, parquet
from socorro.extracts.columns import NULL
from socorro.files import drop, replacing, write_whole
from socorro.forget.place import Going, PlaceAway

AUDIENCES: Final = ("private", "public")
NEAR: Final = timedelta(days=1)  # a duplicate is an hour away at most, perhaps across midnight
LEVEL: Final = 6
_NAMES: Final = [column.name for column in columns.COLUMNS]
_LINK: Final = _NAMES.index("uuid_url")
_FIRST: Final = _NAMES.index("duplicate_of")
_DAY: Final = re.compile(r"\.?(\d{8})(-pub)?(-[a-z0-9_]+)?-crashdata\.")
_ROWS: Final = """
SELECT count(*) FROM read_parquet($path)
WHERE list_contains($ids, right(uuid_url, 36)) OR list_contains($ids, duplicate_of)
"""


class ExtractsPlace:
    """The extracts in folder *to*, public and private; drafts that a kill left as well."""

    def __init__(self, to: Path, is_used: bool = True) -> None:
        """*is_used*: extracts are written there, so an empty folder is one that is away."""
        self._to, self._is_used = to, is_used

    @property
    def name(self) -> str:
        """See Place."""
        return f"extracts in {self._to}"

    def count(self, going: Going) -> int:
        """See Place: lines, and rows of Parquet files."""
        ids = frozenset(going.ids)
        with _away():
            return sum(_lines(path, ids) + _rows(path, ids) for path in self._near(going))

    def remove(self, going: Going) -> None:
        """See Place."""
        ids = frozenset(going.ids)
        with _away():
            for path in self._near(going):
                if _lines(path, ids) or _rows(path, ids) or not folder.checksum(path).exists():
                    _rewrite(path, ids)
            for draft in self._drafts(going):
                drop(str(draft))

    def _near(self, going: Going) -> list[Path]:
        """Return the extracts whose lines may name the crashes."""
        return self._files("*crashdata" + folder.ENDING, going)

    def _drafts(self, going: Going) -> list[Path]:
        """Return the drafts of these days: of writers that were killed, or run now."""
        return self._files(".*crashdata.*", going)

    def _files(self, pattern: str, going: Going) -> list[Path]:
        if self._is_used and folders_seen.is_away(self._to, AUDIENCES):
            raise PlaceAway(
                "no extracts there: is its disk mounted? (`socorro export` writes some)"
            )
        near = {day + shift for day in going.days() for shift in (-NEAR, timedelta(), NEAR)}
        return [
            path
            for audience in AUDIENCES
            for path in sorted((self._to / audience).glob(pattern))
            if _day_of(path) in near
        ]


def _day_of(path: Path) -> date | None:
    match = _DAY.match(path.name)
    try:
        return datetime.strptime(match[1], "%Y%m%d").date() if match else None  # noqa: DTZ007
    except ValueError:
        return None


def _lines(path: Path, ids: frozenset[CrashId]) -> int:
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as lines:
        return sum(_without(line, ids) != line for line in lines)


def _rows(path: Path, ids: frozenset[CrashId]) -> int:
    at = folder.parquet(path)
    if not at.exists():
        return 0
    with duckdb.connect(config=parquet.LIMITS) as duck:
        values = {"path": str(at), "ids": list(ids)}
        [(count,)] = duck.execute(_ROWS, values).fetchall()
    return int(count)


def _without(line: str, ids: frozenset[CrashId]) -> str:
    """Return a line as it shall be: nothing, without the duplicate's first crash, or the same."""
    cells = line.split("\t")
    if len(cells) != len(_NAMES):
        return line
    if cells[_LINK][-36:] in ids:
        return ""
    if cells[_FIRST] in ids:
        cells[_FIRST] = NULL
    return "\t".join(cells)


def _rewrite(path: Path, ids: frozenset[CrashId]) -> None:
    """Write an extract without the crashes, and its Parquet file, and then its checksum."""
    mode = path.stat().st_mode & 0o777
    drop(str(folder.checksum(path)))
    with replacing(path, mode) as to:
        _filter(path, to, ids)
    parquet.write(path, mode)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    write_whole(folder.checksum(path), f"{digest}  {path.name}\n", mode)


def _filter(path: Path, to: IO[bytes], ids: frozenset[CrashId]) -> None:
    with (
        gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as lines,
        gzip.GzipFile(filename="", fileobj=to, mode="wb", compresslevel=LEVEL, mtime=0) as packed,
    ):
        for line in lines:
            packed.write(_without(line, ids).encode("utf-8", "surrogateescape"))


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, duckdb.Error) as error:
        text = getattr(error, "strerror", None) or type(error).__name__
        raise PlaceAway(f"an extract cannot be read or written ({text})") from None
