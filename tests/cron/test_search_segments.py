"""The clock keeps the files of search up to date; retention removes them with their reports."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cron.config import CronConfig
from cron.job import JobFailed
from cron.jobs import counts, retention, search_segments
from cron.jobs.search_segments import JOB
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search import notes
from socorro.search.segments import follow, layout
from socorro.search.segments.writer import Writer
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import HOUR, query, report

DAY = timedelta(days=1)


@pytest.fixture
def root(home: Path) -> Path:
    return home / "search" / "segments"


def put(database: Database, *hours: float) -> None:
    with database.transaction() as db:
        for hour in hours:
            report(db, NOON + hour * HOUR, url="http://example.com/")


def has_work(database: Database) -> bool:
    with database.transaction() as db:
        return search_segments.has_work(db)


def test_a_processed_crash_is_written_without_waiting_for_the_count(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    assert not has_work(database)
    put(database, 0)
    assert has_work(database)

    done = JOB.work(make_run(JOB))

    assert done.rows == 1
    assert layout.hour_file(root, "public", NOON).exists()
    assert not has_work(database)
    assert ask(database, "SELECT hour FROM hours_to_count") == [(NOON,)]
    counts.work(make_run(counts.JOB))
    assert ask(database, "SELECT count(*) FROM reports_clean") == [(1,)]
    assert not has_work(database)


def test_what_was_counted_first_is_written_all_the_same(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    put(database, 0)
    counts.work(make_run(counts.JOB))

    assert JOB.work(make_run(JOB)).rows == 1
    assert follow.hours(root) == {NOON}


def test_hours_without_a_crash_get_an_empty_file(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    put(database, -3, 0)

    JOB.work(make_run(JOB))

    assert follow.hours(root) == {NOON - hours * HOUR for hours in range(4)}


def test_when_the_folder_is_lost_all_is_written_again_by_itself(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    put(database, 0, -20)
    JOB.work(make_run(JOB))
    shutil.rmtree(root)

    assert has_work(database)
    done = JOB.work(make_run(JOB, since=NOON - timedelta(seconds=15)))

    assert done.rows == 2
    assert len(follow.hours(root)) == 21
    assert done.notes == ["21 hours had no file"]


def test_a_lost_file_is_written_again_within_the_hour(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    put(database, 0, -1)
    JOB.work(make_run(JOB))
    layout.hour_file(root, "public", NOON - HOUR).unlink()

    JOB.work(make_run(JOB, NOON + timedelta(seconds=30), NOON + timedelta(seconds=15)))
    assert follow.hours(root) == {NOON}
    JOB.work(make_run(JOB, NOON + timedelta(seconds=15), NOON - timedelta(seconds=1)))

    assert follow.hours(root) == {NOON - HOUR, NOON}


def test_a_folder_that_cannot_be_written_fails_the_job_and_the_notes_stay(
    make_run: MakeRun, database: Database, home: Path
) -> None:
    (home / "search").write_text("a file")
    put(database, 0)

    with pytest.raises(JobFailed, match=r"search/segments, cannot be written \(Not a directory\)"):
        JOB.work(make_run(JOB))

    assert has_work(database)


def test_an_hour_that_fails_fails_the_job(
    make_run: MakeRun, database: Database, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, 0)
    monkeypatch.setattr("socorro.search.segments.writer.convert", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        JOB.work(make_run(JOB))

    assert has_work(database)


def test_it_is_off_with_another_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert search_segments.off(CronConfig()) == ""
    monkeypatch.setenv("SOCORRO_SEARCH_ENGINE", "elasticsearch")
    assert search_segments.off(CronConfig()) == "set SOCORRO_SEARCH_ENGINE to segments"


def test_retention_removes_files_with_their_reports_and_says_so_before(
    make_run: MakeRun, database: Database, home: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_RETENTION_PERSONAL_WEEKS", "1")
    monkeypatch.setenv("SOCORRO_RETENTION_CRASH_WEEKS", "2")
    FilesystemStore.created(home / "crashstore")
    old, older = NOON - 9 * DAY, NOON - 16 * DAY
    put(database, 0)
    with database.transaction() as db:
        for at in (old, older):
            report(db, at, url="http://example.com/")
        query(db, "DELETE FROM changed_hours")
        notes.add(db, "segments", [NOON, old, older])
    follow.follow(database, Writer(root), 60)
    run = make_run(retention.JOB, NOON, forced=True)

    listed = [line for line in retention.preview(run) if line.startswith("search")]
    done = retention.work(run)

    assert listed == [
        f"search files of {kind} fields of {at:%Y-%m-%d}"
        for kind, at in (("public", older), ("protected", older), ("protected", old))
    ]
    assert "3 days of search files removed" in done.notes
    assert follow.hours(root) == {old, NOON}
    assert not layout.folder(root, "protected", old).exists()
    assert layout.hour_file(root, "protected", NOON).exists()
    assert not has_work(database)


def test_nothing_goes_while_retention_refuses(
    make_run: MakeRun, database: Database, home: Path, root: Path
) -> None:
    FilesystemStore.created(home / "crashstore")
    put(database, 0)
    JOB.work(make_run(JOB))
    ahead = make_run(retention.JOB, NOON + 400 * DAY, NOON)

    with pytest.raises(retention.JobFailed):
        retention.work(ahead)
    JOB.work(make_run(JOB, NOON + 400 * DAY))

    assert layout.hour_file(root, "protected", NOON).exists()
