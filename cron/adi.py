"""Active daily installs from a CSV file: columns by their header, one UTC day at a time."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from socorro.postgres import Connection, execute, load_sql

SQL = load_sql(__file__)

# Column -> its names in headers, in small letters.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "date", "report_date", "submission_date"),
    "product": ("product", "product_name"),
    "version": ("version", "product_version"),
    "build_id": ("build_id", "build", "buildid"),
    "release_channel": ("release_channel", "channel", "build_channel"),
    "os_name": ("os_name", "os", "product_os_platform"),
    "adi": ("adi", "adu", "adi_count", "adu_count", "count"),
}
_REQUIRED: Final = ("product", "version", "adi")
_LONGEST: Final = 100  # characters of a text
_MOST_INSTALLS: Final = 10**12
_MOST_NAMED: Final = 20  # bad lines that a note names


class BadTable(ValueError):
    """The text is no table of installs; the error says why."""


class Key(NamedTuple):
    """What installs are counted by."""

    product: str
    version: str
    build_id: str
    release_channel: str
    os_name: str


class Installs(NamedTuple):
    """Installs of a day by key, and notes about lines that were left out."""

    counts: Mapping[Key, int]
    notes: list[str]


class _BadRow(ValueError):
    pass


def parse(text: str, day: date) -> Installs:
    """Return the installs of *day*. Rows with the same key add up; bad ones are left out and noted.

    Raises BadTable when a column is missing, or no row is good.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    counts: Counter[Key] = Counter()
    bad: list[str] = []
    try:
        places = _places(next(reader, []))
        for cells in reader:
            if not _is_of_day(cells, places, day):
                continue
            try:
                key, installs = _parse_row(cells, places)
            except _BadRow as error:
                bad.append(f"line {reader.line_num}: {error}")
                continue
            counts[key] += installs
    except csv.Error as error:
        raise BadTable(f"line {reader.line_num} is not CSV: {error}") from None
    if not counts:
        raise BadTable(f"no valid lines; {bad[0]}" if bad else f"no lines for {day}")
    return Installs(counts, list(_notes(bad)))


def save(db: Connection, day: date, installs: Installs, source: str) -> int:
    """Replace what *source* gave before for *day*; return how many rows were written."""
    keys = sorted(installs.counts)
    columns = {name: [getattr(key, name) for key in keys] for name in Key._fields}
    adi = [installs.counts[key] for key in keys]
    execute(db, SQL["forget"], day=day, source=source)
    return execute(db, SQL["save"], day=day, source=source, adi=adi, **columns)


def _places(header: list[str]) -> dict[str, int]:
    """Return the index of each column, -1 for one that is missing."""
    names = [name.strip().lower() for name in header]
    places = {
        column: next((names.index(alias) for alias in aliases if alias in names), -1)
        for column, aliases in COLUMNS.items()
    }
    if missing := [column for column in _REQUIRED if places[column] < 0]:
        raise BadTable(f"the first line names no column {', '.join(missing)}")
    return places


def _is_of_day(cells: list[str], places: dict[str, int], day: date) -> bool:
    """Return whether a row is of *day*: one without a day is."""
    if not any(cell.strip() for cell in cells):
        return False
    place = places["day"]
    return not 0 <= place < len(cells) or cells[place].strip() in (str(day), "")


def _parse_row(cells: list[str], places: dict[str, int]) -> tuple[Key, int]:
    def cell(column: str) -> str:
        place = places[column]
        if place >= len(cells):
            raise _BadRow("too few cells")
        return cells[place].strip().replace("\0", "") if place >= 0 else ""

    key = Key(*(cell(column) for column in Key._fields))
    if not key.product or not key.version:
        raise _BadRow("product or version is missing")
    if any(len(text) > _LONGEST for text in key):
        raise _BadRow(f"a text is longer than {_LONGEST} characters")
    number = cell("adi")
    if not (number.isascii() and number.isdigit() and int(number) <= _MOST_INSTALLS):
        raise _BadRow("the number of installs is not valid")
    return key, int(number)


def _notes(bad: list[str]) -> Iterator[str]:
    if bad:
        yield f"{len(bad):,} bad line{'s' if len(bad) > 1 else ''}"
        yield from bad[:_MOST_NAMED]
