"""Looks for texts byte by byte: in every file of a folder, also in what is packed, and in dumps."""

import gzip
import io
import subprocess
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from socorro.crash_id import CrashId


def forms_of(crash_id: CrashId) -> list[bytes]:
    """An id as text, as a number in text, and as sixteen bytes."""
    digits = crash_id.replace("-", "")
    return [crash_id.encode(), digits.encode(), bytes.fromhex(digits)]


def names_in(home: Path, texts: Iterable[bytes], but: Iterable[str] = ()) -> list[str]:
    """The files below *home* whose name or content has any of *texts*; *but*: folders left out."""
    needles = list(texts)
    named = []
    for path in sorted(home.rglob("*")):
        below = path.relative_to(home)
        if below.parts[0] in but:
            continue
        contents = [str(below).encode(), *(contents_of(path) if path.is_file() else ())]
        if any(text in content for content in contents for text in needles):
            named.append(str(below))
    return named


def contents_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file as they are, and unpacked."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # a running line removes files
        return
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content.startswith(b"PAR1"):
        yield _rows(path)
    elif content.startswith(b"x"):
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def dump_of(pg_dump: str, dsn: str) -> bytes:
    """The whole database as text."""
    return subprocess.run([pg_dump, "-d", dsn], capture_output=True, check=True).stdout


def _rows(path: Path) -> bytes:
    with duckdb.connect() as duck:
        rows = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(path)}).fetchall()
    return repr(rows).encode("utf-8", "backslashreplace")
