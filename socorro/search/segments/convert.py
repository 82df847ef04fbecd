"""Turns rows of Postgres, as CSV, into one Parquet file with the types of the fields.

A value that does not fit its type becomes null: one odd report never costs its hour.
"""

import json
from pathlib import Path
from typing import Final

import duckdb

from socorro.files import drop
from socorro.search import source
from socorro.search.catalog import catalog
from socorro.search.interface import SearchField
from socorro.search.segments import layout
from socorro.search.segments.layout import Visibility
from socorro.search.segments.rewrite import FINGERPRINT, LIMITS, Inputs, rewrite
from socorro.search.source import FIELDS, Kind

SOURCES: Final[dict[Visibility, Kind]] = {"public": "reports", "protected": "protected"}
LONGEST_LINE: Final = 8 * 2**20  # bytes; the fields of a report have 64 KiB at most
GROUP: Final = 20_480  # rows of the first draft

# Names of columns are our own; values are parameters.
_COPY: Final = """
COPY (
    SELECT {selected} FROM (
        SELECT *, {others} AS other
        FROM read_csv(
            $rows, header = false, delim = ',', quote = '"', escape = '"', auto_detect = false,
            nullstr = '', allow_quoted_nulls = false, max_line_size = {longest},
            parallel = false, new_line = '\\n', columns = {{{texts}}}
        )
    )
) TO $all (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {group})
"""
_OTHERS: Final = f"TRY(json_transform({FIELDS}::JSON, $structure))"


def convert(rows: Path, draft: Path, visibility: Visibility, fingerprint: str) -> None:
    """Write the *rows* of `source.copy` to the Parquet file *draft*, synced.

    Raises duckdb.Error and OSError.
    """
    columns = source.COLUMNS[SOURCES[visibility]]
    every_column = draft.with_suffix(".all")
    values = {"rows": str(rows), "all": str(every_column)}
    others = "NULL"
    if FIELDS in columns:
        others, values["structure"] = _OTHERS, json.dumps(_structure(columns))
    statement = _COPY.format(
        selected=", ".join(_selected(columns, visibility)),
        others=others,
        texts=", ".join(f"'{name}': 'VARCHAR'" for name in columns),
        longest=LONGEST_LINE, group=GROUP,
    )  # fmt: skip
    try:
        with duckdb.connect(config=LIMITS) as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.execute(statement, values)
        rewrite(Inputs([every_column]), draft, visibility, fingerprint)
    finally:
        drop(str(every_column))


def fingerprint_of(path: Path) -> str:
    """Return the fingerprint of a file; "" when it has none, or there is no such file."""
    if not path.exists():
        return ""
    with duckdb.connect(config=LIMITS) as duck:
        pairs = duck.execute(
            "SELECT decode(key), decode(value) FROM parquet_kv_metadata($path)",
            {"path": str(path)},
        ).fetchall()
    return str(dict(pairs).get(FINGERPRINT, ""))


def _structure(columns: tuple[str, ...]) -> dict[str, object]:
    """Return the fields that are read from JSON: all as texts, of which `_typed` makes values."""
    return {
        name: ["VARCHAR"] if catalog()[name].is_list else "VARCHAR"
        for name in layout.columns("public")
        if name in catalog() and name not in columns
    }


def _selected(columns: tuple[str, ...], visibility: Visibility) -> list[str]:
    return [
        _weight()
        if name == layout.ESTIMATED
        else _typed(catalog()[name], f'"{name}"' if name in columns else f'other."{name}"')
        for name in layout.columns(visibility)
    ]


def _weight() -> str:
    return f'1 / CAST(throttle_rate AS DOUBLE) AS "{layout.ESTIMATED}"'


def _typed(field: SearchField, text: str) -> str:
    if field.is_list:
        items = f"from_json({text}, '[\"VARCHAR\"]')" if not text.startswith("other") else text
        items = f"list_filter({items}, lambda item: item IS NOT NULL)"
        typed = f"CASE WHEN len({items}) > 0 THEN {items} END"
    elif field.type == "integer":
        typed = (
            f"CASE WHEN regexp_full_match({text}, '-?[0-9]+') THEN TRY_CAST({text} AS BIGINT) END"
        )
    elif field.type == "number":
        typed = f"TRY_CAST({text} AS DOUBLE)"
    elif field.type == "boolean":
        typed = f"CASE {text} WHEN 'true' THEN true WHEN 't' THEN true"
        typed += " WHEN 'false' THEN false WHEN 'f' THEN false END"
    elif field.type == "date":
        typed = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    else:
        typed = f"nullif({text}, '')"
    return f'{typed} AS "{field.name}"'
