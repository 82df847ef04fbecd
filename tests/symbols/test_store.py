"""The symbol store: whole files only, the better one stays, indexes are removed with files."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from socorro.symbols.clearing import chosen
from socorro.symbols.locks import LockTimeout, lock
from socorro.symbols.module import ModuleId
from socorro.symbols.store import Change, Entry, SymbolStore, facts_of
from socorro.symbols.symfile import BadSymbols, Facts
from tests.symbols.files import (
    CFI,
    CRASHER,
    FILE,
    FUNC,
    HEAD,
    ID,
    OTHER_ID,
    PUBLIC,
    SYM,
    all_files,
    number,
    sym,
)  # fmt: skip


def test_a_file_is_where_walkers_look(store: SymbolStore) -> None:
    added = store.add([SYM[:10], SYM[10:]])

    assert added.change is Change.NEW
    assert added.module == CRASHER
    assert all_files(store.folder) == [f"crasher/{ID}/crasher.sym"]
    assert added.path.read_bytes() == SYM
    assert store.has(CRASHER)


def test_adding_again_changes_nothing(store: SymbolStore) -> None:
    first = store.add([SYM])
    before = first.path.stat()

    again = store.add([SYM])

    assert again.change is Change.SAME
    assert again.path.stat().st_mtime_ns == before.st_mtime_ns
    assert again.path.stat().st_ino == before.st_ino


STRIPPED = sym(lines=[PUBLIC, CFI])
FULL = sym(lines=[FILE, FUNC, PUBLIC, CFI])
NAMES = sym(lines=[FILE, FUNC, PUBLIC, PUBLIC])
UNNAMED = (
    "FUNC 1000 4f 0 <unknown in crasher.exe>\n",
    "PUBLIC m 1050 0 <unknown in crasher.pdb>\n",
    *(
        f"PUBLIC {at} 0 <.{name} ELF section in crasher>\n"
        for at, name in enumerate(["init", "a.b"])
    ),
)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (STRIPPED, FULL, Change.REPLACED),
        (FULL, STRIPPED, Change.KEPT),
        (FULL, sym(lines=[FILE, FUNC, PUBLIC]), Change.KEPT),  # it has no STACK records
        (FULL, FULL + b"INFO more\n", Change.REPLACED),
        (FULL + b"INFO more\n", FULL, Change.KEPT),
    ],
)
def test_the_better_file_stays(store: SymbolStore, old: bytes, new: bytes, change: Change) -> None:
    store.add([old])

    added = store.add([new])

    assert added.change is change
    assert added.path.read_bytes() == (new if change is Change.REPLACED else old)


@pytest.mark.parametrize("more", [FULL, STRIPPED, sym(lines=[*UNNAMED, CFI])])
@pytest.mark.parametrize("names_first", [True, False])
def test_names_of_one_file_and_stack_records_of_another_are_joined(
    store: SymbolStore, more: bytes, names_first: bool
) -> None:
    first, second = (NAMES, more) if names_first else (more, NAMES)
    store.add([first])

    added = store.add([second])

    assert added.change is Change.JOINED
    assert added.path.read_bytes() == NAMES + CFI.encode()
    assert added.facts == facts_of(added.path)
    assert store.add([first]).change is Change.KEPT
    assert store.add([second]).change is Change.KEPT
    assert all_files(store.folder) == [f"crasher/{ID}/crasher.sym"]


def test_what_would_be_too_large_when_joined_is_kept_as_it_was(tmp_path: Path) -> None:
    store = SymbolStore(tmp_path / "store", len(NAMES))
    store.add([NAMES])

    assert store.add([STRIPPED]).change is Change.KEPT
    assert store.path(CRASHER).read_bytes() == NAMES


def test_a_better_file_is_replaced_on_request(store: SymbolStore) -> None:
    store.add([FULL])

    assert store.add([STRIPPED], replace=True).change is Change.REPLACED


def test_a_damaged_file_is_replaced_by_any_good_one(store: SymbolStore) -> None:
    path = store.add([FULL]).path
    path.write_bytes(FULL[:100])

    assert store.add([STRIPPED]).change is Change.REPLACED


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (ModuleId("crasher", OTHER_ID), f"line 1: its debug id is {ID}, not {OTHER_ID}"),
        (ModuleId("other", ID), "line 1: its debug file is crasher, not other"),
    ],
)
def test_a_file_of_another_module_than_expected_is_refused(
    store: SymbolStore, expected: ModuleId, error: str
) -> None:
    with pytest.raises(BadSymbols) as caught:
        store.add([SYM], expected)

    assert str(caught.value) == error
    assert all_files(store.folder) == []


def test_a_name_may_differ_in_capitals_and_is_spelled_as_expected(store: SymbolStore) -> None:
    added = store.add([SYM], ModuleId("Crasher", ID))

    assert added.path == store.folder / "Crasher" / ID / "Crasher.sym"


@pytest.mark.parametrize("data", [SYM[:-1], b"<html>\n", SYM + b"oops\n", b""])
def test_a_bad_file_leaves_nothing(store: SymbolStore, data: bytes) -> None:
    with pytest.raises(BadSymbols):
        store.add([data[:40], data[40:]])

    assert all_files(store.folder) == []
    assert list((store.folder / ".incoming").iterdir()) == []


def test_a_source_that_fails_leaves_nothing(store: SymbolStore) -> None:
    def broken() -> object:
        yield SYM
        raise OSError("the disk is on fire")

    with pytest.raises(OSError, match="on fire"):
        store.add(broken())  # type: ignore[arg-type]

    assert all_files(store.folder) == []
    assert list((store.folder / ".incoming").iterdir()) == []


KILLED = """
import sys, pathlib
from socorro.symbols.store import SymbolStore
from tests.symbols.files import SYM

