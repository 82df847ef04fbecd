"""The clock writes the extracts of each day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from cron.config import CronConfig
from cron.guard import Refused
from cron.job import Run
from cron.jobs import extracts
from cron.jobs.extracts import JOB
from socorro.config import SharedConfig
from socorro.postgres import Database, execute
from tests.export.conftest import NOON, add_report

SLOT = JOB.period.at(NOON)
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def run(database: Database) -> Run:
    return Run(SLOT, None, NOW, NOW, database, SharedConfig(), CronConfig())


def test_the_day_that_ended_is_written_and_old_ones_go(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    monkeypatch.setenv("SOCORRO_EXTRACTS_PRODUCTS", '["Firefox", "Fenix"]')
    old = tmp_path / "private" / "20260101-crashdata.csv.gz"
    old.parent.mkdir()
    old.write_bytes(b"x")
    with reports.transaction() as db:
        add_report(db, 1)
        add_report(db, 2, product="Fenix")

    done = JOB.work(run(reports))

    assert done.rows == 2
    assert JOB.period.due(SLOT) == NOW
    assert sorted(path.name for path in tmp_path.rglob("*.gz")) == [
        "20261123-crashdata.csv.gz", "20261123-fenix-crashdata.csv.gz",
        "20261123-pub-crashdata.csv.gz", "20261123-pub-fenix-crashdata.csv.gz",
    ]  # fmt: skip


@pytest.mark.parametrize("days_later", [0, 400])
def test_old_files_stay_when_the_clock_is_not_believed(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days_later: int
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    old = tmp_path / "public" / "20260601-pub-crashdata.csv.gz"
    old.parent.mkdir()
    old.write_bytes(b"x")
    with reports.transaction() as db:
        add_report(db, 1)
    now = NOW + timedelta(days=400)
    clock = NOW + timedelta(days=days_later)
    ahead = replace(run(reports), now=now, clock=clock)

    with pytest.raises(Refused, match="clock says"):
        JOB.work(ahead)
    listed = list(extracts.preview(ahead))
    stayed = old.exists()
    JOB.work(replace(ahead, forced=True))

    assert listed[0].startswith("would be refused: ")
    assert str(old) in listed
    assert (stayed, old.exists()) == (True, False)


def test_most_files_at_once_are_not_removed(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    (tmp_path / "private").mkdir()
    files = [tmp_path / "private" / f"202601{day:02}-crashdata.csv.gz" for day in range(1, 5)]
    for file in files:
        file.write_bytes(b"x")
    with reports.transaction() as db:
        add_report(db, 1)

    with pytest.raises(Refused, match="4 of 5 days of extracts would go, more than 30 %"):
        JOB.work(run(reports))

    assert all(file.exists() for file in files)


def test_nothing_is_written_before_every_hour_of_the_day_is_counted(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    with reports.transaction() as db:
        add_report(db, 1)
        execute(db, "INSERT INTO changed_hours (hour) VALUES (%(at)s)", at=NOON)

    with pytest.raises(psycopg2.errors.RaiseException, match=r"2026-11-23 12.* not counted yet"):
        JOB.work(run(reports))
    before = list(tmp_path.rglob("*"))
    with reports.transaction() as db:
        execute(db, "SELECT count_hour(hour) FROM take_marked_hours() AS hour")
    done = JOB.work(run(reports))

    assert before == []
    assert done.rows == 1


def test_it_waits_for_the_counts_and_the_duplicates_of_its_day() -> None:
    assert set(JOB.needs) == {"counts", "duplicates-of-day"}
