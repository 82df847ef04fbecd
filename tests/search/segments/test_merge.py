"""Days that are over become one file, and every answer stays the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from socorro.search.interface import Aggregation, Permitted, Result
from socorro.search.segments import layout, merge
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.follow import hours
from socorro.search.segments.limits import Limits
from socorro.search.segments.merge import Merged, mergeable
from socorro.search.segments.writer import SegmentsUnwritable, Writer
from tests.search.rows import FIELD, HOUR, MONDAY, columns, make_query, make_row
from tests.search.segments.built import build

DAY = 24 * HOUR
LATER = datetime.now().astimezone() + 2 * DAY
BY_HOUR = Aggregation("histogram", "hours", FIELD["submitted_timestamp"], "1h")


def row(number: int, hour: int, **values: Any) -> dict[str, Any]:
    return make_row(number, MONDAY + hour * HOUR + number * timedelta(seconds=1), **values)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days and an hour, with a crash each hour."""
    rows = [row(hour, hour, uptime=hour) for hour in range(49)]
    return build(tmp_path_factory.mktemp("whole"), rows)


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """The same, for one test to change."""
    return shutil.copytree(whole, tmp_path / "segments")


def days(root: Path, now: datetime = LATER) -> list[merge.Day]:
    return list(mergeable(root, now))


def merge_all(root: Path) -> list[Merged | None]:
    return [merge.merge(root, day, Writer(root)) for day in days(root)]


def search(root: Path, **values: Any) -> Result:
    engine = SegmentsEngine(root, Limits(seconds=60))
    try:
        return engine.search(make_query(end=MONDAY + 3 * DAY, **values), Permitted(protected=True))
    finally:
        engine.close()


def names(root: Path, day: int) -> list[str]:
    return sorted(path.name for path in layout.folder(root, "public", MONDAY + day * DAY).iterdir())


def write(root: Path, hour: int, *rows: dict[str, Any]) -> Path:
    path = layout.hour_file(root, "public", MONDAY + hour * HOUR)
    layout.write(path, rows, "public")
    return path


def columns_of(path: Path) -> set[str]:
    with duckdb.connect() as duck:
        return {name for name, *_ in duck.execute(f"DESCRIBE FROM '{path}'").fetchall()}


def test_days_that_are_over_become_one_file_each(root: Path) -> None:
    before = search(root, columns=columns("uptime"), aggregations=(BY_HOUR,))

    assert merge_all(root) == [Merged(24), Merged(24)]

    assert [names(root, day) for day in range(3)] == [["day.parquet"]] * 2 + [["00.parquet"]]
    assert search(root, columns=columns("uptime"), aggregations=(BY_HOUR,)) == before
    assert hours(root) == {MONDAY + hour * HOUR for hour in range(49)}
    assert days(root) == []
    assert not (root / ".merging").exists()


def test_protected_files_stay_one_for_each_hour(root: Path) -> None:
    merge_all(root)

    folder = layout.folder(root, "protected", MONDAY)
    assert len(list(folder.iterdir())) == 24


def test_columns_in_which_no_crash_of_the_day_has_anything_are_left_out(root: Path) -> None:
    write(root, 3, row(3, 3, reason="SIGSEGV"))

    merge_all(root)

    first, second = (columns_of(layout.day_file(root, MONDAY + day * DAY)) for day in range(2))
    assert "reason" in first
    assert not {"reason", "hang_id"} & second
    assert {"crash_id", "submitted_timestamp", "estimated"} <= second


def test_crashes_of_a_day_are_in_the_order_of_their_signatures(root: Path) -> None:
    write(root, 3, row(3, 3, signature="c"), row(4, 3), row(5, 3, signature="a"))
    write(root, 5, row(6, 5, signature="b"), row(7, 5, signature="a"))

    merge_all(root)

    with duckdb.connect() as duck:
        path = layout.day_file(root, MONDAY)
        signatures = duck.execute(
            f"SELECT signature FROM '{path}' WHERE signature IS NOT NULL"
        ).fetchall()
    assert signatures == [("a",), ("a",), ("b",), ("c",)]


def test_an_hour_that_changes_later_counts_instead_of_its_rows_in_the_day(root: Path) -> None:
    merge_all(root)
    write(root, 7, row(7, 7, uptime=700), row(77, 7, uptime=770))

    result = search(root, columns=columns("uptime"), number=100)

    assert sorted(hit["uptime"] for hit in result.hits) == sorted(
        [*(hour for hour in range(49) if hour != 7), 700, 770]
    )
    one = search(root, start=MONDAY + 7 * HOUR, number=1, columns=columns("uptime"))
    assert one.total == 43


def test_a_day_is_merged_again_a_day_after_it_changed(root: Path) -> None:
    merge_all(root)
    path = write(root, 7, row(7, 7, uptime=700))
    now = datetime.fromtimestamp(path.stat().st_mtime).astimezone()

    assert days(root, now + DAY - HOUR) == []
    [day] = days(root, now + DAY + timedelta(seconds=1))
    assert merge.merge(root, day, Writer(root)) == Merged(24)

    assert names(root, 0) == ["day.parquet"]
    uptimes = search(root, columns=columns("uptime"), number=100).hits
    assert sorted(hit["uptime"] for hit in uptimes) == [
        *(hour for hour in range(49) if hour != 7), 700
    ]  # fmt: skip


