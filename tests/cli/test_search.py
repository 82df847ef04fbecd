"""`socorro search status` and `rebuild`, as people type them."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from socorro.postgres import Database
from socorro.search import notes
from socorro.search.segments import layout
from tests.cli.conftest import Run
from tests.sql.rows import HOUR, NOON, query, report


@pytest.fixture
def root(settings: Path) -> Path:
    return settings.parent / "search" / "segments"


@pytest.fixture
def reports(database: Database) -> Database:
    """Reports of two hours; the one between them has none."""
    with database.transaction() as db:
        for hour in (0, 0, 2):
            report(db, NOON + hour * HOUR, url="http://example.com/")
    return database


def test_status_of_a_fresh_home(settings: Path, run: Run) -> None:
    result = run("search", "status")
    document = json.loads(run("search", "status", "--json").output)

    assert result.exit_code == 0, result.output
    assert "nothing is waiting" in result.output
    assert document["engine"] == "segments"
    assert (document["hours"], document["last_crash"], document["missing"]) == (0, None, 0)


def test_status_says_how_far_behind_search_is(reports: Database, settings: Path, run: Run) -> None:
    with reports.transaction() as db:
        query(db, "UPDATE changed_hours SET marked_at = now() - interval '300 seconds'")

    result = run("search", "status")

    assert result.exit_code == 1
    assert "2 hours to read, the oldest for 30" in result.output
    assert "3 hours without a file" in result.output


def test_rebuild_writes_every_hour_and_status_is_even(
    reports: Database, settings: Path, root: Path, run: Run
) -> None:
    result = run("search", "rebuild")
    status = run("search", "status", "--json")

    assert result.output == "3 hours written with 3 reports\n"
    assert status.exit_code == 0, status.output
    document = json.loads(status.output)
    assert (document["hours"], document["missing"], document["hours_waiting"]) == (3, 0, 0)
    assert document["last_crash"] == (NOON + 2 * HOUR).isoformat()
    assert document["bytes"] > document["protected_bytes"] > 0
    shutil.rmtree(root / "protected")
    assert run("search", "rebuild").exit_code == 0
    assert layout.hour_file(root, "protected", NOON).exists()


def test_rebuild_of_a_day_is_that_day_and_removes_what_has_no_report(
    reports: Database, settings: Path, root: Path, run: Run
) -> None:
    run("search", "rebuild")
    other = layout.hour_file(root, "public", NOON - 24 * HOUR)
    layout.write(other, [], "public")
    before = other.stat().st_mtime_ns
    with reports.transaction() as db:
        query(db, "DELETE FROM reports WHERE submitted_at = %s", NOON)

    result = run("search", "rebuild", "--day", "2026-11-23")

    assert result.exit_code == 0, result.output
    assert other.stat().st_mtime_ns == before
    assert result.output.endswith("with 1 report\n")


def test_rebuild_notes_the_hours_for_elasticsearch(
    reports: Database, settings: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_ENGINE", "elasticsearch")

    result = run("search", "rebuild")
    status = run("search", "status")

    assert result.output.startswith("3 hours noted")
    assert "elasticsearch" in status.output
    with reports.transaction() as db:
        assert len(notes.late_hours(db, "elasticsearch")) == 3


def test_a_folder_that_cannot_be_written_is_named(
    reports: Database, settings: Path, run: Run
) -> None:
    (settings.parent / "search").write_text("a file")

    result = run("search", "rebuild")

    assert result.exit_code == 1
    assert "cannot be written (Not a directory)" in result.output
    assert "Traceback" not in result.output


def test_a_damaged_file_does_not_hide_the_state(
    reports: Database, settings: Path, root: Path, run: Run
) -> None:
    run("search", "rebuild")
    layout.hour_file(root, "public", NOON + 2 * HOUR).write_bytes(b"PAR1 half")

    document = json.loads(run("search", "status", "--json").output)

    assert document["last_crash"] == NOON.isoformat()
    assert datetime.fromisoformat(document["last_hour"]) == NOON + 2 * HOUR
