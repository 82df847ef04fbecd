"""The index walker replaces the plain one, the plain one takes over, and the builder of indexes.

Programs of shell play the index walker here; tests/walker runs the real one.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from processor.builder import AGAIN_SECONDS, Builder, BuilderSettings
from processor.child import Limits
from processor.config import ProcessorConfig
from processor.indexed import IndexedWalker, Indexes
from processor.stackwalk import Walker, WalkerMissing
from socorro import metrics
from socorro.symbols import index_walker
from tests.builders import TEST_DUMP
from tests.moved import moves
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS

DUMP = TEST_DUMP.read_bytes()
OURS = "index-walker 1.0.0+rust-minidump.0.25.0"
PLAIN = "minidump-stackwalk 0.25.0"

Fake = Callable[..., str]


@pytest.fixture
def indexed(fake: Fake, tmp_path: Path) -> Callable[..., IndexedWalker]:
    def make(body: str, version: str = OURS, plain: str = RUST) -> IndexedWalker:
        folder = tmp_path / "indexes"
        limits = Limits(seconds=60, memory=2**29)
        indexes = Indexes(fake(body, version), folder, limits, writes=[tmp_path])
        return IndexedWalker(Walker(plain, symbols=[SYMBOLS]), indexes)

    return make


def test_it_is_given_stores_index_folder_and_a_place_for_misses(
    indexed: Callable[..., IndexedWalker], tmp_path: Path
) -> None:
    walker = indexed(f'echo "$@" > {tmp_path}/words; echo "{{}}"')

    walk = walker.walk(DUMP)

    words = (tmp_path / "words").read_text().split()
    folder = str(tmp_path / "indexes")
    assert words[:3] == ["--json", "--no-color", "--no-interactive"]
    assert words[3:8] == ["--symbols-path", str(SYMBOLS), "--index-dir", folder, "--misses-file"]
    assert len(words) == 10
    assert (walk.status, walk.version) == ("OK", OURS)


def test_what_a_walk_missed_is_asked_for(
    indexed: Callable[..., IndexedWalker], tmp_path: Path
) -> None:
    walker = indexed(
        'while [ "$1" != --misses-file ]; do shift; done\n'
        'printf "/s/a.sym\\nrelative\\n/s/b.sym\\n/s/a.sym\\n" >> "$2"\n'
        """echo '{"modules": [{"loaded_symbols": true}, {"loaded_symbols": true}, {},"""
        """ {"loaded_symbols": true}]}'"""
    )

    with (
        moves(metrics.symbol_index_lookups, 3),
        moves(metrics.symbol_index_lookups, 1, outcome="hit"),
        moves(metrics.symbol_index_lookups, 2, outcome="miss"),
    ):
        walker.walk(DUMP)

    folder = tmp_path / "indexes"
    assert index_walker.requested(folder) == [Path("/s/a.sym"), Path("/s/b.sym")]


@pytest.mark.parametrize(
    "body",
    [
        "kill -SEGV $$",
        "exit 2",
        "echo nonsense",
        'while [ "$1" != --misses-file ]; do shift; done; echo /a.sym >> "$2"; kill -KILL $$',
        "echo 'memory allocation of 4 bytes failed' >&2; kill -ABRT $$",  # of its little memory
    ],
)
def test_where_it_fails_the_plain_walker_does_the_work(
    indexed: Callable[..., IndexedWalker], body: str
) -> None:
    walk = indexed(body).walk(DUMP)

    assert walk == Walker(RUST, symbols=[SYMBOLS]).walk(DUMP)
    assert walk.version == PLAIN


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("echo 'ERROR HeaderMismatch - no dump' >&2; exit 1", "HeaderMismatch"),
        ("kill -KILL $$", "OutOfMemory"),  # nothing was missed: the dump itself asks for it
    ],
)
def test_what_is_the_dumps_fault_is_not_walked_twice(
    indexed: Callable[..., IndexedWalker], body: str, status: str
) -> None:
    walk = indexed(body).walk(DUMP)

    assert (walk.status, walk.version) == (status, OURS)


@pytest.mark.parametrize(
    ("version", "plain"),
    [
        ("index-walker 1.0.0+rust-minidump.0.24.0", RUST),
        ("something else 0.25.0", RUST),
        (OURS, BREAKPAD),
    ],
)
def test_a_walker_of_another_version_or_kind_is_not_replaced(
    indexed: Callable[..., IndexedWalker], version: str, plain: str
) -> None:
    walk = indexed("echo '{}'", version, plain).walk(DUMP)

    assert walk == Walker(plain, symbols=[SYMBOLS]).walk(DUMP)


def test_without_its_program_the_plain_walker_does_the_work(tmp_path: Path) -> None:
    config = ProcessorConfig(
        walker=RUST, symbols=[SYMBOLS], index_walker=str(tmp_path / "absent"),
        index_folder=tmp_path / "indexes",
    )  # fmt: skip
    walker = config.make_walker()

    walker.check()

    assert walker.walk(DUMP).version == PLAIN


