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
from tests.conftest import admin
from tests.cron.source import Source, running

MakeRunner = Callable[..., Runner]
MakeRun = Callable[..., Run]


@pytest.fixture
def cron_database(as_role: Callable[[str], Database]) -> Database:
    """The test's database, as the role of cron."""
    return as_role("cron")


@pytest.fixture
def home(
    tmp_path: Path, dsn: str, cron_database: Database, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home whose settings lead to the test's database and store."""
    admin(dsn, "CREATE TABLE worked (slot timestamptz, step int)")  # see tests/cron/jobs.py
    admin(dsn, "GRANT SELECT, INSERT, DELETE ON worked TO socorro_cron")
    (tmp_path / "running.toml").write_text(
        f'store = "file://{tmp_path}/crashstore"\ndatabase = "{dsn}"\n'
        f'[cron]\ndatabase = "{cron_database.dsn}"\n'
    )
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return tmp_path


@pytest.fixture
def make_runner(home: Path, cron_database: Database, monkeypatch: pytest.MonkeyPatch) -> MakeRunner:
    """Make a runner of the table of jobs at a place (module.NAME)."""

    def make(place: str, table: Sequence[Job] | None = None) -> Runner:
        monkeypatch.setenv("SOCORRO_CRON_JOBS", place)
        runner = Runner(table or find_table(place), CronConfig(tick_seconds=0.1), cron_database)
        runner.declare()
        return runner

    return make


@pytest.fixture
def source() -> Iterator[Source]:
    """A server that stands in for a source outside."""
    with running() as server:
        yield server


@pytest.fixture
def make_run(home: Path, cron_database: Database) -> MakeRun:
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
        shared = load(SharedConfig)
        return Run(slot, since, now, clock or now, cron_database, shared, config, forced)

    return make
