"""Indexes: made once, safely by many, used only when whole and fresh, cleared away by use."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.walker import walks
from tests.walker.walks import SYMBOLS, indexes, ours, plain

pytestmark = pytest.mark.walker

DUMP = walks.DUMPS / "rust-minidump/test.dmp"
SYM = "test_app.pdb/5A9832E5287241C1838ED98914E9B7FF1/test_app.sym"
PAGE = 4096


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A symbol store of one's own, with the symbols of DUMP."""
    (tmp_path / "symbols" / SYM).parent.mkdir(parents=True)
    shutil.copy(SYMBOLS / SYM, tmp_path / "symbols" / SYM)
    return tmp_path / "symbols"


def misses(store: Path, folder: Path) -> list[str]:
    """Walk DUMP; check that the output is right; return which .sym had no good index."""
    noted = folder / "misses"
    noted.unlink(missing_ok=True)
    outcome = ours(DUMP, store, index=folder / "indexes", more=("--misses-file", noted))
    assert outcome == plain(DUMP, store)
    return noted.read_text().splitlines() if noted.exists() else []


def test_an_index_is_made_once(store: Path, tmp_path: Path) -> None:
    words = ("--index-dir", tmp_path / "indexes", store)

    assert walks.index(*words) == ["built"]
    assert walks.index(*words) == ["fresh"]
    assert indexes(tmp_path) == [tmp_path / "indexes" / f"{SYM}.index1"]


def test_without_a_folder_the_index_lies_beside_its_sym(store: Path) -> None:
    words = ("--verbose", "info", "--symbols-path", store, DUMP)
    before = walks.run(walks.OURS, "--json", *words)

    assert walks.index(store / SYM) == ["built"]

    assert indexes(store) == [store / f"{SYM}.index1"]
    after = walks.run(walks.OURS, "--json", *words)
    assert before.stdout == after.stdout == plain(DUMP, store).stdout
    assert b"no index of" in before.stderr
    assert b"no index of" not in after.stderr


def test_a_miss_is_recorded_for_the_builder(store: Path, tmp_path: Path) -> None:
    noted = tmp_path / "misses"
    words = ("--json", "--symbols-path", store, "--misses-file", noted, DUMP)

    done = [walks.run(walks.OURS, *words), walks.run(walks.OURS, *words)]
    paths = noted.read_text().splitlines()

    assert paths == [str(store / SYM)] * 2
    assert [walk.stderr for walk in done] == [b"", b""]
    assert walks.index("--index-dir", tmp_path / "indexes", *paths) == ["built", "fresh"]
    assert misses(store, tmp_path) == []


def test_a_misses_file_that_cannot_be_written_costs_no_walk(store: Path, tmp_path: Path) -> None:
    outcome = ours(DUMP, store, index=tmp_path, more=("--misses-file", tmp_path / "no/such/file"))

    assert outcome == plain(DUMP, store)


def test_an_index_of_an_older_sym_is_not_used(store: Path, tmp_path: Path) -> None:
    walks.index("--index-dir", tmp_path / "indexes", store)
    status = (store / SYM).stat()

    text = (store / SYM).read_bytes().replace(b"crash_here", b"other_name")
    (store / SYM).write_bytes(text)
    os.utime(store / SYM, ns=(status.st_atime_ns, status.st_mtime_ns + 1))

    assert misses(store, tmp_path) == [str(store / SYM)]
    assert walks.index("--index-dir", tmp_path / "indexes", store) == ["built"]
    assert misses(store, tmp_path) == []


@pytest.mark.parametrize(
    "content", [b"", b"x", b"SYMINDEX", bytes(PAGE), b"SYMINDEX" * PAGE, bytes(range(256)) * 64]
)
def test_what_is_no_index_is_not_used(content: bytes, store: Path, tmp_path: Path) -> None:
    index = tmp_path / "indexes" / f"{SYM}.index1"
    index.parent.mkdir(parents=True)
    index.write_bytes(content)

    assert misses(store, tmp_path) == [str(store / SYM)]


def test_a_folder_in_place_of_an_index_is_not_used(store: Path, tmp_path: Path) -> None:
    (tmp_path / "indexes" / f"{SYM}.index1").mkdir(parents=True)

    assert misses(store, tmp_path) == [str(store / SYM)]


