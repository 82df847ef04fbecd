from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore


@pytest.fixture
def store(tmp_path: Path) -> CrashStore:
    return FilesystemStore.created(tmp_path / "crashstore")
