"""Indexes of the symbol store that the tests share."""

from pathlib import Path

import pytest

from tests.walker import walks


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the index of every .sym of the store."""
    folder = tmp_path_factory.mktemp("indexes")
    assert set(walks.index("--index-dir", folder, walks.SYMBOLS)) == {"built"}
    return folder
