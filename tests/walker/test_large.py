"""One large real symbol file: 60 MB of a library of the Rust compiler, which stopped in it."""

from pathlib import Path

import pytest

from bench import large_dump as making
from bench.large_dump import CannotMake, Large, large_dump
from tests.walker import walks
from tests.walker.walks import ours, plain

pytestmark = [pytest.mark.walker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    return large_dump(tmp_path_factory.mktemp("large"), libraries=("librustc_driver",))


def test_large_real_symbols_give_equal_output(large: Large, tmp_path: Path) -> None:
    [sym] = large.symbols.rglob("*.sym")
    expected = plain(large.dump, large.symbols)
    cold = ours(large.dump, large.symbols, index=tmp_path)
    assert walks.index("--index-dir", tmp_path, large.symbols) == ["built"]

    warm = ours(large.dump, large.symbols, index=tmp_path)

    assert sym.stat().st_size > 50 * 10**6
    assert b'"function":"rustc_' in expected.stdout
    assert b'"trust":"cfi"' in expected.stdout
    assert cold == expected
    assert warm == expected


def test_a_compiler_that_is_too_fast_gets_more_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a fast machine, or one that is busy elsewhere, 150 functions may be too few as well.
    monkeypatch.setattr(making, "_FUNCTIONS", (1, *making._FUNCTIONS))

    large = large_dump(tmp_path, libraries=())

    assert large.dump.read_bytes().startswith(b"MDMP")


def test_a_compiler_that_is_always_too_fast_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_FUNCTIONS", (1, 1))

    with pytest.raises(CannotMake, match="rustc finished before it could be stopped"):
        large_dump(tmp_path, libraries=())
