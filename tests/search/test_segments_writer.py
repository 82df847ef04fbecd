"""The column files of an hour are what its reports say, whatever happens while they are written."""

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from psycopg2.extras import Json

from socorro.postgres import Connection, Database
from socorro.search import notes, source
from socorro.search.segments import layout
from socorro.search.segments.follow import follow, hours, missing, note_missing
from socorro.search.segments.writer import SLICE, SegmentsUnwritable, Writer, expired
from tests.sql.rows import HOUR, MINUTE, NOON, make_id, query, report

LATER = NOON + 3 * HOUR


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "search" / "segments"


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    """A connection that commits each statement."""
    connection = database.connect()
    connection.autocommit = True
    yield connection
    connection.close()


def read(path: Path | str, select: str = "*") -> list[dict[str, Any]]:
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        result = duck.execute(f"SELECT {select} FROM read_parquet($path)", {"path": str(path)})
        names = [name for name, *_ in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def ids(root: Path, visibility: layout.Visibility = "public", hour: datetime = NOON) -> list[str]:
    files = sorted(
        segment.path
        for path in layout.folder(root, visibility, hour).iterdir()
        if (segment := layout.parse(path)) and segment.hour == hour
    )
    return [row["crash_id"] for path in files for row in read(path, "crash_id")]


def files(root: Path) -> list[str]:
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.name != ".lock"
    )


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk on which no file can be larger: writing more fails as on one that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_a_file_has_the_columns_that_any_crash_has_with_their_types(
    database: Database, db: Connection, root: Path
) -> None:
    report(db, NOON, reason="SIGSEGV")
    report(db, NOON, fields=Json({"addons": ["a@b:1.0"], "startup_crash": True}))

    Writer(root).write_hour(database, NOON, LATER)

    with duckdb.connect() as duck:
        described = duck.execute(
            f"DESCRIBE SELECT * FROM read_parquet('{layout.hour_file(root, 'public', NOON)}')"
        ).fetchall()
    types = {name: type_ for name, type_, *_ in described}
    assert types == {name: layout.columns("public")[name] for name in types}
    assert types.keys() >= {"reason", "addons", "startup_crash", "estimated"}
    assert not types.keys() & {"hang_id", "moz_crash_reason"}


def test_values_are_those_of_columns_and_of_the_other_fields(
    database: Database, db: Connection, root: Path
) -> None:
    others = {
        "moz_crash_reason": 'one "quoted", comma\nand a line',
        "thread_count": 57,
        "startup_crash": False,
        "addons": ["a@b:1.0", 'c, "d"'],
        "total_physical_memory": 2**53 + 1,
    }
    crash_id = report(
        db, NOON + timedelta(seconds=5, microseconds=7), signature="f | g\\n, \"h\"",
        crash_time=datetime(2026, 11, 23, 11, 59, 30, tzinfo=UTC), throttle_rate=0.1,
        processor_notes=["first, note", "second"], fields=Json(others), hang_type=1,
        addons_checked=True, build_id="20261120031153", app_notes="",
    )  # fmt: skip

    Writer(root).write_hour(database, NOON, LATER)

    [row] = read(layout.hour_file(root, "public", NOON))
    expected = {
        "crash_id": crash_id, "submitted_timestamp": NOON + timedelta(seconds=5, microseconds=7),
        "signature": "f | g\\n, \"h\"", "crash_time": 1795435170,
        "client_crash_date": datetime(2026, 11, 23, 11, 59, 30, tzinfo=UTC),
        "throttle_rate": 0.1, "estimated": 10.0, "processor_notes": ["first, note", "second"],
        "hang_type": 1, "addons_checked": True, "build": "20261120031153", "success": True,
        "mdsw_status_string": "OK", "truncated": False, "app_notes": None, **others,
    }  # fmt: skip
    assert {name: row.get(name) for name in expected} == expected
    assert "product_id" not in row


WRONG = [
    ("thread_count", "many", None),
    ("thread_count", 1.5, None),
    ("thread_count", 10**30, None),
    ("thread_count", True, None),
    ("thread_count", [1], None),
    ("thread_count", -(2**63), -(2**63)),
    ("startup_crash", "yes", None),
    ("startup_crash", 1, None),
    ("addons", "one", None),
    ("addons", [], None),
    ("addons", [None, "one"], ["one"]),
    ("moz_crash_reason", "", None),
    ("moz_crash_reason", None, None),
    ("moz_crash_reason", "x" * 60_000, "x" * 60_000),
    ("moz_crash_reason", "\u0001\u2028\U0001f525", "\u0001\u2028\U0001f525"),
]


