"""Writes the segments of rows, as the job does: every hour from the first to the last."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from socorro.search.segments import layout
from socorro.search.segments.layout import ONE_HOUR, SUBMITTED, Visibility
from socorro.search.segments.merge import merge, mergeable
from socorro.search.segments.writer import Writer


def build(root: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows to a new folder of segments; return it."""
    by_hour: dict[datetime, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_hour.setdefault(layout.hour_of(row["submitted_timestamp"]), []).append(row)
    for visibility in layout.VISIBILITIES:
        hour = min(by_hour, default=None)
        while hour and hour <= max(by_hour):
            path = layout.hour_file(root, visibility, hour)
            if hour in by_hour:
                layout.write(path, by_hour[hour], visibility)
            else:
                layout.make_folder(path, visibility)
                path.write_bytes(empty(visibility))
            hour += ONE_HOUR
    return root


def build_merged(root: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write the same with days merged where that can be, but for two hours that came later."""
    build(root, rows)
    for day in list(mergeable(root, datetime(9000, 1, 1, tzinfo=UTC))):
        merge(root, day, Writer(root))
        later = [day.midnight + number * ONE_HOUR for number in (5, 9)]
        build(root / "again", [row for row in rows if layout.hour_of(row[SUBMITTED]) in later])
        for hour in later:
            again = layout.hour_file(root / "again", "public", hour)
            if again.exists():
                again.replace(layout.hour_file(root, "public", hour))
        shutil.rmtree(root / "again", ignore_errors=True)
    return root


@cache
def empty(visibility: Visibility) -> bytes:
    """The file of an hour without crashes."""
    with TemporaryDirectory() as folder:
        path = layout.hour_file(Path(folder), visibility, datetime(2026, 1, 1, tzinfo=UTC))
        layout.write(path, [], visibility)
        return path.read_bytes()
