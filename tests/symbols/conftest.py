from collections.abc import Iterator
from pathlib import Path

import pytest

from socorro.symbols.cache import SymbolCache
from socorro.symbols.store import SymbolStore
from tests.symbols.server import SymbolServer, serving


@pytest.fixture
def store(tmp_path: Path) -> SymbolStore:
    return SymbolStore(tmp_path / "symbols", 2**30, tmp_path / "index")


@pytest.fixture
def cache(tmp_path: Path) -> SymbolCache:
    return SymbolCache(tmp_path / "cache", 2**30, 100_000, tmp_path / "index")


@pytest.fixture
def server() -> Iterator[SymbolServer]:
    with serving() as started:
        yield started
