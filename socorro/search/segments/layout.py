"""Where the segments of search lie, what their columns are, and how one is written.

    ROOT/public/2026-11-29/14.parquet               an hour that is over, UTC
    ROOT/public/2026-11-29/15.0001.tail.parquet     a piece of the running hour
    ROOT/public/2026-11-28/day.parquet              a whole day, some time after it is over
    ROOT/protected/2026-11-29/14.parquet            crash_id and the protected columns of the same

An hour is one of submission, and is read from one place only: its own file; without one, its tails;
without these, the file of its day. So a merge writes the larger file first and removes the smaller
ones then, and an hour that changes after its day was merged gets a file of its own again. *Every*
hour between the first and the last has a file, an empty one when it has no crashes: that is how a
reader notices that one is missing. A public file is replaced after the protected one of the same
rows; protected files stay one for each hour.

Rows of the file of a day are sorted by signature: most questions filter or count by it, and read a
few groups of rows then, or long runs of the same. An hour's are sorted by crash_id, or by time. A
column that a file lacks is null.
Format: https://parquet.apache.org/docs/file-format/
"""

import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import duckdb

from socorro.files import drop, replace, sync_file
from socorro.search.catalog import catalog
from socorro.search.interface import SearchField

Visibility = Literal["public", "protected"]
Row = Mapping[str, Any]

VISIBILITIES: Final[tuple[Visibility, ...]] = ("public", "protected")
ONE_HOUR: Final = timedelta(hours=1)
FILE_MODES: Final = {"public": 0o640, "protected": 0o600}
FOLDER_MODES: Final = {"public": 0o750, "protected": 0o700}
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FILE: Final = re.compile(
    r"(?:day|(?P<hour>[01][0-9]|2[0-3])(?:\.(?P<tail>[0-9]{4,9})\.tail)?)\.parquet"
)
HOURS: Final = 24
DAY_FILE: Final = "day.parquet"

CRASH_ID: Final = "crash_id"
SUBMITTED: Final = "submitted_timestamp"
ESTIMATED: Final = "estimated"  # the number of crashes that a report is for: 1/throttle_rate
OTHER_NAMES: Final = {"date_processed": SUBMITTED}  # the same time by its older name
TYPES: Final = {
    "keyword": "VARCHAR",
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "TIMESTAMP WITH TIME ZONE",
}

LIMITS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}
# Names and types of columns are our own; values are parameters.
_COPY: Final = """
COPY (
    SELECT {selected}
    FROM read_json(
        $lines, format = 'newline_delimited', maximum_object_size = 33554432,
        columns = {{{columns}}}
    )
    ORDER BY {order}
) TO $draft (FORMAT parquet, COMPRESSION zstd)
"""


class Segment(NamedTuple):
    """One file: its (first) *hour*, UTC; the number of its tail; whether it has the whole day."""

    hour: datetime
    tail: int | None
    path: Path
    is_day: bool = False