def test_a_day_that_changed_a_moment_ago_or_lacks_an_hour_is_not_merged(root: Path) -> None:
    changed = layout.hour_file(root, "public", MONDAY).stat().st_mtime
    soon = datetime.fromtimestamp(changed).astimezone() + timedelta(minutes=59)
    assert days(root, soon) == []
    layout.hour_file(root, "public", MONDAY + 3 * HOUR).unlink()

    assert [day.midnight for day in days(root)] == [MONDAY + DAY]


def test_a_day_that_is_not_over_is_not_merged(root: Path) -> None:
    for path in root.glob("public/*/*.parquet"):
        os.utime(path, (0, 0))

    assert days(root, MONDAY + DAY - timedelta(seconds=1)) == []
    assert [day.midnight for day in days(root, MONDAY + DAY)] == [MONDAY]


def test_an_hour_that_changes_while_its_day_is_merged_leaves_all_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite = merge.rewrite

    def late(*arguments: Any, **others: Any) -> int:
        written = rewrite(*arguments, **others)
        write(root, 5, row(5, 5, uptime=500))
        return written

    monkeypatch.setattr(merge, "rewrite", late)
    [first, *_] = days(root)

    assert merge.merge(root, first, Writer(root)) is None
    assert len(names(root, 0)) == 24
    assert search(root).total == 49


@pytest.mark.parametrize("content", [b"", b"PAR1 half", None])
def test_a_damaged_file_stops_the_merge_and_its_hour_is_named(
    root: Path, content: bytes | None
) -> None:
    path = layout.hour_file(root, "public", MONDAY + 3 * HOUR)
    data = path.read_bytes() if content is None else content
    path.write_bytes(data[: len(data) // 2] if content is None else data)

    [first, second] = merge_all(root)

    assert first == Merged(0, [MONDAY + 3 * HOUR])
    assert second == Merged(24)
    assert len(names(root, 0)) == 24


def test_a_column_of_another_type_stops_the_merge(root: Path) -> None:
    path = layout.hour_file(root, "public", MONDAY + 3 * HOUR)
    with duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE t AS SELECT * REPLACE ('x' AS uptime) FROM '{path}'")
        duck.execute(f"COPY t TO '{path}' (FORMAT parquet)")

    assert merge_all(root)[0] == Merged(0, [MONDAY + 3 * HOUR])


def test_all_hours_of_a_damaged_day_are_named(root: Path) -> None:
    merge_all(root)
    layout.day_file(root, MONDAY).write_bytes(b"PAR1 half")
    write(root, 7, row(7, 7))

    problems = search(root).problems
    [merged] = merge_all(root)

    assert [(problem.start, problem.end) for problem in problems] == [
        (MONDAY, MONDAY + 7 * HOUR),
        (MONDAY + 8 * HOUR, MONDAY + DAY),
    ]
    assert merged
    assert set(merged.damaged) == {MONDAY + hour * HOUR for hour in range(24) if hour != 7}


def test_a_merge_that_was_killed_is_done_again(root: Path) -> None:
    """Killed behind the rename: the day's file and those of its hours have the same rows."""
    hour_files = {path: path.read_bytes() for path in root.glob("public/2*/*.parquet")}
    merge_all(root)
    for path, data in hour_files.items():
        path.write_bytes(data)
    (root / ".merging").mkdir()
    (root / ".merging" / "left.parquet").write_bytes(b"half")

    assert search(root).total == 49
    assert merge_all(root) == [Merged(24), Merged(24)]
    assert names(root, 0) == ["day.parquet"]


def test_a_merge_that_is_killed_at_any_moment_changes_no_answer_and_is_done_again(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    day = [row(hour, hour, uptime=hour, signature=f"s{hour % 5}") for hour in range(25)]
    whole = build(tmp_path_factory.mktemp("day"), day)
    before = search(whole, columns=columns("uptime"), aggregations=(BY_HOUR,))
    command = [sys.executable, "-m", "tests.search.segments.killed_merge", whole, tmp_path]

    subprocess.run(command, check=True)

    copies = sorted(tmp_path.iterdir())
    states = {tuple(names(root, 0)) for root in copies}
    hour_files = [f"{hour:02}.parquet" for hour in range(24)]
    assert {(*hour_files,), (*hour_files, "day.parquet"), ("day.parquet",)} < states
    for root in copies:
        assert search(root, columns=columns("uptime"), aggregations=(BY_HOUR,)) == before
        merge_all(root)
        assert names(root, 0) == ["day.parquet"]
        assert not list(root.glob(".merging/*"))
        assert search(root, columns=columns("uptime"), aggregations=(BY_HOUR,)) == before


@pytest.fixture
def unwritable(root: Path) -> Iterator[Path]:
    (root / ".merging").write_text("in the way")
    yield root
    (root / ".merging").unlink()


def test_a_folder_that_cannot_be_written_says_so(unwritable: Path) -> None:
    with pytest.raises(SegmentsUnwritable, match="cannot be written"):
        merge_all(unwritable)
    assert search(unwritable).total == 49
