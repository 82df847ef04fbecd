"""Generated crashes as files of search, without a database."""

import json
import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cli.fakedata.rows import REPORT_COLUMNS, DayRows
from cli.fakedata.world import World
from socorro.search.segments import layout

NAMES: Final = {
    "submitted_at": "submitted_timestamp", "build_id": "build", "crash_time": "client_crash_date",
}  # fmt: skip
NUMBERS: Final = ("uptime", "install_age", "crashing_thread", "hang_type")
_ESCAPES: Final = {"\\t": "\t", "\\n": "\n", "\\\\": "\\"}


def write_segments(root: Path, world: World, lines: Collection[tuple[str, str]]) -> None:
    """Write the crashes of these products and channels, those of a day as its first hour.

    Their times within the day are not kept.
    """
    for day in world.days:
        start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        rows = [
            {**row, "submitted_timestamp": start + number * timedelta(milliseconds=1)}
            for number, row in enumerate(_rows(world, day))
            if (row["product"], row["release_channel"]) in lines
        ]
        layout.write(layout.hour_file(root, "public", start), rows, "public")


def _rows(world: World, day: date) -> Iterator[dict[str, Any]]:
    day_rows = DayRows(world, day)
    for number in range(24):
        yield from map(_row, day_rows.hour(number))
        day_rows.take_user_info()


def _row(line: str) -> dict[str, Any]:
    """Return a report as search has it, from its line for COPY."""
    cells = map(_value, line.rstrip("\n").split("\t"))
    row: dict[str, Any] = {
        NAMES.get(name, name): cell for name, cell in zip(REPORT_COLUMNS, cells, strict=True)
    }
    fields = json.loads(row.pop("fields") or "{}")
    row.update({name: int(row[name]) for name in NUMBERS if row[name] is not None})
    row["throttle_rate"] = float(row["throttle_rate"] or 1)
    crashed = datetime.fromisoformat(row["client_crash_date"])
    if row["install_age"] is not None:
        row["install_time"] = int((crashed - timedelta(seconds=row["install_age"])).timestamp())
    return {**row, **fields}


def _value(cell: str) -> str | None:
    if cell == "\\N":
        return None
    return re.sub(r"\\[tn\\]", lambda match: _ESCAPES[match[0]], cell)