def pieces():
    yield SYM
    print("half", flush=True)
    sys.stdin.read()

SymbolStore(pathlib.Path(sys.argv[1]), 2**30).add(pieces())
"""


def test_a_writer_that_is_killed_leaves_nothing_half(store: SymbolStore) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, store.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"half\n"
        assert store.sweep(seconds=0) == 0  # its writer lives
        writer.send_signal(signal.SIGKILL)
    left = list((store.folder / ".incoming").iterdir())

    assert len(left) == 1
    assert all_files(store.folder) == []
    assert store.sweep() == 0  # it may have been opened a moment ago
    assert store.sweep(seconds=0) == 1
    assert store.add([SYM]).change is Change.NEW


def test_many_writers_of_one_module_leave_one_good_file(store: SymbolStore) -> None:
    changes: list[Change] = []

    def write(count: int) -> None:
        changes.append(store.add([sym(filler=count)]).change)

    threads = [threading.Thread(target=write, args=(count,)) for count in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert changes.count(Change.NEW) == 1
    assert store.path(CRASHER).read_bytes() == sym(filler=7)


def test_entries_have_sizes_and_time_of_use(store: SymbolStore, tmp_path: Path) -> None:
    store.add([SYM])
    store.add([sym(number(1))])
    index = tmp_path / "index/crasher" / ID
    index.mkdir(parents=True)
    (index / "crasher.sym.index1").write_bytes(b"x" * 100)
    beside = store.path(CRASHER).parent / "crasher.sym.index2"
    beside.write_bytes(b"x" * 11)
    (store.folder / "stray").mkdir()
    (store.folder / "crasher" / "not-an-id").mkdir()

    first, second = store.entries()

    assert (first.module, first.size, first.index_size) == (CRASHER, len(SYM), 111)
    assert (second.module, second.index_size) == (number(1), 0)
    assert first.used == pytest.approx(time.time(), abs=60)


def test_use_is_noted_without_touching_the_file(store: SymbolStore) -> None:
    path = store.add([SYM]).path
    os.utime(path.parent, (1000, 1000))
    before = path.stat().st_mtime_ns

    store.note_use([CRASHER, number(5)])

    assert path.stat().st_mtime_ns == before
    assert next(store.entries()).used > 1000
    os.utime(path.parent, (now := time.time() - 60, now))
    store.note_use([CRASHER])
    assert next(store.entries()).used == pytest.approx(now, abs=1)  # noted once an hour


def test_an_entry_is_removed_with_its_index_and_empty_folders(
    store: SymbolStore, tmp_path: Path
) -> None:
    store.add([SYM])
    store.add([sym(number(1))])
    index = tmp_path / "index/crasher" / ID / "crasher.sym.index1"
    index.parent.mkdir(parents=True)
    index.touch()

    store.remove(next(store.entries()))

    assert not (tmp_path / "index/crasher").exists()
    assert sorted(p.name for p in store.folder.iterdir() if p.name[0] != ".") == ["lib1.so"]
    assert not store.has(CRASHER)


def entry(count: int, size: int, used: float) -> Entry:
    module = number(count)
    return Entry(module, Path(module.path), size, 10, used, used)


@pytest.mark.parametrize(
    ("most", "older", "going"),
    [
        (None, None, []),
        (330, None, []),
        (329, None, [2]),
        (219, None, [2, 0]),
        (0, None, [2, 0, 1]),
        (None, 50, [2]),
        (None, 5, [2, 0]),
        (219, 50, [2, 0]),
    ],
)
def test_the_least_recently_used_go_first(
    most: int | None, older: float | None, going: list[int]
) -> None:
    entries = [entry(0, 100, 990), entry(1, 100, 999), entry(2, 100, 900)]

    gone = chosen(entries, 1000, most, older)

    assert [entry.module for entry in gone] == [number(count) for count in going]


def test_a_better_file_has_no_kind_of_record_less_often() -> None:
    def facts(*counts: int, size: int = 1) -> Facts:
        return Facts(CRASHER, size, *counts)

    for kind in range(5):
        more = facts(*(1 + (number == kind) for number in range(5)))
        assert more.outdoes(facts(1, 1, 1, 1, 1))
        assert not facts(1, 1, 1, 1, 1).outdoes(more)
        assert not more.outdoes(facts(*(1 + (number != kind) for number in range(5))))
    assert not facts(1, 1, 1).outdoes(facts(1, 1, 1))
    assert facts(1, 1, 1, size=2).outdoes(facts(1, 1, 1))


def test_waiting_for_a_lock_ends(tmp_path: Path) -> None:
    file = tmp_path / "locks"
    with (
        lock(file, "a", 1),
        lock(file, "b", 1),
        pytest.raises(LockTimeout),
        lock(file, "a", 0.05),
    ):
        pass
    with lock(file, "a", 0):
        pass


def test_a_head_alone_is_a_symbol_file(store: SymbolStore) -> None:
    assert store.add([HEAD.encode()]).facts == Facts(CRASHER, len(HEAD), 0, 0, 0)
