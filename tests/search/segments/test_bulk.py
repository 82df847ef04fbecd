"""Crashes that are read all at once: what is missing, damaged or changing."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from socorro.search.catalog import catalog
from socorro.search.interface import Query, SearchUnavailable, TooSlow
from socorro.search.segments import bulk
from socorro.search.segments.bulk import Bulk
from socorro.search.segments.limits import Limits
from socorro.search.segments.problems import LATE, MISSING
from tests.builders import NOON
from tests.search.segments.built import build

HOUR = timedelta(hours=1)
LIMITS = Limits(seconds=60)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three hours with one crash each."""
    rows = [
        {
            "crash_id": f"{hour:08x}-0000-4000-8000-000000261123",
            "submitted_timestamp": NOON + hour * HOUR,
            "product": f"P{hour}",
        }
        for hour in range(3)
    ]
    return build(tmp_path, rows)


def query(end: int = 3) -> Query:
    return Query(NOON, NOON + end * HOUR, columns=(catalog()["product"],))


def products(opened: Bulk) -> list[Any]:
    return opened.execute("SELECT product FROM {crashes} ORDER BY 1").fetchall()


def file(root: Path, hour: int) -> Path:
    return root / f"public/2026-11-23/{NOON.hour + hour}.parquet"


def when(hour: int) -> str:
    start = NOON + hour * HOUR
    return f"{start:%Y-%m-%d %H:%M} to {start + HOUR:%Y-%m-%d %H:%M} UTC"


def test_all_crashes_of_the_span_are_read_and_may_be_kept_in_tables(root: Path) -> None:
    def work(opened: Bulk) -> list[Any]:
        opened.execute(
            "CREATE TEMP TABLE few AS SELECT * FROM {crashes} WHERE product > $least", least="P0"
        )
        return opened.execute("SELECT product, estimated FROM few ORDER BY 1").fetchall()

    assert bulk.read(root, query(), LIMITS, work) == [("P1", 1.0), ("P2", 1.0)]
    assert bulk.read(root, query(end=1), LIMITS, products) == [("P0",)]


def test_missing_damaged_and_late_hours_are_named(root: Path) -> None:
    file(root, 1).write_bytes(b"PAR1 and nothing else")
    waiting: Collection[datetime] = [NOON]

    answer = bulk.read(
        root, query(), LIMITS, lambda opened: (products(opened), opened.problems), waiting
    )

    assert answer[0] == [("P0",), ("P2",)]
    assert [problem.text for problem in answer[1]] == [
        MISSING.format(when=when(1)), LATE.format(when=when(0)),
    ]  # fmt: skip


def test_damage_that_only_reading_shows_is_left_out(root: Path) -> None:
    content = bytearray(file(root, 1).read_bytes())
    content[4:40] = b"\xff" * 36  # the first values; the description at the end is whole
    file(root, 1).write_bytes(content)
    everything = Query(NOON, NOON + 3 * HOUR, columns=tuple(catalog().values())[:8])

    def work(opened: Bulk) -> tuple[Any, int]:
        crashes = opened.execute("SELECT product FROM (SELECT DISTINCT * FROM {crashes})")
        return sorted(crashes.fetchall()), len(opened.problems)

    assert bulk.read(root, everything, LIMITS, work) == ([("P0",), ("P2",)], 1)


def test_a_file_that_goes_away_meanwhile_makes_it_begin_again(root: Path) -> None:
    tries = []

    def work(opened: Bulk) -> list[Any]:
        tries.append(1)
        if len(tries) == 1:
            file(root, 2).unlink()
        return products(opened)

    assert bulk.read(root, query(), LIMITS, work) == [("P0",), ("P1",)]
    assert len(tries) == 2


def test_files_that_never_stay_are_given_up(root: Path) -> None:
    def work(opened: Bulk) -> list[Any]:
        path = next(path for path in sorted((root / "public/2026-11-23").iterdir()))
        path.unlink()
        return products(opened)

    for hour in range(3, 9):
        file(root, hour).write_bytes(file(root, 0).read_bytes())

    with pytest.raises(SearchUnavailable, match="changing too fast"):
        bulk.read(root, query(9), LIMITS, work)


def test_a_mistake_in_a_statement_is_raised(root: Path) -> None:
    with pytest.raises(Exception, match="nonsense"):
        bulk.read(root, query(), LIMITS, lambda opened: opened.execute("SELECT nonsense()"))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(seconds=0.2), "took too long"),
        (Limits(seconds=60, memory="10MB"), "took too much memory"),
    ],
)
def test_time_and_memory_are_bounded(root: Path, limits: Limits, message: str) -> None:
    def work(opened: Bulk) -> Any:
        return opened.execute(
            "SELECT count(DISTINCT (a.range, b.range)) FROM range(100000) a, range(1000) b"
        ).fetchall()

    with pytest.raises(TooSlow, match=message):
        bulk.read(root, query(), limits, work)
