"""A crash store for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database


@pytest.fixture
def rest_database(as_role: Callable[[str], Database]) -> Database:
    """The test's database, as the role of the middleware."""
    return as_role("middleware")


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashstore")
