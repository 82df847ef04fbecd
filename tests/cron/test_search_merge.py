"""The clock merges days of search that are over; damaged files are written again."""

from datetime import timedelta
from pathlib import Path

import pytest

from cron.jobs import search_merge, search_segments
from socorro.postgres import Database
from socorro.search.segments import layout
from tests.builders import NOON
from tests.cron.conftest import MakeRun
from tests.sql.rows import HOUR, report

DAY = timedelta(days=1)
LATER = 400 * DAY  # files are as old as this test


@pytest.fixture
def root(home: Path, make_run: MakeRun, database: Database) -> Path:
    """A day with all its hours, and the next one's beginning."""
    with database.transaction() as db:
        for hour in (-12, 0, 13):
            report(db, NOON + hour * HOUR)
    search_segments.work(make_run(search_segments.JOB, NOON + 14 * HOUR))
    return home / "search" / "segments"


def names(root: Path) -> list[str]:
    return sorted(path.name for path in layout.folder(root, "public", NOON).iterdir())


def test_a_day_that_is_over_is_merged(make_run: MakeRun, root: Path) -> None:
    assert len(names(root)) == 24

    done = search_merge.work(make_run(search_merge.JOB, NOON + LATER))

    assert (done.rows, names(root)) == (2, ["day.parquet"])


def test_a_day_with_an_hour_that_waits_is_not_merged(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    with database.transaction() as db:
        report(db, NOON + 2 * HOUR)

    done = search_merge.work(make_run(search_merge.JOB, NOON + LATER))

    assert (done.rows, len(names(root))) == (0, 24)


def test_a_damaged_hour_is_written_again_from_its_reports(
    make_run: MakeRun, database: Database, root: Path
) -> None:
    damaged = layout.hour_file(root, "public", NOON)
    damaged.write_bytes(b"PAR1 half")

    done = search_merge.work(make_run(search_merge.JOB, NOON + LATER))
    assert done.notes == [f"{NOON:%Y-%m-%d} has a damaged file: it is written again"]
    search_segments.work(make_run(search_segments.JOB, NOON + LATER))

    assert damaged.read_bytes().endswith(b"PAR1")
    assert search_merge.work(make_run(search_merge.JOB, NOON + LATER)).rows == 2
