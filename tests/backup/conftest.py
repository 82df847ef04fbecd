"""A home as `socorro` commands find it, a backup of a full database, and empty databases."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from cli.main import main
from socorro.backup.manifest import folders
from socorro.crashstore.filesystem import FilesystemStore
from tests.backup.filled import Contents, contents, fill
from tests.builders import make_crash
from tests.cli.conftest import home as home
from tests.cli.conftest import run as run
from tests.conftest import copy_of


class Full(NamedTuple):
    """A full database, what it has, and its backup."""

    dsn: str
    contents: Contents
    backup: Path


@pytest.fixture(scope="session")
def full(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """A database with a row in every table that a backup has, and its backup; not to change."""
    home = make_machine(tmp_path_factory.mktemp("full"))
    with copy_of(postgres_dsn, "template", f"test_{secrets.token_hex(6)}") as dsn:
        fill(dsn)
        parent = home / "backups"
        point_to(home, dsn)
        environment = {"SOCORRO_HOME": str(home)}
        words = ["backup", "create", "--to", str(parent), "--store"]
        result = CliRunner().invoke(main, words, env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        [folder] = folders(parent)
        yield Full(dsn, contents(dsn), folder)


@pytest.fixture
def backup(full: Full, tmp_path: Path) -> Path:
    """A backup of a full database, to change."""
    parent = tmp_path / "backups"
    shutil.copytree(full.backup.parent, parent)
    return parent / full.backup.name


@pytest.fixture
def machine(home: Path) -> Path:
    """A home with secrets and a crash store, and no database."""
    return make_machine(home)


@pytest.fixture
def empty(postgres_dsn: str) -> Iterator[str]:
    """The connection string of a database without any table."""
    with copy_of(postgres_dsn, "template0", f"test_{secrets.token_hex(6)}") as copy:
        yield copy


def make_machine(home: Path) -> Path:
    """Make a home with secrets, and a crash in its store; no database."""
    (home / "secret").write_text("s" * 48)
    (home / "webapp-secret").write_text("w" * 48)
    (home / "socorro.toml").write_text('log_level = "debug"\n')
    store = FilesystemStore.created(home / "crashstore")
    crash = make_crash(CrashEventID="the one")
    store.put_raw(crash, {"upload_file_minidump": b"MDMP"})
    store.put_processed(crash.crash_id, {"signature": "x"})
    point_to(home, "host=127.0.0.1 port=1")
    return home


def point_to(home: Path, dsn: str) -> None:
    """Let commands use this database."""
    text = f'store = "file://{home}/crashstore"\ndatabase = "{dsn}"\n'
    (home / "running.toml").write_text(text)
