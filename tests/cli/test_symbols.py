"""`socorro symbols`: as somebody types it."""

import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from cli.commands import symbols_add
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.store import SymbolStore
from tests.cli.conftest import Run
from tests.symbols.files import ID, SYM, SYMBOLS, all_files, number, sym


@pytest.fixture
def store(home: Path) -> SymbolStore:
    return SymbolStore(home / "symbols", SymbolsConfig().file_bytes)


def test_what_was_added_is_told_in_a_table(run: Run, home: Path, store: SymbolStore) -> None:
    result = run("symbols", "add", str(SYMBOLS))

    assert result.exit_code == 0
    *_, row, summary = [" ".join(line.split()) for line in result.output.splitlines()]
    assert (
        row == "test_app.pdb 5A9832E5287241C1838ED98914E9B7FF1 new 1,065 0 12,604 5 1,815 818.1 kB"
    )
    assert summary == "8 new"
    assert all_files(store.folder) == all_files(SYMBOLS)


def test_what_was_refused_is_told_with_its_line_and_ends_in_an_error(
    run: Run, home: Path, store: SymbolStore
) -> None:
    good, bad = home / "good.sym", home / "bad.sym"
    good.write_bytes(SYM)
    bad.write_bytes(SYM + b"oops\n")

    result = run("symbols", "add", str(good), str(bad))

    assert result.exit_code == 1
    assert f"refused  {bad}:9: unknown record: 'oops'" in result.output
    assert result.output.splitlines()[-1] == "1 new, 1 refused"
    assert all_files(store.folder) == [f"crasher/{ID}/crasher.sym"]


def test_added_again_and_worse_and_forced(run: Run, home: Path) -> None:
    rich, poor = home / "rich.sym", home / "poor.sym"
    rich.write_bytes(SYM)
    poor.write_bytes(sym())

    ends = [run("symbols", "add", str(path)).output.splitlines()[-1] for path in (rich, rich, poor)]
    forced = run("symbols", "add", "--replace", str(poor))

    assert ends == ["1 new", "1 same", "1 kept"]
    assert forced.output.splitlines()[-1] == "1 replaced"


def test_markup_in_names_is_text(run: Run, home: Path) -> None:
    odd = home / "[red]odd[bold].sym"
    odd.write_bytes(b"[bold]\n")

    assert f"{odd}:1: '[bold]' is not a MODULE record" in run("symbols", "add", str(odd)).output


def test_a_zip_comes_in(run: Run, home: Path) -> None:
    with zipfile.ZipFile(home / "a.zip", "w") as archive:
        archive.writestr("a.sym", SYM)

    assert run("symbols", "add", str(home / "a.zip")).output.splitlines()[-1] == "1 new"


def test_skipped_members_are_listed_up_to_a_limit(run: Run, home: Path) -> None:
    for count in (20, 21):
        with zipfile.ZipFile(home / f"{count}.zip", "w") as archive:
            archive.writestr("crasher.breakpad", SYM)
            for number in range(count):
                archive.writestr(f"{number}\x1b.txt", b"x")

    few, many = (run("symbols", "add", str(home / f"{count}.zip")) for count in (20, 21))

    assert (few.exit_code, many.exit_code) == (0, 0)
    assert f"skipped  {home}/20.zip:19␛.txt: not a symbol file" in few.output
    assert few.output.splitlines()[-1] == "1 new, 20 skipped"
    assert "19␛.txt" in many.output
    assert "20␛.txt" not in many.output
    assert many.output.splitlines()[-2:] == ["skipped  1 more", "1 same, 21 skipped"]


def test_bad_lines_are_dropped_on_request_and_counted(run: Run, home: Path) -> None:
    bad = home / "bad.sym"
    bad.write_bytes(SYM + b"oops\x1b\nFUNC 10\n10 1 1 1\n")

    refused = run("symbols", "add", str(bad))
    taken = run("symbols", "add", "--drop-bad-lines", str(bad))

    assert refused.exit_code == 1
    assert taken.exit_code == 0
    line = f"dropped  {bad}: 3 lines; first line 9: unknown record: 'oops\\x1b'"
    assert line in taken.output.splitlines()
    assert (home / "symbols/crasher" / ID / "crasher.sym").read_bytes() == SYM