def test_a_value_of_another_type_is_none_and_costs_nothing_else(
    database: Database, db: Connection, root: Path
) -> None:
    for number, (name, value, _) in enumerate(WRONG):
        report(db, NOON + timedelta(seconds=number), fields=Json({name: value, "oom": "small"}))
    report(db, NOON + 5 * MINUTE, fields=Json([1]))
    query(db, 'UPDATE reports SET fields = \'{"x": 1e999, "oom": "small"}\' WHERE fields = \'[1]\'')

    Writer(root).write_hour(database, NOON, LATER)

    rows = read(layout.hour_file(root, "public", NOON))
    assert [row.get(name) for row, (name, *_) in zip(rows, WRONG, strict=False)] == [
        expected for *_, expected in WRONG
    ]
    assert [row["oom"] for row in rows] == ["small"] * (len(WRONG) + 1)


def test_rows_are_in_order_and_hours_do_not_mix(
    database: Database, db: Connection, root: Path
) -> None:
    times = [NOON + HOUR - timedelta(microseconds=1), NOON, NOON + 30 * MINUTE, NOON]
    written = sorted((at, report(db, at)) for at in times)
    report(db, NOON + HOUR)
    report(db, NOON - timedelta(microseconds=1))

    assert Writer(root).write_hour(database, NOON, LATER) == 4

    assert ids(root) == [crash_id for _, crash_id in written]


def test_protected_fields_are_in_files_of_their_own_that_only_we_may_read(
    database: Database, db: Connection, root: Path
) -> None:
    crash_id = report(db, NOON, url="http://secret.example/", throttle_rule="is_nightly")
    report(db, NOON + MINUTE)

    Writer(root).write_hour(database, NOON, LATER)

    public, protected = (layout.hour_file(root, kind, NOON) for kind in layout.VISIBILITIES)
    assert b"secret.example" not in public.read_bytes()
    [row] = read(protected)
    assert row == {
        "crash_id": crash_id,
        "url": "http://secret.example/",
        "throttle_rule": "is_nightly",
    }
    assert stat.S_IMODE(protected.stat().st_mode) == 0o600
    assert stat.S_IMODE(protected.parent.stat().st_mode) == 0o700


LINE_ENDS = ["a\r\nb", "a\rb", "a\nb", "\r\n", 'say "x"\r\n,', "\\r\\n"]


@pytest.mark.parametrize("first", LINE_ENDS)
def test_texts_keep_their_line_ends(
    db: Connection, database: Database, root: Path, first: str
) -> None:
    """Whatever kind comes first, in a text, does not decide where rows end."""
    texts = {
        report(db, NOON + number * MINUTE, app_notes=text, url=text): text
        for number, text in enumerate([first, *LINE_ENDS, "plain"])
    }

    Writer(root).write_hour(database, NOON, LATER)

    sides: dict[layout.Visibility, str] = {"public": "app_notes", "protected": "url"}
    for visibility, name in sides.items():
        rows = read(layout.hour_file(root, visibility, NOON))
        assert {row["crash_id"]: row[name] for row in rows} == texts


def test_an_hour_is_written_again_with_what_came_went_and_changed(
    database: Database, db: Connection, root: Path
) -> None:
    gone, changed = report(db, NOON, url="http://a/"), report(db, NOON + MINUTE)
    Writer(root).write_hour(database, NOON, LATER)
    query(db, "DELETE FROM reports_user_info")
    query(db, "DELETE FROM reports WHERE crash_id = %s", gone)
    report(db, NOON + MINUTE, crash_id=changed, signature="changed")
    new = report(db, NOON + 2 * MINUTE)

    Writer(root).write_hour(database, NOON, LATER)

    rows = read(layout.hour_file(root, "public", NOON), "crash_id, signature")
    assert [tuple(row.values()) for row in rows] == [(changed, "changed"), (new, "malloc | main")]
    assert ids(root, "protected") == []


