"""Writes Parquet files again as one, without the columns in which all of them have nothing.

A reader spends as much time on a column that is null in a whole file as on any other, and most
columns of most hours are: few crashes are of Flash or of hangs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from socorro.files import sync_file
from socorro.search.segments import layout
from socorro.search.segments.layout import CRASH_ID, ESTIMATED, SUBMITTED, Visibility

LIMITS: Final = {**layout.LIMITS, "memory_limit": "768MB"}
GROUP: Final = 122_880  # rows
# A column with more values than this in a group has no dictionary: signatures have one, which
# makes a filter by signature ten times as fast, and crash ids have none, which would be larger.
DICTIONARY: Final = 61_440
FINGERPRINT: Final = "fingerprint"
SIGNATURE: Final = "signature"
ALWAYS: Final = frozenset({CRASH_ID, SUBMITTED, ESTIMATED})

# Names of columns are our own; values are parameters.
_FILES: Final = "read_parquet($files, union_by_name = true)"
_DAY_AND_FILES: Final = f"""(
    SELECT * FROM read_parquet($day)
    WHERE NOT list_contains($but, epoch_us({SUBMITTED}) // 3600000000)
    UNION ALL BY NAME SELECT * FROM {_FILES}
)"""
_COUNT: Final = "SELECT {counts} FROM {rows}"
_COPY: Final = """
COPY (SELECT {selected} FROM {rows} {order}) TO $draft (
    FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group}, DICTIONARY_SIZE_LIMIT {dictionary},
    KV_METADATA {{{name}: $fingerprint}}
)
"""


class WrongColumn(Exception):
    """A column of a file has another type than the layout says."""


class Inputs(NamedTuple):
    """Files to be written again: *files*, after the rows of *day* but for these hours."""

    files: Sequence[Path]
    day: Path | None = None
    but: Sequence[datetime] = ()

    def rows(self) -> tuple[str, dict[str, Any]]:
        """Return the relation of the rows, and its parameters."""
        values: dict[str, Any] = {"files": [str(path) for path in self.files]}
        if not self.day:
            return _FILES, values
        numbers = [int(hour.timestamp()) // 3600 for hour in self.but]
        return _DAY_AND_FILES, {**values, "day": str(self.day), "but": numbers}


def rewrite(
    inputs: Inputs, draft: Path, visibility: Visibility, fingerprint: str = "",
    spill: Path | None = None,
) -> int:  # fmt: skip
    """Write the rows of files to the new file *draft*, synced; return how many there are.

    With a folder *spill* for what does not fit in memory, rows are sorted by signature. Raises
    duckdb.Error, OSError, and WrongColumn.
    """
    rows, values = inputs.rows()
    config = LIMITS if spill is None else {**LIMITS, "temp_directory": str(spill)}
    with duckdb.connect(config=config) as duck:
        duck.execute("SET TimeZone = 'UTC'")
        names = _names(duck, rows, values, visibility)
        counts = ", ".join(["count(*)", *(f'count("{name}")' for name in names)])
        [(count, *filled)] = duck.execute(
            _COUNT.format(counts=counts, rows=rows), values
        ).fetchall()
        selected = [
            f'"{name}"'
            for name, values_in_it in zip(names, filled, strict=True)
            if values_in_it or name in ALWAYS
        ]
        statement = _COPY.format(
            selected=", ".join(selected), rows=rows, group=GROUP, dictionary=DICTIONARY,
            name=FINGERPRINT,
            order=f"ORDER BY {SIGNATURE}" if spill and SIGNATURE in names else "",
        )  # fmt: skip
        duck.execute(statement, {**values, "draft": str(draft), "fingerprint": fingerprint})
    sync_file(draft, layout.FILE_MODES[visibility])
    return int(count)


def is_damaged(path: Path, visibility: Visibility) -> bool:
    """Read all of a file; return whether anything of it cannot be used."""
    rows, values = Inputs([path]).rows()
    try:
        with duckdb.connect(config=LIMITS) as duck:
            columns = ", ".join(f'"{name}"' for name in _names(duck, rows, values, visibility))
            duck.execute(f"SELECT bit_xor(hash({columns})) FROM {rows}", values).fetchall()
    except (duckdb.Error, WrongColumn):
        return True
    return False


def _names(
    duck: duckdb.DuckDBPyConnection, rows: str, values: Mapping[str, Any], visibility: Visibility
) -> list[str]:
    """Return the columns of the layout that any of the files has, in its order."""
    described = duck.execute(f"DESCRIBE SELECT * FROM {rows}", values).fetchall()
    present = {name: type_ for name, type_, *_ in described}
    types = layout.columns(visibility)
    for name in present.keys() & types.keys():
        if present[name] != types[name]:
            raise WrongColumn(f"{name} is {present[name]}")
    return [name for name in types if name in present]