def test_a_damaged_index_is_not_used_from_where_it_is_damaged(store: Path, tmp_path: Path) -> None:
    walks.index("--index-dir", tmp_path / "indexes", store)
    index = tmp_path / "indexes" / f"{SYM}.index1"
    whole = index.read_bytes()
    chance = random.Random(7)
    noticed = 0
    for page in range(len(whole) // PAGE):
        damaged = bytearray(whole)
        damaged[page * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
        index.write_bytes(damaged)

        noticed += misses(store, tmp_path) == [str(store / SYM)]

    assert 5 < noticed < len(whole) // PAGE  # a walk does not read every page
    for pages in range(0, len(whole) // PAGE, 7):
        index.write_bytes(whole[: pages * PAGE + chance.randrange(PAGE)])
        misses(store, tmp_path)


def test_a_corrupt_sym_is_parsed_once(store: Path, tmp_path: Path) -> None:
    (store / SYM).write_bytes(b"MODULE nonsense\n")

    assert misses(store, tmp_path) == [str(store / SYM)]
    assert walks.index("--index-dir", tmp_path / "indexes", store) == ["corrupt"]
    assert misses(store, tmp_path) == []
    assert walks.index("--index-dir", tmp_path / "indexes", store) == ["fresh"]


def test_many_may_index_at_once_while_others_walk(store: Path, tmp_path: Path) -> None:
    shutil.copytree(SYMBOLS, store, dirs_exist_ok=True)
    expected = plain(DUMP, store)
    command = [walks.OURS, "index", "--index-dir", tmp_path / "indexes", store]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]

    while any(process.poll() is None for process in running):
        assert ours(DUMP, store, index=tmp_path / "indexes") == expected
    outcomes = [line.split()[0] for process in running for line in process.communicate()[0].split()]

    assert [process.returncode for process in running] == [0] * 6
    assert len(indexes(tmp_path)) == len(list(SYMBOLS.rglob("*.sym")))
    assert outcomes.count("built") == len(indexes(tmp_path))
    assert list(tmp_path.rglob("*.tmp")) == []
    assert misses(store, tmp_path) == []


def test_an_indexer_killed_midway_leaves_nothing_that_is_used(store: Path, tmp_path: Path) -> None:
    shutil.copytree(SYMBOLS, store, dirs_exist_ok=True)
    command = [walks.OURS, "index", "--index-dir", tmp_path / "indexes", store]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # one is done, the next is being made
            process.kill()

        misses(store, tmp_path)

    walks.index(*command[2:])
    assert misses(store, tmp_path) == []


def test_one_sym_that_cannot_be_read_does_not_stop_the_others(store: Path, tmp_path: Path) -> None:
    (store / "a").mkdir()
    (store / "a/broken link.sym").symlink_to("nowhere")
    (store / "a/link.sym").symlink_to(store / SYM)
    words = ("index", "--index-dir", tmp_path / "indexes")

    done = walks.run(walks.OURS, *words, tmp_path / "absent.sym", store)

    assert done.returncode == 1
    assert b"absent.sym: No such file" in done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [b"built"] * 2
    assert misses(store, tmp_path) == []


def test_indexes_unused_for_longest_are_removed_first(tmp_path: Path) -> None:
    folder = tmp_path / "indexes"
    walks.index("--index-dir", folder, SYMBOLS)
    now = time.time()
    for days, path in enumerate(indexes(folder), start=2):
        os.utime(path, (0, now - days * 24 * 3600))
    assert ours(DUMP, SYMBOLS, index=folder) == plain(DUMP, SYMBOLS)
    used = {path for path in indexes(folder) if path.stat().st_mtime >= now - 1}
    most = sum(path.stat().st_size for path in used)

    walks.index("--index-dir", folder, "--max-bytes", str(most), SYMBOLS / SYM)

    assert folder / f"{SYM}.index1" in used
    assert set(indexes(folder)) == used
    walks.index("--index-dir", folder, "--max-bytes", "0", SYMBOLS / SYM)
    assert indexes(folder) == []


def test_a_folder_that_cannot_be_written_says_so(store: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    done = walks.run(walks.OURS, "index", "--index-dir", tmp_path / "file", store)

    assert done.returncode == 1
    assert b"Error: " in done.stderr
