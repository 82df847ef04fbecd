"""Writes an extract as a Parquet file beside it: the same rows and columns, with types.

It is made from the finished extract, so what is public is decided in one place. Numbers are
integers, times are times, and texts are without the mark that guards a formula in a spreadsheet.
Format: https://parquet.apache.org/docs/file-format/
"""

import hashlib
import os
from pathlib import Path
from typing import Final

import duckdb

from socorro.extracts import columns, folder
from socorro.extracts.columns import Column
from socorro.files import drop, replace, sync_file, write_whole

LIMITS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
}
LONGEST_LINE: Final = 16 * 2**20  # bytes; a field has 10,000 characters at most
TIMES: Final = ("client_crash_date", "date_processed")
# A cell that `columns.cell` guarded: the quote, and what follows it.
_GUARDED: Final = r"^'(?:['\s]*[=+\-@\"＝＋－＠]|'*\\N$)"  # noqa: RUF001
# Names of columns are our own; values are parameters.
_COPY: Final = """
COPY (
    SELECT {selected}
    FROM read_csv(
        $extract, delim = '\t', header = true, quote = '', escape = '', nullstr = '\\N',
        new_line = '\\n', compression = 'gzip', auto_detect = false, max_line_size = {longest},
        columns = {{{texts}}}
    )
) TO $draft (FORMAT parquet, COMPRESSION zstd)
"""


def write(extract: Path, mode: int) -> Path:
    """Write the Parquet file of a finished *extract*, and its checksum; return its path."""
    to = folder.parquet(extract)
    draft = str(to.with_name(f".{to.name}.{os.getpid()}"))  # `socorro export` beside the clock
    try:
        _convert(str(extract), draft)
        sync_file(draft, mode)
        checksum = _checksum(draft)
        replace(draft, str(to))
    finally:
        drop(draft)
    write_whole(folder.checksum(to), f"{checksum}  {to.name}\n", mode)
    return to


def _convert(extract: str, draft: str) -> None:
    texts = ", ".join(f"'{column.name}': 'VARCHAR'" for column in columns.COLUMNS)
    selected = ", ".join(_value(column) for column in columns.COLUMNS)
    statement = _COPY.format(selected=selected, texts=texts, longest=LONGEST_LINE)
    with duckdb.connect(config=LIMITS) as duck:
        duck.execute(statement, {"extract": extract, "draft": draft, "guarded": _GUARDED})


def _value(column: Column) -> str:
    name = f'"{column.name}"'
    if column.is_number:
        value = f"CAST({name} AS BIGINT)"
    elif column.name in TIMES:
        value = f"strptime({name}, '%Y%m%d%H%M')"
    else:
        value = f"CASE WHEN regexp_matches({name}, $guarded) THEN {name}[2:] ELSE {name} END"
    return f"{value} AS {name}"


def _checksum(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
