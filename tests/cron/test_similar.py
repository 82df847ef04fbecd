"""The clock makes the index of similar stacks from the files of search, and replaces it."""

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import psycopg2
import pytest
from psycopg2.extras import Json

from cron.job import JobFailed
from cron.jobs import search_segments, similar
from cron.jobs.similar import JOB
from socorro.postgres import Database
from socorro.queries import similar as query
from socorro.search.segments import layout
from socorro.search.segments.stacks import Bounds, Collected, collect, number_of, shares
from socorro.stats.similar import Index
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.search.segments.built import build
from tests.sql.rows import HOUR, report

DAY = timedelta(days=1)


def put(database: Database, frames: str, hours: float = 0, **columns: object) -> None:
    with database.transaction() as db:
        fields = Json({"proto_signature": frames})
        report(db, NOON + hours * HOUR, fields=fields, signature=frames.split(" | ")[0], **columns)


def run(make_run: MakeRun) -> None:
    search_segments.work(make_run(search_segments.JOB))
    JOB.work(make_run(JOB, NOON + HOUR))


def test_each_stack_is_kept_once_with_its_crashes_and_where_they_were(
    make_run: MakeRun, database: Database
) -> None:
    put(database, "a | b", reason="SIGSEGV", install_age=1)
    put(database, "a | b", -13, reason="SIGSEGV", install_age=1)
    put(database, "a | c", os_name="", build_id=None)

    run(make_run)

    with database.transaction() as db:
        state = query.state(db)
        first, second = sorted(query.of_signature(db, "a", 10), key=lambda stack: stack.frames)
        assert state is not None
        index = Index.read(query.index(db, state.made_at))
    assert (state.stacks, state.signatures, state.crash_count) == (2, 1, 3)
    assert (first.frames, first.crash_count) == ("a | b", 2)
    assert (first.first_day, first.last_day) == (NOON.date() - DAY, NOON.date())
    assert first.systems == {"Windows NT, SIGSEGV": 2}
    assert second.systems == {"unknown, unknown": 1}
    assert second.builds == {"unknown": 1}
    assert set(index.numbers) == {first.stack_id, second.stack_id}
    assert number_of("a", "a | b") == first.stack_id


def test_an_install_that_crashes_often_counts_once_for_a_signature(
    make_run: MakeRun, database: Database
) -> None:
    for minutes in range(3):
        put(database, f"a | b{minutes}", -minutes / 60, install_age=60 * (100 - minutes))

    run(make_run)

    counted = ask(database, "SELECT sum(value::int) FROM similar_stacks, jsonb_each_text(systems)")
    assert counted == [(1,)]


def test_the_next_run_replaces_what_changed_and_forgets_what_went(
    make_run: MakeRun, database: Database, home: Path
) -> None:
    put(database, "a | b")
    put(database, "old | b", -3)
    run(make_run)
    put(database, "a | b")
    put(database, "new | b")

    search_segments.work(make_run(search_segments.JOB))
    JOB.work(make_run(JOB, NOON + 28 * DAY - 2 * HOUR))

    stacks = ask(database, "SELECT frames, crash_count FROM similar_stacks ORDER BY 1")
    assert stacks == [("a | b", 2), ("new | b", 1)]
    assert ask(database, "SELECT count(*), min(stacks) FROM similar_state") == [(1, 2)]
    assert ask(database, "SELECT count(DISTINCT made_at) FROM similar_index") == [(1,)]


def test_a_run_that_dies_leaves_the_index_of_before(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, "a | b")
    run(make_run)
    before = ask(database, "SELECT made_at, stacks FROM similar_state")
    put(database, "c | d")
    monkeypatch.setitem(similar.SQL, "save_index", "SELECT 1 / 0")  # type: ignore[index]

    with pytest.raises(psycopg2.errors.DivisionByZero):
        run(make_run)

    assert ask(database, "SELECT made_at, stacks FROM similar_state") == before
    assert ask(database, "SELECT frames FROM similar_stacks") == [("a | b",)]


def test_there_is_work_while_there_are_reports_or_stacks(
    make_run: MakeRun, database: Database
) -> None:
    def has_work() -> bool:
        with database.transaction() as db:
            return similar.has_work(db)

    assert not has_work()
    put(database, "a | b")
    assert has_work()
    run(make_run)
    assert has_work()


def test_without_a_folder_the_job_says_so(make_run: MakeRun) -> None:
    with pytest.raises(JobFailed, match="Search has no data"):
        JOB.work(make_run(JOB))