def test_a_zip_without_symbols_is_an_error(run: Run, home: Path) -> None:
    with zipfile.ZipFile(home / "a.zip", "w") as archive:
        archive.writestr("readme", b"x")

    result = run("symbols", "add", str(home / "a.zip"))

    assert (result.exit_code, result.output.splitlines()[-1]) == (1, "1 skipped")


def test_an_empty_folder_is_an_error(run: Run, home: Path) -> None:
    (home / "empty").mkdir()

    result = run("symbols", "add", str(home / "empty"))

    assert (result.exit_code, result.output) == (
        1,
        "Error: no symbol files, archives or programs found\n",
    )


def test_the_index_walker_indexes_what_is_new(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker = home / "index-walker"
    walker.write_text(
        '#!/bin/sh\necho "$@" >> "$0.calls"\nshift 5\nfor f; do echo "built $f"; done\n'
    )
    walker.chmod(0o755)
    monkeypatch.setenv("SOCORRO_PROCESSOR_INDEX_WALKER", str(walker))
    (home / "a.sym").write_bytes(SYM)

    for _ in range(2):
        assert run("symbols", "add", str(home / "a.sym")).exit_code == 0

    lies = home / "symbols/crasher" / ID / "crasher.sym"
    calls = Path(f"{walker}.calls").read_text().splitlines()
    assert calls == [f"index --index-dir {home}/symbols-index --max-bytes 20000000000 {lies}"]


def test_an_index_that_fails_is_no_failure(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_PROCESSOR_INDEX_WALKER", "/bin/false")
    (home / "a.sym").write_bytes(SYM)

    result = run("symbols", "add", str(home / "a.sym"))

    assert result.exit_code == 0
    assert "no index for crasher.sym: failed: the walker ended" in result.output


def test_dump_syms_is_the_one_that_was_fetched() -> None:
    assert str(symbols_add.dump_syms()).endswith(".parts/bin/dump-syms")


def test_the_list_tells_what_is_there(run: Run, home: Path, store: SymbolStore) -> None:
    store.add([SYM])
    store.add([sym(number(1))])

    everything = run("symbols", "list").output.splitlines()
    one = json.loads(run("symbols", "list", "--debug-file", "crasher", "--json").output)

    assert [line.split()[0] for line in everything] == ["Module", "crasher", "lib1.so", "2"]
    assert everything[-1].startswith("2 modules, ")
    assert one[0] | {"added": "", "used": ""} == {
        "debug_file": "crasher",
        "debug_id": ID,
        "path": str(home / "symbols/crasher" / ID / "crasher.sym"),
        "size": len(SYM),
        "index_size": 0,
        "added": "",
        "used": "",
    }
    assert run("symbols", "list", "--debug-file", "none").output == "0 modules, 0 bytes\n"


def test_old_symbols_go_when_told_to_and_a_dry_run_only_tells(
    run: Run, home: Path, store: SymbolStore
) -> None:
    for count in range(3):
        path = store.add([sym(number(count))]).path
        used = time.time() - count * 86_400 * 10
        os.utime(path.parent, (used, used))

    dry = run("symbols", "gc", "--older-than", "5", "--dry-run")
    assert "2 modules, " in dry.output
    assert " would be removed; 1 module, " in dry.output
    assert len(list(store.entries())) == 3
    gone = run("symbols", "gc", "--older-than", "15")
    assert "lib2.so" in gone.output
    assert [entry.module for entry in store.entries()] == [number(0), number(1)]
    run("symbols", "gc", "--max-bytes", "0K")
    assert list(store.entries()) == []


@pytest.mark.parametrize("words", [(), ("--max-bytes", "lots"), ("--older-than", "-1")])
def test_clearing_away_needs_to_be_told_what(run: Run, words: tuple[str, ...]) -> None:
    assert run("symbols", "gc", *words).exit_code == 2