def test_an_hour_without_reports_has_empty_files(database: Database, root: Path) -> None:
    writer = Writer(root)

    assert [writer.write_hour(database, NOON + n * HOUR, LATER) for n in range(2)] == [0, 0]

    for visibility in layout.VISIBILITIES:
        files_of_it = [layout.hour_file(root, visibility, NOON + n * HOUR) for n in range(2)]
        assert [read(path) for path in files_of_it] == [[], []]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files_of_it} == {
            layout.FILE_MODES[visibility]
        }


def test_a_running_hour_with_many_reports_is_written_in_slices_and_merged_later(
    database: Database, db: Connection, root: Path
) -> None:
    writer, now = Writer(root, few=2), NOON + 20 * MINUTE
    first = [report(db, NOON + minute * MINUTE, url="http://a/") for minute in (0, 1)]
    writer.write_hour(database, NOON, now)
    assert files(root)[-1] == "public/2026-11-23/12.parquet"
    more = [report(db, NOON + minute * MINUTE, url="http://a/") for minute in (6, 7, 19)]

    assert writer.write_hour(database, NOON, now) == 5

    assert files(root) == [
        f"{kind}/2026-11-23/12.{number:04}.tail.parquet"
        for kind in ("protected", "public")
        for number in (0, 1, 3)
    ]
    assert ids(root) == first + more
    assert ids(root, "protected") == sorted(first) + sorted(more[:2]) + more[2:]
    late = report(db, NOON + 8 * MINUTE)
    query(db, "DELETE FROM reports WHERE crash_id = %s", more[2])
    assert writer.write_hour(database, NOON, now) == 3
    assert writer.write_hour(database, NOON, now) == 0
    assert ids(root) == [*first, *more[:2], late]

    writer.write_hour(database, NOON, NOON + HOUR + 10 * MINUTE)

    assert files(root) == ["protected/2026-11-23/12.parquet", "public/2026-11-23/12.parquet"]
    assert ids(root) == [*first, *more[:2], late]


def test_a_report_that_is_written_again_makes_its_slice_anew(
    database: Database, db: Connection, root: Path
) -> None:
    writer = Writer(root, few=0)
    crash_id = report(db, NOON)
    writer.write_hour(database, NOON, NOON)

    report(db, NOON, crash_id=crash_id, signature="new", completed_at=NOON + MINUTE)
    writer.write_hour(database, NOON, NOON)

    [row] = read(layout.tail_file(root, "public", NOON, 0), "signature")
    assert row == {"signature": "new"}
    assert SLICE == 5 * MINUTE


def test_on_a_full_disk_the_old_file_and_the_note_stay_and_the_reason_is_clear(
    database: Database, db: Connection, root: Path
) -> None:
    crash_id = report(db, NOON)
    follow(database, Writer(root), 60)
    for second in range(50):
        report(db, NOON + timedelta(seconds=second), app_notes="x" * 1000)

    with (
        largest_file(20_000),
        pytest.raises(SegmentsUnwritable, match=r"cannot be written \(File too large\): make room"),
    ):
        follow(database, Writer(root), 60)

    assert ids(root) == [crash_id]
    assert len(files(root)) == 2
    assert notes.lag(db, "segments").hours == 1
    follow(database, Writer(root), 60)
    assert len(ids(root)) == 51
    assert notes.lag(db, "segments").hours == 0


def test_a_file_that_cannot_be_converted_whole_keeps_the_old_one(
    database: Database, db: Connection, root: Path
) -> None:
    report(db, NOON)
    follow(database, Writer(root), 60)
    for second in range(300):
        notes_of_it = os.urandom(400).hex()
        report(db, NOON + timedelta(seconds=second), fields=Json({"abort_message": notes_of_it}))
    size = layout.hour_file(root, "public", NOON).stat().st_size

    with largest_file(1_000_000):
        follow(database, Writer(root), 60)  # fits
    for second in range(300):
        report(db, NOON + timedelta(seconds=second), fields=Json({"oom": os.urandom(1000).hex()}))
    rows = ids(root)
    with largest_file(size + 1), pytest.raises(SegmentsUnwritable):
        follow(database, Writer(root), 60)

    assert ids(root) == rows


def test_a_folder_that_cannot_be_made_is_named(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SegmentsUnwritable, match=r"file/segments, cannot be written \(Not a dir"):
        Writer(tmp_path / "file" / "segments").write_hour(database, NOON, LATER)


def test_drafts_of_a_writer_that_was_killed_go(database: Database, root: Path) -> None:
    drafts = root / ".drafts"
    drafts.mkdir(parents=True)
    (drafts / "half.csv").write_text("half")

    Writer(root).write_hour(database, NOON, LATER)

    assert files(root) == ["protected/2026-11-23/12.parquet", "public/2026-11-23/12.parquet"]


