"""Files that are missing, damaged, old, or go away: answers have the others, and name the hours."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from socorro.search.interface import (
    Aggregation,
    Permitted,
    Problem,
    Result,
    SearchUnavailable,
    Sort,
)
from socorro.search.segments import engine as module
from socorro.search.segments import layout
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from tests.search.rows import FIELD, HOUR, MONDAY, columns, condition, make_query, make_row
from tests.search.segments.built import build

PATIENT = Limits(seconds=60)
PUBLIC, PROTECTED = Permitted(), Permitted(protected=True)
HOURS = 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hours of 10 crashes."""
    rows = [
        make_row(number, MONDAY + number % HOURS * HOUR, uptime=number, email=f"{number}@x")
        for number in range(HOURS * 10)
    ]
    return build(tmp_path_factory.mktemp("whole"), rows)


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """The same, for one test to damage."""
    return shutil.copytree(whole, tmp_path, dirs_exist_ok=True)


def search(root: Path, permitted: Permitted = PUBLIC, **values: Any) -> Result:
    engine = SegmentsEngine(root, PATIENT)
    try:
        return engine.search(make_query(**values), permitted)
    finally:
        engine.close()


def hour_file(root: Path, number: int, visibility: layout.Visibility = "public") -> Path:
    return layout.hour_file(root, visibility, MONDAY + number * HOUR)


def stretches(result: Result) -> list[tuple[str, int, int]]:
    """Problems: the code, and the hours from and to."""
    return [
        (problem.code, (problem.start - MONDAY) // HOUR, (problem.end - MONDAY) // HOUR)
        for problem in result.problems
        if problem.start and problem.end
    ]


def test_whole_files_have_no_problem(root: Path) -> None:
    result = search(root)

    assert (result.total, result.problems) == (40, [])


def test_a_missing_hour_between_others_is_named(root: Path) -> None:
    hour_file(root, 1).unlink()

    result = search(root)

    assert result.total == 30
    assert list(result.problems) == [
        Problem(
            "missing_hour",
            "Crashes submitted 2026-11-23 01:00 to 2026-11-23 02:00 UTC are missing: "
            "search has no readable data of that time.",
            MONDAY + HOUR,
            MONDAY + 2 * HOUR,
        )
    ]


def test_neighbouring_hours_are_named_at_once_and_others_not(root: Path) -> None:
    hour_file(root, 1).unlink()
    hour_file(root, 2).unlink()

    assert stretches(search(root)) == [("missing_hour", 1, 3)]
    assert stretches(search(root, start=MONDAY + 2 * HOUR)) == [("missing_hour", 2, 3)]
    assert stretches(search(root, end=MONDAY + HOUR)) == []
    assert stretches(search(root, start=MONDAY + 3 * HOUR)) == []


def test_hours_before_the_first_and_after_the_last_file_are_not_missing(root: Path) -> None:
    hour_file(root, 0).unlink()
    hour_file(root, 3).unlink()

    assert stretches(search(root, start=MONDAY - HOUR)) == []


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-1],
    "foreign": lambda content: b"x" * len(content),
    "footer": lambda content: content[:-3000] + bytes(2900) + content[-100:],
    "columns": lambda content: content[:4] + b"\xff" * 1500 + content[1504:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_the_others_answer(root: Path, damage: str) -> None:
    path = hour_file(root, 2)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    by_uptime = Aggregation("terms", "uptime", FIELD["uptime"], size=100)
    query: dict[str, Any] = {
        "columns": columns("crash_id", "uptime"),
        "sort": (Sort(FIELD["submitted_timestamp"], descending=True),),
        "aggregations": (by_uptime,),
    }

    result = search(root, **query)

    assert stretches(result) == [("missing_hour", 2, 3)]
    assert result.total == len(result.hits) == 30
    assert len(result.counts["uptime"]) == 30  # type: ignore[arg-type]


def test_no_damage_of_a_file_ends_the_process_or_an_error(root: Path) -> None:
    path, engine = hour_file(root, 1), SegmentsEngine(root, PATIENT)
    content, chance = path.read_bytes(), random.Random(16)

    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 64))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        result = engine.search(make_query(columns=columns("crash_id", "uptime")), PUBLIC)
        assert result.total >= 30 or stretches(result)
    path.write_bytes(content)

    assert engine.search(make_query(), PUBLIC) == search(root)


def test_a_repaired_file_is_read_again(root: Path) -> None:
    engine, path = SegmentsEngine(root, PATIENT), hour_file(root, 2)
    content = path.read_bytes()
    path.write_bytes(b"")
    assert engine.search(make_query(), PUBLIC).total == 30

    path.write_bytes(content)

    assert engine.search(make_query(), PUBLIC) == search(root)


