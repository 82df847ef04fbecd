"""A crash store of one's own."""

from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashstore")