def hour_of(time: datetime) -> datetime:
    """Return the beginning of the hour of an aware time, UTC."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def folder(root: Path, visibility: Visibility, day: datetime) -> Path:
    """Return the folder of a day, UTC."""
    return root / visibility / f"{day.astimezone(UTC):%Y-%m-%d}"


def hour_file(root: Path, visibility: Visibility, hour: datetime) -> Path:
    """Return the path of the file of a whole hour."""
    return folder(root, visibility, hour) / f"{hour.astimezone(UTC):%H}.parquet"


def day_file(root: Path, day: datetime) -> Path:
    """Return the path of the public file of a whole day."""
    return folder(root, "public", day) / DAY_FILE


def tail_file(root: Path, visibility: Visibility, hour: datetime, number: int) -> Path:
    """Return the path of a tail of the running hour; *number* is from 0 to 999,999,999."""
    name = f"{hour.astimezone(UTC):%H}.{number:04d}.tail.parquet"
    return folder(root, visibility, hour) / name


def parse(path: Path) -> Segment | None:
    """Return which segment a path is, by its name and its folder's; None when it is none."""
    name = FILE.fullmatch(path.name)
    if not name or not DAY.fullmatch(path.parent.name):
        return None
    try:
        day = datetime.strptime(path.parent.name, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:  # 2026-02-30
        return None
    if not name["hour"]:
        return Segment(day, None, path, is_day=True)
    tail = name["tail"]
    return Segment(day.replace(hour=int(name["hour"])), int(tail) if tail else None, path)


def places(segments: Collection[Segment]) -> dict[datetime, tuple[Path, ...]]:
    """Return where each hour is read from, oldest first: the segments are those of one day."""
    hours: dict[datetime, list[Segment]] = {}
    days = [segment for segment in segments if segment.is_day]
    for day in days:
        hours |= {day.hour + number * ONE_HOUR: [day] for number in range(HOURS)}
    for segment in segments:
        if not segment.is_day:
            hours.setdefault(segment.hour, []).append(segment)
    return {hour: _place(hours[hour]) for hour in sorted(hours)}


def _place(segments: Collection[Segment]) -> tuple[Path, ...]:
    own = [segment for segment in segments if not segment.is_day]
    whole = [segment for segment in own if segment.tail is None]
    return tuple(sorted(segment.path for segment in whole or own or segments))


def column(field: SearchField) -> str:
    """Return the name of the column that holds a field."""
    return OTHER_NAMES.get(field.name, field.name)


def column_type(field: SearchField) -> str:
    """Return the type of the column, as DuckDB spells it."""
    return TYPES[field.type] + ("[]" if field.is_list else "")


@cache
def columns(visibility: Visibility) -> Mapping[str, str]:
    """Return type by name of the columns, in their order in the files."""
    fields = [field for field in catalog().values() if field.name not in OTHER_NAMES]
    if visibility == "protected":
        protected = {field.name: column_type(field) for field in fields if not field.public}
        return {CRASH_ID: TYPES["keyword"], **protected}
    public = {field.name: column_type(field) for field in fields if field.public}
    return {**public, ESTIMATED: TYPES["number"]}


def make_folder(path: Path, visibility: Visibility) -> None:
    """Create the folder that a segment's *path* is in, with its parents."""
    for parent in (path.parent.parent.parent, path.parent.parent, path.parent):
        parent.mkdir(mode=FOLDER_MODES[visibility], exist_ok=True)


def write(path: Path, rows: Iterable[Row], visibility: Visibility) -> None:
    """Write the file of one hour, or a tail: whole or not at all, and synced.

    *rows* have their values by name of the column, in any order; what is absent or None is null.
    Times are aware datetimes or texts with a time zone. `estimated` is made from throttle_rate
    unless the row has it. Columns of the other visibility are left out.
    """
    make_folder(path, visibility)
    handle, lines = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".json", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(_line(row, visibility) for row in rows)
        copy(path, _COPY, visibility, {"lines": lines})
    finally:
        drop(lines)


def copy(path: Path, statement: str, visibility: Visibility, values: Mapping[str, Any]) -> None:
    """Run a COPY statement that writes one segment; it takes its name only when it is whole.

    *statement* has the places {selected}, {columns} and {order} where it needs them, and writes
    to $draft; *values* are its other parameters.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    names = columns(visibility)
    text = statement.format(
        selected=", ".join(f'"{name}"' for name in names),
        columns=", ".join(f"'{name}': '{type_}'" for name, type_ in names.items()),
        order=f"{SUBMITTED}, {CRASH_ID}" if visibility == "public" else CRASH_ID,
    )
    try:
        with duckdb.connect(config=LIMITS) as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.execute(text, {**values, "draft": str(draft)})
        sync_file(draft, FILE_MODES[visibility])
        replace(str(draft), str(path))
    finally:
        drop(str(draft))


def _line(row: Row, visibility: Visibility) -> str:
    values = {name: _json(row[name]) for name in columns(visibility) if row.get(name) is not None}
    if visibility == "public" and ESTIMATED not in values:
        values[ESTIMATED] = 1 / (row.get("throttle_rate") or 1.0)
    return json.dumps(values, ensure_ascii=False) + "\n"


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