def test_other_files_and_folders_are_left_alone(root: Path) -> None:
    day = hour_file(root, 1).parent
    (day / ".01.parquet.x1y2").write_bytes(b"draft")
    (day / "01.parquet.old").write_bytes(b"x")
    (day / "notes.txt").write_bytes(b"x")
    (day.parent / "lost+found").mkdir()

    assert search(root) == search(root, start=MONDAY)
    assert stretches(search(root)) == []


def rewritten(path: Path, select: str) -> None:
    """Replace a file by a SELECT of it."""
    with duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE rows AS {select.format(file=path)}")
        duck.execute(f"COPY rows TO '{path}' (FORMAT parquet)")


def test_a_column_that_older_files_lack_is_null_there(root: Path) -> None:
    rewritten(
        hour_file(root, 1),
        "SELECT submitted_timestamp, estimated, crash_id FROM read_parquet('{file}')",
    )

    result = search(root, columns=columns("uptime", "addons"), filter=condition("uptime", "null"))

    assert (result.total, stretches(result)) == (10, [])
    assert list(result.hits) == [{"uptime": None, "addons": None}] * 10
    assert search(root, filter=condition("uptime", ">=", 0)).total == 30


def test_a_column_of_another_type_is_damage_only_where_it_is_needed(root: Path) -> None:
    rewritten(
        hour_file(root, 1),
        "SELECT * REPLACE (uptime::VARCHAR AS uptime) FROM read_parquet('{file}')",
    )

    assert stretches(search(root, columns=columns("uptime"))) == [("missing_hour", 1, 2)]
    assert stretches(search(root, columns=columns("product"))) == []


def test_tails_count_until_the_hour_has_its_file(root: Path) -> None:
    hour = MONDAY + HOURS * HOUR
    for number in (1, 2):
        row = make_row(100 + number, hour, uptime=number)
        layout.write(layout.tail_file(root, "public", hour, number), [row], "public")
    both = search(root)

    merged = [make_row(101, hour), make_row(102, hour), make_row(103, hour)]
    layout.write(layout.hour_file(root, "public", hour), merged, "public")

    assert (both.total, search(root).total) == (42, 43)


def test_protected_columns_are_joined_and_their_absence_is_named(root: Path) -> None:
    hour_file(root, 1, "protected").unlink()
    has_email = condition("email", "$", "@X")

    result = search(root, PROTECTED, columns=columns("email"), filter=has_email)

    assert (result.total, stretches(result)) == (30, [("missing_hour", 1, 2)])
    assert "Protected fields" in result.problems[0].text
    assert search(root, PROTECTED).problems == []


def test_protected_files_are_not_opened_for_public_columns(root: Path) -> None:
    for number in range(HOURS):
        hour_file(root, number, "protected").write_bytes(b"damaged")

    assert (search(root, PROTECTED).total, search(root, PROTECTED).problems) == (40, [])


def test_a_file_that_goes_away_during_a_search_makes_it_begin_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, gone = module.look, hour_file(root, 3)

    def look_before(*arguments: Any) -> Any:
        view = look(*arguments)
        gone.unlink(missing_ok=True)
        return view

    monkeypatch.setattr(module, "look", look_before)

    assert (search(root).total, stretches(search(root))) == (30, [])


def test_a_file_that_is_replaced_all_the_time_still_answers(root: Path) -> None:
    engine, path = SegmentsEngine(root, PATIENT), hour_file(root, 1)
    content = path.read_bytes()
    for _ in range(10):
        draft = path.with_name(".draft")
        draft.write_bytes(content)
        draft.replace(path)

        assert engine.search(make_query(), PUBLIC).total == 40


def test_hours_that_wait_are_named(root: Path) -> None:
    waiting = {MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 4 * HOUR}
    hour_file(root, 2).unlink()
    engine = SegmentsEngine(root, PATIENT, lambda *_: waiting)

    result = engine.search(make_query(), PUBLIC)

    assert stretches(result) == [
        ("missing_hour", 2, 3),
        ("late_hours", 1, 2),
        ("late_hours", 4, 5),
    ]
    assert result.total == 30


@pytest.mark.parametrize("what", ["no folder", "a file", "a day is a file"])
def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, what: str) -> None:
    if what == "a file":
        (tmp_path / "public").write_text("")
    elif what == "a day is a file":
        (tmp_path / "public").mkdir()
        (tmp_path / "public" / "2026-11-23").write_text("")
    engine = SegmentsEngine(tmp_path, PATIENT)

    with pytest.raises(SearchUnavailable) as error:
        engine.search(make_query(), PUBLIC)

    assert str(tmp_path) not in str(error.value)
    if what != "a day is a file":
        with pytest.raises(SearchUnavailable):
            engine.check()