def test_an_hour_that_fails_keeps_its_note_and_the_others_are_written(
    database: Database, db: Connection, root: Path
) -> None:
    for hour in range(3):
        report(db, NOON + hour * HOUR)
    obstacle = layout.hour_file(root, "public", NOON + HOUR)

    class Half(Writer):
        def write_hour(self, database: Database, hour: datetime, now: datetime) -> int:
            if hour == NOON + HOUR:
                raise RuntimeError("odd")
            return super().write_hour(database, hour, now)

    followed = follow(database, Half(root), 60)

    assert (followed.hours, followed.reports, followed.failed) == (2, 2, {NOON + HOUR})
    assert notes.late_hours(db, "segments") == [NOON + HOUR]
    assert not obstacle.exists()


def test_following_ends_with_its_time_and_begins_with_the_latest_hour(
    database: Database, db: Connection, root: Path
) -> None:
    for hour in range(3):
        report(db, NOON + hour * HOUR)
    written: list[datetime] = []

    follow(database, Writer(root), 0, written.append)

    assert written == [NOON + 2 * HOUR]
    assert notes.late_hours(db, "segments") == [NOON, NOON + HOUR]


def test_hours_whose_files_are_missing_are_noted(
    database: Database, db: Connection, root: Path
) -> None:
    for hour in (0, 2):
        report(db, NOON + hour * HOUR)
    follow(database, Writer(root), 60)

    assert note_missing(database, root, reports=False) == 1
    follow(database, Writer(root), 60)
    assert hours(root) == {NOON, NOON + HOUR, NOON + 2 * HOUR}
    layout.hour_file(root, "public", NOON).unlink()
    assert note_missing(database, root, reports=False) == 0
    assert note_missing(database, root, reports=True) == 1
    assert notes.late_hours(db, "segments") == [NOON]


def test_one_crash_of_a_wrong_clock_does_not_make_years_of_files() -> None:
    now = NOON + 2 * HOUR
    far = [NOON + 9000 * HOUR, NOON - 9000 * HOUR]

    assert missing([NOON, now, *far], [], now) == [NOON + HOUR]
    assert missing([], [NOON, far[0]], now) == [NOON, far[0]]
    assert missing([], [], now) == []


def test_days_go_with_their_reports_and_protected_ones_with_personal_data(
    database: Database, db: Connection, root: Path
) -> None:
    week = 7 * 24 * HOUR
    for weeks in range(4):
        report(db, NOON - weeks * week, url="http://a/")
    follow(database, Writer(root), 60)
    monday = NOON - 12 * HOUR
    query(db, "SELECT drop_partitions('reports_user_info', %s)", monday)
    query(db, "SELECT drop_partitions('reports', %s)", monday - 2 * week)
    dropped = source.dropped(db)

    assert len(expired(root, dropped)) == 4
    assert Writer(root).drop_days(dropped) == 4

    assert files(root) == [
        "protected/2026-11-23/12.parquet", "public/2026-11-09/12.parquet",
        "public/2026-11-16/12.parquet", "public/2026-11-23/12.parquet",
    ]  # fmt: skip


def test_personal_data_that_was_dropped_does_not_come_back_with_a_late_crash(
    database: Database, db: Connection, root: Path
) -> None:
    old = NOON - 14 * 24 * HOUR
    report(db, old, url="http://a/", throttle_rule="is_nightly")
    follow(database, Writer(root), 60)
    query(db, "SELECT drop_partitions('reports_user_info', %s)", NOON)
    report(db, old, throttle_rule="is_nightly")

    follow(database, Writer(root), 60)

    assert files(root) == ["public/2026-11-09/12.parquet"]
    assert len(ids(root, hour=old)) == 2


def test_what_was_dropped_does_not_come_back(
    database: Database, db: Connection, root: Path
) -> None:
    old = NOON - 14 * 24 * HOUR
    report(db, old, url="http://a/")
    follow(database, Writer(root), 60)
    query(db, "SELECT drop_partitions('reports', %s)", NOON)
    report(db, old, crash_id=make_id(old), url="http://a/")

    follow(database, Writer(root), 60)

    assert files(root) == []
    assert notes.late_hours(db, "segments") == []
