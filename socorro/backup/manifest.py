"""The folder of a backup: MANIFEST.json says what is in it, and is trusted only when all of it is.

    <parent>/20261130T030000Z/
        MANIFEST.json           version, schema, rows and SHA-256 of each file
        MANIFEST.json.sha256    its own checksum, as sha256sum writes it
        tables/<table>.copy.gz  rows in Postgres's COPY format
        home/<name>             secrets and settings of the machine

A backup is written as `.making-…` beside its name, synced and renamed: what has a name is whole.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

NAME: Final = "MANIFEST.json"
CHECKSUM: Final = f"{NAME}.sha256"
FORMAT: Final = 1
MAKING: Final = ".making-"
_ID: Final = re.compile(r"\d{8}T\d{6}Z")
_STEP: Final = 2**20


class BadBackup(Exception):
    """A folder is no backup, or not what was written; the text says which file and what to do."""


class DumpedTable(NamedTuple):
    """The rows of one table."""

    file: str
    rows: int
    columns: list[str]


class DumpedFile(NamedTuple):
    """One file below the backup's folder."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup has."""

    id: str  # as its folder is called: when it was begun, UTC
    made_at: str
    version: str  # of Socorro
    postgres: str = ""  # version of the server
    schema: list[str] = field(default_factory=list)  # migrations; empty: no database in it
    tables: dict[str, DumpedTable] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)  # last number that was used
    home: dict[str, str] = field(default_factory=dict)  # what it is -> file
    missing: list[str] = field(default_factory=list)  # what has to be backed up otherwise
    store: str = ""  # id of the crash store whose copy is beside the backup; empty: none
    files: dict[str, DumpedFile] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def time(self) -> datetime:
        """When the backup was begun."""
        return datetime.strptime(self.id, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files.values())

    def text(self) -> str:
        """Return the manifest as JSON."""
        document: dict[str, Any] = asdict(self)
        for name, row in (("tables", DumpedTable), ("files", DumpedFile)):
            document[name] = {
                key: dict(zip(row._fields, values, strict=True))
                for key, values in getattr(self, name).items()
            }
        return json.dumps(document, indent=1, sort_keys=True) + "\n"


def folders(parent: Path) -> list[Path]:
    """Return the backups in a folder, the newest first; unfinished ones have another name."""
    if not parent.is_dir():
        raise BadBackup(f"{parent}: no such folder")
    return sorted(
        (path for path in parent.iterdir() if _ID.fullmatch(path.name) and path.is_dir()),
        reverse=True,
    )


def locate(path: Path) -> Path:
    """Return the backup that *path* is, or the newest in it. Raises BadBackup."""
    if (path / NAME).exists() or _ID.fullmatch(path.name):
        return path
    if not (backups := folders(path)):
        raise BadBackup(f"{path}: no backup in this folder")
    return backups[0]


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup, checked by its checksum. Raises BadBackup."""
    try:
        text = (folder / NAME).read_bytes()
        expected = (folder / CHECKSUM).read_text().split()[0]
    except (OSError, IndexError):
        raise BadBackup(
            f"{folder}: no {NAME} or no checksum of it: the backup was cut off, or is none"
        ) from None
    if hashlib.sha256(text).hexdigest() != expected:
        raise BadBackup(f"{folder}/{NAME}: changed since it was written; use another backup")
    document = json.loads(text)
    if document.get("format") != FORMAT:
        raise BadBackup(
            f"{folder}: format {document.get('format')}, but this version reads {FORMAT}:"
            f" install Socorro {document.get('version')}"
        )
    return _from(document)


def _from(document: Mapping[str, Any]) -> Manifest:
    tables = {name: DumpedTable(**table) for name, table in document["tables"].items()}
    files = {name: DumpedFile(**file) for name, file in document["files"].items()}
    return Manifest(**{**document, "tables": tables, "files": files})


def problems(
    folder: Path, manifest: Manifest, seen: Callable[[int], None] = lambda _: None
) -> Iterator[str]:
    """Read every file of a backup; yield what is not as it was written.

    *seen* is called with the bytes of each file that was read.
    """
    for name, file in sorted(manifest.files.items()):
        try:
            digest, size = checksum(folder / name)
        except OSError as error:
            yield f"{folder / name}: {error.strerror}"
            continue
        if size != file.bytes:
            yield f"{folder / name}: {size:,} bytes, not {file.bytes:,}: it was cut off or changed"
        elif digest != file.sha256:
            yield f"{folder / name}: changed since it was written"
        seen(file.bytes)


def checksum(path: Path) -> tuple[str, int]:
    """Return SHA-256 and size of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_STEP):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size
