"""The clock writes the extracts of each day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cron.config import CronConfig
from cron.job import Run
from cron.jobs.extracts import JOB
from socorro.config import SharedConfig
from socorro.postgres import Database
from tests.export.conftest import NOON, add_report


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
    slot = JOB.period.at(NOON)
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)

    done = JOB.work(Run(slot, None, now, reports, SharedConfig(), CronConfig()))

    assert done.rows == 2
    assert JOB.period.due(slot) == now
    assert sorted(path.name for path in tmp_path.rglob("*.gz")) == [
        "20261123-crashdata.csv.gz", "20261123-fenix-crashdata.csv.gz",
        "20261123-pub-crashdata.csv.gz", "20261123-pub-fenix-crashdata.csv.gz",
    ]  # fmt: skip
