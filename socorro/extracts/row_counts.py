"""How many rows extracts have: their Parquet files say so at their end."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from socorro.extracts import folder
from socorro.extracts.folder import Extract

_MOST_KEPT: Final = 4_000  # files whose rows are remembered; one has at most some numbers
_ROWS: Final = "SELECT file_name, num_rows FROM parquet_file_metadata($files)"
_counted: dict[tuple[str, int], int | None] = {}


def row_counts(extracts: Sequence[Extract]) -> list[int | None]:
    """Return the rows of each extract; None without a Parquet file, or where it is not readable."""
    keys = [_key(folder.parquet(extract.path)) for extract in extracts]
    unknown = [key for key in dict.fromkeys(keys) if key and key not in _counted]
    if unknown:
        if len(_counted) + len(unknown) > _MOST_KEPT:
            _counted.clear()
        _counted.update(_read(unknown))
    return [_counted.get(key) if key else None for key in keys]


def _key(parquet: Path) -> tuple[str, int] | None:
    """Return what identifies a version of a file; None if there is none, or it is not complete."""
    try:
        folder.checksum(parquet).stat()
        return str(parquet), parquet.stat().st_mtime_ns
    except OSError:
        return None


def _read(keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int | None]:
    """Read many files at once, or one by one where one of them cannot be read."""
    import duckdb

    from socorro.extracts.parquet import LIMITS

    paths = {path: (path, changed) for path, changed in keys}
    try:
        with duckdb.connect(config=LIMITS) as duck:
            listed = duck.execute(_ROWS, {"files": list(paths)}).fetchall()
    except duckdb.Error:
        if len(keys) == 1:
            return {keys[0]: None}
        return {key: rows for one in keys for key, rows in _read([one]).items()}
    return {paths[path]: int(rows) for path, rows in listed}
