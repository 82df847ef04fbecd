"""Paths and columns of segments, and what is in a file that was written."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from socorro.search.catalog import catalog
from socorro.search.segments import layout

HOUR = datetime(2026, 11, 29, 4, tzinfo=UTC)
CRASH_ID = "0bba61c5-dfc3-43e7-87e0-000000261129"


def read(path: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        return duck.execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()


def test_paths_are_parsed_into_what_they_were_made_of(tmp_path: Path) -> None:
    hour = layout.hour_file(tmp_path, "public", HOUR)
    tail = layout.tail_file(tmp_path, "protected", HOUR, 12)

    assert str(hour.relative_to(tmp_path)) == "public/2026-11-29/04.parquet"
    assert str(tail.relative_to(tmp_path)) == "protected/2026-11-29/04.0012.tail.parquet"
    assert layout.parse(hour) == layout.Segment(HOUR, None, hour)
    assert layout.parse(tail) == layout.Segment(HOUR, 12, tail)


@pytest.mark.parametrize(
    "name",
    [
        "2026-11-29/24.parquet",
        "2026-11-29/4.parquet",
        "2026-11-29/.04.parquet.x1",
        "2026-11-29/04.parquet.draft",
        "2026-11-29/04.tail.parquet",
        "2026-02-30/04.parquet",
        "latest/04.parquet",
    ],
)
def test_other_paths_are_no_segments(name: str) -> None:
    assert layout.parse(Path("public") / name) is None


def test_every_field_is_in_a_column_of_one_visibility() -> None:
    public, protected = layout.columns("public"), layout.columns("protected")

    assert set(public) & set(protected) == {"crash_id"}
    for field in catalog().values():
        has_it = public if field.public else protected
        assert has_it[layout.column(field)] == layout.column_type(field)
    assert "url" in protected
    assert "url" not in public


def test_written_rows_are_sorted_typed_and_parted_by_visibility(tmp_path: Path) -> None:
    rows = [
        {
            "crash_id": CRASH_ID[:-12] + f"{number:06d}261129",
            "submitted_timestamp": HOUR.replace(minute=minute),
            "addons": ["a@x:1", "ß"],
            "major_version": 2**53 + 1,
            "signature": "",
            "safe_mode": False,
            "throttle_rate": 0.1,
            "url": "https://example.org/",
        }
        for number, minute in ((2, 5), (3, 1), (1, 5))
    ]
    public, protected = (layout.hour_file(tmp_path, name, HOUR) for name in layout.VISIBILITIES)

    layout.write(public, rows, "public")
    layout.write(protected, rows, "protected")

    names = "crash_id[25:30], submitted_timestamp, addons, major_version, signature, safe_mode"
    assert read(public, names + ", product, estimated") == [
        (number, HOUR.replace(minute=minute), ["a@x:1", "ß"], 2**53 + 1, "", False, None, 10.0)
        for number, minute in (("000003", 1), ("000001", 5), ("000002", 5))
    ]
    assert read(protected, "crash_id[25:30], url, email")[0] == (
        "000001", "https://example.org/", None,
    )  # fmt: skip
    assert stat.S_IMODE(protected.stat().st_mode) == 0o600
    assert stat.S_IMODE(protected.parent.stat().st_mode) == 0o700
    assert [path.name for path in public.parent.iterdir()] == ["04.parquet"]


def test_an_hour_without_crashes_has_a_file_with_all_columns(tmp_path: Path) -> None:
    path = layout.hour_file(tmp_path, "public", HOUR)

    layout.write(path, [], "public")

    assert read(path) == []
    with duckdb.connect() as duck:
        described = duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    assert {name: type_ for name, type_, *_ in described} == layout.columns("public")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = layout.hour_file(tmp_path, "public", HOUR)
    row = {"crash_id": CRASH_ID, "submitted_timestamp": HOUR}
    layout.write(path, [row], "public")

    with pytest.raises(duckdb.Error):
        layout.write(path, [{**row, "major_version": "many"}], "public")

    assert len(read(path)) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["04.parquet"]
