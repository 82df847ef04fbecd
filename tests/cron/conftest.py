"""A runner whose jobs work in a database and a home of their own."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cron.config import CronConfig
from cron.job import Job, Run
from cron.runner import Runner
from cron.table import find_table
from socorro.config import SharedConfig, load
from socorro.postgres import Database
from tests.builders import NOON
from tests.cron.source import Source, running

MakeRunner = Callable[..., Runner]
MakeRun = Callable[..., Run]


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


@pytest.fixture
def source() -> Iterator[Source]:
    """A server that stands in for a source outside."""
    with running() as server:
        yield server


@pytest.fixture
def make_run(home: Path, database: Database) -> MakeRun:
    """Make what a job is given."""

    def make(
        job: Job,
        now: datetime = NOON,
        since: datetime | None = None,
        clock: datetime | None = None,
        forced: bool = False,
        **settings: Any,
    ) -> Run:
        config = CronConfig(**settings)
        slot = job.period.latest(now)
        return Run(slot, since, now, clock or now, database, load(SharedConfig), config, forced)

    return make
