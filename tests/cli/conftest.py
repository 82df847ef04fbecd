from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.health.config import PORTS
from socorro.spool.spool import Spool

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def settings(home: Path, dsn: str, spool: Spool, store: CrashStore) -> Path:
    """What `socorro run` leaves for the other commands."""
    path = home / "running.toml"
    path.write_text(
        f'store = "file://{home}/crashstore"\ndatabase = "{dsn}"\n\n[health]\n'
        + "".join(f"{service} = []\n" for service in PORTS)
    )
    return path


@pytest.fixture
def spool(home: Path) -> Spool:
    return Spool.created(home / "spool", durable=False)


@pytest.fixture
def store(home: Path) -> CrashStore:
    return FilesystemStore.created(home / "crashstore")


@pytest.fixture
def run(home: Path) -> Iterator[Run]:
    """Run `socorro WORDS…` in this process."""

    def call(*words: str) -> Result:
        result = CliRunner().invoke(main, words)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call
