"""The processor with the real index walker: misses, the builder, damage, new symbols, room."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from processor.config import ProcessorConfig
from processor.stackwalk import Walk, Walker
from processor.symbols import with_symbol_status
from socorro.symbols import index_walker
from tests.builders import DUMPS, TEST_DUMP
from tests.walker import walks

pytestmark = pytest.mark.walker

MAC = DUMPS / "rust-minidump/pipeline-inlines-macos-segv.dmp"


@pytest.fixture
def symbols(tmp_path: Path) -> Path:
    return Path(shutil.copytree(walks.SYMBOLS, tmp_path / "symbols"))


@pytest.fixture
def config(symbols: Path, tmp_path: Path) -> Callable[..., ProcessorConfig]:
    def make(**more: object) -> ProcessorConfig:
        settings = {"index_folder": tmp_path / "indexes", "symbols": [symbols]}
        return ProcessorConfig(
            walker=str(walks.PLAIN), index_walker=str(walks.OURS), **(settings | more)
        )

    return make


def plain(dump: Path, symbols: Path) -> Walk:
    return with_symbol_status(
        Walker(str(walks.PLAIN), symbols=[symbols]).walk(dump.read_bytes()), [symbols]
    )


def same(walk: Walk, expected: Walk) -> bool:
    assert walk.version
    assert walk.version.startswith("index-walker ")
    return replace(walk, version=expected.version) == expected


def test_a_miss_is_walked_the_plain_way_and_indexed_in_the_background(
    config: Callable[..., ProcessorConfig], symbols: Path, tmp_path: Path
) -> None:
    settings = config()
    walker, builder, folder = settings.make_walker(), settings.make_builder(), settings.index_folder

    assert same(walker.walk(MAC.read_bytes()), plain(MAC, symbols))
    assert walks.indexes(folder) == []
    assert builder
    assert builder.build() == 1
    assert len(walks.indexes(folder)) == 1
    assert same(walker.walk(MAC.read_bytes()), plain(MAC, symbols))
    assert index_walker.requested(folder) == []


def test_a_damaged_index_is_walked_around_and_made_again(
    config: Callable[..., ProcessorConfig], symbols: Path
) -> None:
    settings = config()
    walker, builder, folder = settings.make_walker(), settings.make_builder(), settings.index_folder
    assert builder
    expected = plain(TEST_DUMP, symbols)
    walker.walk(TEST_DUMP.read_bytes())
    builder.build()
    whole = {index: index.read_bytes() for index in walks.indexes(folder)}
    for index, content in whole.items():
        # All but the first page, which alone is looked at when an index is opened.
        index.write_bytes(content[:4096] + bytes(byte ^ 0x55 for byte in content[4096:]))

    assert same(walker.walk(TEST_DUMP.read_bytes()), expected)
    assert walks.indexes(folder) == []
    assert builder.build() == len(whole)
    assert {index: index.read_bytes() for index in walks.indexes(folder)} == whole
    assert same(walker.walk(TEST_DUMP.read_bytes()), expected)


def test_new_symbols_are_seen_at_once(config: Callable[..., ProcessorConfig]) -> None:
    store = config().symbols[0]
    for module in list(store.iterdir()):
        shutil.rmtree(module)
    walker = config().make_walker()
    bare = walker.walk(TEST_DUMP.read_bytes())

    shutil.copytree(walks.SYMBOLS, store, dirs_exist_ok=True)

    assert bare != walker.walk(TEST_DUMP.read_bytes())
    assert same(walker.walk(TEST_DUMP.read_bytes()), plain(TEST_DUMP, store))


def test_symbols_that_need_more_memory_than_an_index_walk_are_walked_the_plain_way(
    config: Callable[..., ProcessorConfig], symbols: Path
) -> None:
    sym = next(symbols.rglob("test_app.sym"))
    line = b"PUBLIC %x 0 some_name_that_takes_memory_%d\n"
    with sym.open("ab") as file:
        file.writelines(line % (0x100000 + number, number) for number in range(1_500_000))
    settings = config(index_walk_memory=160 * 2**20)  # four times what a walk with indexes takes
    walker, builder = settings.make_walker(), settings.make_builder()

    first = walker.walk(TEST_DUMP.read_bytes())
    assert builder
    builder.build()

    assert first == plain(TEST_DUMP, symbols)  # the version, too
    assert same(walker.walk(TEST_DUMP.read_bytes()), first)


def test_indexes_stay_within_their_room(config: Callable[..., ProcessorConfig]) -> None:
    settings = config(index_bytes=0)
    builder = settings.make_builder()
    index_walker.request(settings.index_folder, sorted(settings.symbols[0].rglob("*.sym")))

    assert builder
    assert builder.build() > 2
    assert walks.indexes(settings.index_folder) == []
