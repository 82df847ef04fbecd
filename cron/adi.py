"""Active daily installs from a CSV file: columns by their header, one UTC day at a time."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from socorro.postgres import Connection, execute, load_sql

SQL = load_sql(__file__)

# Column -> names that headers give it, in small letters.
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
_MOST_NAMED: Final = 20  # bad lines


class NoTable(ValueError):
    """The text is no table of installs; its text says why."""


class Key(NamedTuple):
    """What installs are counted by."""

    product: str
    version: str
    build_id: str
    release_channel: str
    os_name: str


class Installs(NamedTuple):
    """What a file says of a day: installs by key, and what was wrong with other lines."""

    counts: Mapping[Key, int]
    notes: list[str]


class _BadLine(ValueError):
    pass


def parse(text: str, day: date) -> Installs:
    """Return the installs of *day*. Lines of one key add up; bad ones are counted and named.

    Raises NoTable when a column is missing, or no line is good.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    counts: Counter[Key] = Counter()
    bad: list[str] = []
    try:
        places = _places(next(lines, []))
        for line in lines:
            if not _is_of(line, places, day):
                continue
            try:
                key, installs = _row(line, places)
            except _BadLine as why:
                bad.append(f"line {lines.line_num}: {why}")
                continue
            counts[key] += installs
    except csv.Error as why:
        raise NoTable(f"line {lines.line_num} is no CSV: {why}") from None
    if not counts:
        raise NoTable(f"no line is good; {bad[0]}" if bad else "it has no line of that day")
    return Installs(counts, list(_notes(bad)))


def save(db: Connection, day: date, installs: Installs, source: str) -> int:
    """Put the installs of *day* in place of what *source* said before; return how many rows."""
    keys = sorted(installs.counts)
    columns = {name: [getattr(key, name) for key in keys] for name in Key._fields}
    adi = [installs.counts[key] for key in keys]
    execute(db, SQL["forget"], day=day, source=source)
    return execute(db, SQL["save"], day=day, source=source, adi=adi, **columns)


def _places(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    found = {
        column: next((names.index(name) for name in known if name in names), -1)
        for column, known in COLUMNS.items()
    }
    if missing := [column for column in _REQUIRED if found[column] < 0]:
        raise NoTable(f"its first line names no column {', '.join(missing)}")
    return found


def _is_of(line: list[str], places: dict[str, int], day: date) -> bool:
    """Say whether a line is of *day*: it may tell no day, and then is."""
    if not any(cell.strip() for cell in line):
        return False
    place = places["day"]
    return not 0 <= place < len(line) or line[place].strip() in (str(day), "")


def _row(line: list[str], places: dict[str, int]) -> tuple[Key, int]:
    def cell(column: str) -> str:
        place = places[column]
        if place >= len(line):
            raise _BadLine("too few cells")
        return line[place].strip().replace("\0", "") if place >= 0 else ""

    key = Key(*(cell(column) for column in Key._fields))
    if not key.product or not key.version:
        raise _BadLine("no product or no version")
    if any(len(text) > _LONGEST for text in key):
        raise _BadLine("a text is too long")
    number = cell("adi")
    if not (number.isascii() and number.isdigit() and int(number) <= _MOST_INSTALLS):
        raise _BadLine("installs are no number")
    return key, int(number)


def _notes(bad: list[str]) -> Iterator[str]:
    if bad:
        yield f"{len(bad):,} bad lines"
        yield from bad[:_MOST_NAMED]
