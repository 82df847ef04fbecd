"""The symbol status of each module, and symbols fetched while a crash is processed."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from processor.stackwalk import Walk, Walker
from processor.symbols import MOST_OTHERS, SymbolWalker, with_symbol_status
from socorro.symbols.module import ModuleId, module_of_dump
from tests.builders import TEST_DUMP
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS

DUMP = TEST_DUMP.read_bytes()
TEST_APP = "5A9832E5287241C1838ED98914E9B7FF1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "symbols").mkdir()
    return tmp_path / "symbols"


def statuses(walk: Walk) -> dict[str, Any]:
    assert walk.json_dump
    return {
        module["filename"]: module["symbol_status"]
        for module in walk.json_dump["modules"]
        if "symbol_status" in module
    }


@pytest.mark.parametrize("program", [RUST, BREAKPAD])
def test_each_module_on_a_stack_has_a_status(program: str, folder: Path) -> None:
    shutil.copytree(SYMBOLS / "kernel32.pdb", folder / "kernel32.pdb")

    walk = SymbolWalker(Walker(program, symbols=[folder]), [folder]).walk(DUMP)

    assert statuses(walk) == {"test_app.exe": "missing", "kernel32.dll": "found"}


def test_symbols_that_cannot_be_read_are_corrupt(folder: Path) -> None:
    shutil.copytree(SYMBOLS / "test_app.pdb", folder / "test_app.pdb")
    next(folder.rglob("*.sym")).write_text("MODULE nonsense\n")

    walk = SymbolWalker(Walker(RUST, symbols=[folder]), [folder]).walk(DUMP)

    assert statuses(walk)["test_app.exe"] == "corrupt"


def test_symbols_of_another_build_are_named(folder: Path) -> None:
    others = [f"{number:032X}1" for number in range(8)]
    for other in others:
        shutil.copytree(SYMBOLS / "test_app.pdb" / TEST_APP, folder / "test_app.pdb" / other)
    (folder / "kernel32.pdb" / "empty").mkdir(parents=True)

    walk = SymbolWalker(Walker(RUST, symbols=[folder]), [folder]).walk(DUMP)

    assert statuses(walk) == {"test_app.exe": "other id", "kernel32.dll": "missing"}
    assert walk.json_dump
    [ours] = [
        module for module in walk.json_dump["modules"] if module["filename"] == "test_app.exe"
    ]
    assert ours["other_debug_ids"] == others[:MOST_OTHERS]


@pytest.mark.parametrize("debug_file", ["../../etc", "a/../..", "..", "", None, "\0", "x" * 5000])
def test_hostile_names_are_looked_for_nowhere(debug_file: str | None, folder: Path) -> None:
    (folder.parent / "etc" / "other").mkdir(parents=True)
    module = {"filename": "m", "debug_file": debug_file, "debug_id": TEST_APP}
    dump = {"modules": [{**module, "missing_symbols": True}], "threads": []}

    assert statuses(with_symbol_status(Walk("OK", dump), [folder])) == {"m": "missing"}


@pytest.mark.parametrize("dump", [b"", b"MDMP", b"no dump at all"])
def test_a_dump_that_cannot_be_walked_is_walked_once(dump: bytes, folder: Path) -> None:
    walker = Walker(RUST, symbols=[folder])

    walk = SymbolWalker(walker, [folder]).walk(dump)

    assert walk == walker.walk(dump)
    assert walk.json_dump is None


def test_a_walk_that_failed_is_left_as_it_is(folder: Path) -> None:
    assert with_symbol_status(Walk("HeaderMismatch"), [folder]) == Walk("HeaderMismatch")


class Servers:
    """Symbol servers that have some files, and note what they are asked for."""

    def __init__(self, folder: Path, *having: str) -> None:
        self.folder, self.having = folder, having
        self.requested: list[list[str]] = []

    def fetch(self, modules: Iterable[tuple[str | None, str | None]], *_: object) -> dict[Any, Any]:
        ids = [module_of_dump(*module) for module in modules]
        self.requested.append(sorted(module.debug_file for module in ids if module))
        return {module: SimpleNamespace(status=self._put(module)) for module in ids if module}

    def _put(self, module: ModuleId) -> str:
        if module.debug_file not in self.having:
            return "missing"
        shutil.copytree(SYMBOLS / module.debug_file, self.folder / module.debug_file)
        return "found"


def test_missing_symbols_are_fetched_and_the_dump_is_walked_again(folder: Path) -> None:
    servers = Servers(folder, "test_app.pdb")
    walker = Walker(RUST, symbols=[folder])

    walk = SymbolWalker(walker, [folder], servers).walk(DUMP, 60)

    assert statuses(walk) == {"test_app.exe": "found", "kernel32.dll": "missing"}
    assert walk.json_dump
    assert walk.json_dump["crashing_thread"]["frames"][1]["function"] == "main"
    # What was missing at first was asked for once; what is missing still is not asked for again.
    assert servers.requested == [["kernel32.pdb", "test_app.pdb"]]


class Counted:
    """A walker that counts its walks; every walk misses one more module."""

    def __init__(self) -> None:
        self.walks = 0

    def check(self) -> None: ...

    def walk(self, *_: object) -> Walk:
        self.walks += 1
        modules = [
            {"filename": f"{number}", "debug_file": f"{number}", "debug_id": TEST_APP,
             "missing_symbols": True}
            for number in range(self.walks)
        ]  # fmt: skip
        return Walk("OK", {"modules": modules, "threads": []})


class Endless(Servers):
    def _put(self, _module: ModuleId) -> str:
        return "found"


def test_walking_again_has_an_end(folder: Path) -> None:
    walker = Counted()

    SymbolWalker(walker, [folder], Endless(folder)).walk(DUMP)

    assert walker.walks == 3


def test_without_time_no_server_is_asked(folder: Path) -> None:
    walker, servers = Counted(), Endless(folder)

    SymbolWalker(walker, [folder], servers).walk(DUMP, 0)

    assert (walker.walks, servers.requested) == (1, [])
