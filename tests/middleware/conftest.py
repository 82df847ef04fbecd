"""A crash store for each test."""

from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashstore")
