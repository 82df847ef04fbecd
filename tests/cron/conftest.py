"""A runner whose jobs work in a database and a home of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cron.config import CronConfig
from cron.job import Job
from cron.runner import Runner
from cron.table import find_table
from socorro.postgres import Database

MakeRunner = Callable[..., Runner]


@pytest.fixture
def home(tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose settings lead to the test's database and store."""
    (tmp_path / "running.toml").write_text(
        f'store = "file://{tmp_path}/crashstore"\ndatabase = "{dsn}"\n'
    )
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return tmp_path


@pytest.fixture
def make_runner(home: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> MakeRunner:
    """Make a runner of the table of jobs at a place (module.NAME)."""

    def make(place: str, table: Sequence[Job] | None = None) -> Runner:
        monkeypatch.setenv("SOCORRO_CRON_JOBS", place)
        runner = Runner(table or find_table(place), CronConfig(tick_seconds=0.1), database)
        runner.declare()
        return runner

    return make
