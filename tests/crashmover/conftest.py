from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.spool.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool.created(tmp_path / "spool", durable=False)


@pytest.fixture
def store(tmp_path: Path) -> CrashStore:
    return FilesystemStore.created(tmp_path / "crashstore")