def test_it_is_off_with_another_engine(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_run(JOB).config
    assert similar.off(config) == ""

    monkeypatch.setenv("SOCORRO_SEARCH_ENGINE", "elasticsearch")

    assert similar.off(config) == "set SOCORRO_SEARCH_ENGINE to segments"


def rows(*frames: str, signature: str = "s", hours: int = 0) -> list[dict[str, object]]:
    return [
        {
            "crash_id": f"0bba929f-8721-460c-8e70-{hours:02}{number:03}f261123",
            "submitted_timestamp": NOON - hours * HOUR,
            "signature": signature,
            "proto_signature": text,
            "install_time": 1000 + number,
        }
        for number, text in enumerate(frames)
    ]


def collected(root: Path, bounds: Bounds) -> Collected:
    return collect(root, NOON - DAY, NOON + DAY, bounds)


@pytest.mark.parametrize(("most", "kept", "left_out"), [(2, 2, 0), (1, 1, 1)])
def test_a_signature_has_so_many_stacks(
    tmp_path: Path, most: int, kept: int, left_out: int
) -> None:
    root = build(tmp_path, [*rows("a", "b"), *rows("c", signature="t")])

    answer = collected(root, Bounds(of_a_signature=most))

    assert len(answer.stacks) == kept + 1
    assert answer.left_out == left_out
    assert answer.complete


@pytest.mark.parametrize(
    ("bounds", "kept", "complete"),
    [
        (Bounds(), 3, True),
        (Bounds(stacks=4), 3, True),
        (Bounds(stacks=2), 2, False),
        (Bounds(characters=2), 2, False),
        (Bounds(seconds=-1.0), 0, False),
    ],
)
def test_the_newest_hours_are_kept_within_the_limits(
    tmp_path: Path, bounds: Bounds, kept: int, complete: bool
) -> None:
    root = build(tmp_path, [*rows("a", "b"), *rows("c", hours=2)])

    answer = collected(root, bounds)

    assert [stack.frames for stack in answer.stacks.values()] == ["a", "b", "c"][:kept]
    assert answer.complete == complete


def test_a_damaged_hour_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    root = build(tmp_path, [*rows("a"), *rows("b", hours=1)])
    layout.hour_file(root, "public", NOON).write_bytes(b"PAR1")

    answer = collected(root, Bounds())

    assert [stack.frames for stack in answer.stacks.values()] == ["b"]
    assert answer.unread == 1


@pytest.mark.parametrize(("most", "counted"), [(2, 2), (1, 3)])
def test_so_many_installs_are_remembered(tmp_path: Path, most: int, counted: int) -> None:
    root = build(tmp_path, [*rows("a", "b"), *rows("c", "d", hours=1)])

    answer = collected(root, Bounds(installs=most))

    assert sum(sum(stack.systems.values()) for stack in answer.stacks.values()) == counted


def test_the_file_of_a_day_is_read_once_and_may_lack_columns(tmp_path: Path) -> None:
    root = build(tmp_path, [*rows("a", "b"), *rows("a", hours=1), *rows("c", hours=2)])
    hours = [layout.hour_file(root, "public", NOON - number * HOUR) for number in range(3)]
    day = layout.day_file(root, NOON)
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT crash_id, submitted_timestamp, signature, proto_signature FROM"
            f" read_parquet({[str(path) for path in hours]})) TO '{day}' (FORMAT parquet)"
        )
    for path in hours[1:]:
        path.unlink()

    answer = collected(root, Bounds())

    counts = {stack.frames: stack.crash_count for stack in answer.stacks.values()}
    assert counts == {"a": 2, "b": 1, "c": 1}
    assert answer.unread == 0


def test_shares_are_of_all_installs_and_values_have_a_limit(tmp_path: Path) -> None:
    reports = rows(*["a"] * 110)
    for number, row in enumerate(reports):
        row["build"] = str(number)
    root = build(tmp_path, reports)

    answer = collected(root, Bounds())

    [stack] = answer.stacks.values()
    assert len(stack.builds) == 101
    assert stack.builds["others"] == 10
    assert shares(answer)["systems"] == {"unknown, unknown": 1.0}
    assert shares(answer, most=1)["builds"] == {"others": pytest.approx(10 / 110)}


def test_an_empty_folder_gives_an_empty_index(
    make_run: MakeRun, database: Database, home: Path
) -> None:
    put(database, "a | b")
    run(make_run)
    shutil.rmtree(home / "search" / "segments")
    (home / "search" / "segments" / "public").mkdir(parents=True)

    JOB.work(make_run(JOB, NOON + HOUR))

    assert ask(database, "SELECT stacks, since FROM similar_state") == [(0, None)]
    assert ask(database, "SELECT count(*) FROM similar_stacks") == [(0,)]