def test_without_the_plain_walker_nothing_is_walked(tmp_path: Path) -> None:
    config = ProcessorConfig(walker="/no/such/walker", index_walker=RUST)

    with pytest.raises(WalkerMissing):
        config.make_walker().check()


def test_no_setting_means_no_builder() -> None:
    assert ProcessorConfig(index_walker="").make_builder() is None


@pytest.fixture
def sym(tmp_path: Path) -> Path:
    path = tmp_path / "a.so.sym"
    path.write_text("MODULE Linux x86 A0 a.so\n")
    return path


class Built:
    """A builder whose program notes what it was called with."""

    def __init__(self, fake: Fake, folder: Path, body: str = 'echo "built $6"') -> None:
        self.folder, self.calls, self.now = folder / "indexes", folder / "calls", 0.0
        program = fake(f'echo "$@ $(nice)" >> {self.calls}; {body}')
        settings = BuilderSettings(program, self.folder, 1000, Limits(seconds=60), writes=[folder])
        self.builder = Builder(settings, lambda: self.now)

    def lines(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


def test_an_index_is_made_for_each_sym_that_was_missed(
    fake: Fake, tmp_path: Path, sym: Path
) -> None:
    built, other = Built(fake, tmp_path), tmp_path / "b.so.sym"
    other.write_text("MODULE Linux x86 B0 b.so\n")

    index_walker.request(built.folder, [sym, sym, tmp_path / "gone.sym"])
    index_walker.request(built.folder, [other, sym])

    with moves(metrics.symbol_index_builds, 2, outcome="built"):
        assert built.builder.build() == 2
    words = f"index --index-dir {built.folder} --max-bytes 1000"
    assert [line.rpartition(" ")[0] for line in built.lines()] == [
        f"{words} {sym}", f"{words} {other}",
    ]  # fmt: skip
    with moves(metrics.symbol_index_builds, 0):
        assert built.builder.build() == 0


def test_one_that_fails_is_tried_again_later_or_when_it_changed(
    fake: Fake, tmp_path: Path, sym: Path
) -> None:
    built = Built(fake, tmp_path, "exit 1")
    tried = []
    for now, change in ((0.0, ""), (1.0, ""), (2.0, "PUBLIC 1 0 a\n"), (AGAIN_SECONDS + 3, "")):
        built.now = now
        with sym.open("a") as file:
            file.write(change)
        index_walker.request(built.folder, [sym])

        tried.append(built.builder.build())

    assert tried == [1, 0, 1, 1]


def test_while_others_are_thrown_out_one_index_is_not_made_again_and_again(
    fake: Fake, tmp_path: Path, sym: Path
) -> None:
    tried = {}
    for name, body in (("room", 'echo "built $6"'), ("full", 'echo "built $6"; echo "removed /x"')):
        (tmp_path / name).mkdir()
        built = Built(fake, tmp_path / name, body)
        tried[name] = []
        for now in (0.0, 1.0, AGAIN_SECONDS + 1):
            built.now = now
            index_walker.request(built.folder, [sym])
            tried[name].append(built.builder.build())

    assert tried == {"room": [1, 1, 1], "full": [1, 0, 1]}


def test_misses_that_a_killed_builder_took_are_not_lost(tmp_path: Path) -> None:
    index_walker.request(tmp_path, [Path("/a.sym")])
    assert index_walker.requested(tmp_path) == [Path("/a.sym")]
    index_walker.request(tmp_path, [Path("/b.sym")])

    again = index_walker.requested(tmp_path)
    index_walker.forget(tmp_path)

    assert again == [Path("/a.sym")]
    assert index_walker.requested(tmp_path) == [Path("/b.sym")]


def test_the_file_of_misses_stays_small(tmp_path: Path) -> None:
    (tmp_path / index_walker.MISSES).write_bytes(b"/x\n" * 400_000)

    index_walker.request(tmp_path, [Path("/a.sym")])

    assert (tmp_path / index_walker.MISSES).stat().st_size == 1_200_000


def test_one_process_of_a_machine_makes_indexes(tmp_path: Path) -> None:
    def work() -> bool:
        with index_walker.alone(tmp_path):
            return True

    with index_walker.alone(tmp_path), pytest.raises(index_walker.Busy):
        work()

    assert work()


def test_a_builder_ends_on_stop_and_takes_its_program_along(
    fake: Fake, tmp_path: Path, sym: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "nice", lambda _: None)  # else all later tests are slow
    built, stop = Built(fake, tmp_path, "exec sleep 600"), threading.Event()
    thread = threading.Thread(target=built.builder.run, args=(stop, 0.01))
    index_walker.request(built.folder, [sym])
    thread.start()
    while not built.lines():
        thread.join(0.01)

    stop.set()
    thread.join(60)

    assert not thread.is_alive()
    assert index_walker.requested(built.folder) == [sym]
