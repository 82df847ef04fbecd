"""Stack walks: both real walkers on every dump, and walkers that misbehave."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from processor.child import CannotRun, Interrupted, Limits, run
from processor.pipeline import run_rules
from processor.rules.crash import crashing_thread
from processor.rules.signature import signature
from processor.rules.system import system
from processor.stackwalk import Walk, Walker, WalkerMissing
from tests.builders import DUMPS, TEST_DUMP
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS, running, sleeper, wait_until

GOLDEN = Path(__file__).parent / "golden"
ALL = sorted(DUMPS.glob("*/*.dmp"))
REFUSED = {"invalid-range.dmp", "invalid-record-count.dmp"}

Fake = Callable[..., str]


def signature_of(walk: Walk) -> dict[str, Any]:
    outcome = run_rules((crashing_thread, system, signature), {}, walk.document())
    return {name: outcome.processed[name] for name in ("signature", "proto_signature")}


def with_frames(dump: dict[str, Any]) -> int:
    """How many threads have frames; of others Breakpad prints nothing."""
    return sum(bool(thread["frames"]) for thread in dump["threads"])


@pytest.mark.parametrize("dump", ALL, ids=lambda path: path.name)
def test_both_walkers_agree_on_every_dump(dump: Path, rust: Walker, breakpad: Walker) -> None:
    body = dump.read_bytes()

    ours, theirs = rust.walk(body), breakpad.walk(body)

    expected = "MissingThreadList" if dump.name in REFUSED else "OK"
    assert (ours.status, theirs.status) == (expected, expected)
    assert signature_of(ours) == signature_of(theirs)
    if ours.json_dump and theirs.json_dump:
        for walk in (ours.json_dump, theirs.json_dump):
            walk["system_info"].pop("cpu_microcode_version")  # Breakpad does not report it
        assert ours.json_dump["system_info"] == theirs.json_dump["system_info"]
        assert ours.json_dump["crash_info"]["address"] == theirs.json_dump["crash_info"]["address"]
        assert with_frames(ours.json_dump) == with_frames(theirs.json_dump)
        main = [walk["modules"][walk["main_module"]] for walk in (ours.json_dump, theirs.json_dump)]
        assert main[0]["debug_id"] == main[1]["debug_id"]
        assert main[0]["end_addr"] == main[1]["end_addr"]


def outline(dump: dict[str, Any]) -> dict[str, Any]:
    """What a person would compare of a walk."""
    names = ("frame", "module", "module_offset", "function", "function_offset", "file", "line")
    crash, system = dump["crash_info"], dump["system_info"]
    return {
        "crash_info": {name: crash[name] for name in ("type", "address", "crashing_thread")},
        "system_info": {
            name: system[name] for name in ("os", "os_ver", "cpu_arch", "cpu_info", "cpu_count")
        },
        "frames": [
            {name: frame.get(name) for name in (*names, "inlines", "trust")}
            for frame in dump["crashing_thread"]["frames"]
        ],
        "modules": [module["filename"] for module in dump["modules"]],
        "threads": [thread["frame_count"] for thread in dump["threads"]],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["test", "pipeline-inlines-macos-segv", "linux-mini"])
@pytest.mark.parametrize("kind", ["rust", "breakpad"])
def test_a_walk_gives_what_it_gave(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    walker: Walker = request.getfixturevalue(kind)

    walk = walker.walk((DUMPS / "rust-minidump" / f"{name}.dmp").read_bytes())

    assert walk.json_dump is not None
    assert outline(walk.json_dump) == json.loads((GOLDEN / f"{name}.{kind}.json").read_text())


def test_the_same_dump_twice_gives_the_same(rust: Walker, breakpad: Walker) -> None:
    dump = TEST_DUMP.read_bytes()

    assert rust.walk(dump) == rust.walk(dump)
    assert breakpad.walk(dump) == breakpad.walk(dump)


def test_a_truncated_dump_is_walked_as_far_as_it_goes(rust: Walker, breakpad: Walker) -> None:
    half = TEST_DUMP.read_bytes()[:3000]

    assert rust.walk(half).status == "OK"
    assert breakpad.walk(half).status == "MissingThreadList"


def test_an_empty_dump_is_not_given_to_the_walker() -> None:
    assert Walker("/no/such/walker").walk(b"") == Walk("EmptyMinidump")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("echo '{'", "BadOutput"),
        ("echo '[]'", "BadOutput"),
        ("echo", "BadOutput"),
        ("head -c 10000 /dev/zero | tr '\\0' '['", "BadOutput"),
        ("echo 'ERROR HeaderMismatch - no dump' >&2; exit 1", "HeaderMismatch"),
        ("printf '\\033[31mERROR\\033[0m DataError - no\\n' >&2; exit 1", "DataError"),
        ("echo 'an ERROR Invented - by a module name' >&2; exit 1", "WalkerFailed"),
        ("exit 3", "WalkerFailed"),
        ("kill -SEGV $$", "WalkerCrashed"),
        ("kill -KILL $$", "OutOfMemory"),
        ("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$", "OutOfMemory"),
    ],
)
def test_what_went_wrong_has_a_name(fake: Fake, script: str, status: str) -> None:
    walk = Walker(fake(script)).walk(b"MDMP")

    assert (walk.status, walk.json_dump) == (status, None)


def test_a_walk_without_enough_memory_is_out_of_memory() -> None:
    walker = Walker(BREAKPAD, symbols=[SYMBOLS], limits=Limits(memory=20 * 2**20))

    walk = walker.walk((DUMPS / "rust-minidump/pipeline-inlines-macos-segv.dmp").read_bytes())

    assert walk.status == "OutOfMemory"


@pytest.mark.parametrize("stream", ["", " >&2"])
def test_endless_output_is_cut_off_and_never_read(fake: Fake, stream: str) -> None:
    walker = Walker(fake(f"exec head -c 500000000 /dev/zero{stream}"), limits=Limits(output=10**6))

    walk = walker.walk(b"MDMP")

    assert walk.status == "OutputTooLarge"
    assert len(walk.stderr) <= 4096


def test_output_is_watched_while_larger_symbol_files_may_be_written(fake: Fake) -> None:
    limits = Limits(output=10**6, file=10**10)

    walk = Walker(fake("yes; exit"), limits=limits).walk(b"MDMP")

    assert walk.status == "OutputTooLarge"


def test_a_walker_that_never_ends_is_killed_with_its_children(fake: Fake) -> None:
    one, other = sleeper(), sleeper()
    walker = Walker(fake(f"{one} & ({other} & wait) & wait"), limits=Limits(seconds=2))

    with ThreadPoolExecutor() as pool:
        walk = pool.submit(walker.walk, b"MDMP")
        wait_until(lambda: running(one) and running(other))

    assert walk.result().status == "Timeout"
    assert running(one) + running(other) == []


def test_children_left_behind_are_killed_too(fake: Fake) -> None:
    command = sleeper()

    walk = Walker(fake(f"{command} & echo '{{}}'")).walk(b"MDMP")

    assert walk.status == "OK"
    assert running(command) == []


def test_a_walk_that_only_burns_time_is_ended(fake: Fake) -> None:
    assert Walker(fake("while :; do :; done")).walk(b"MDMP", seconds=0.3).status == "Timeout"


def test_a_walk_is_given_up_when_we_stop(fake: Fake) -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(Interrupted):
        Walker(fake("sleep 600")).walk(b"MDMP", stop=stop)


def test_a_walker_that_is_missing_or_cannot_be_run_is_not_the_dumps_fault(tmp_path: Path) -> None:
    text = tmp_path / "walker"
    text.write_text("no program")
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF no program")
    broken.chmod(0o755)

    for path in ("/no/such/walker", str(text), str(broken)):
        with pytest.raises(WalkerMissing):
            Walker(path).walk(b"MDMP")
        with pytest.raises(WalkerMissing):
            Walker(path).check()


@pytest.mark.parametrize("end", ["kill -SEGV $$", "exec /no/such/walker", "exit 126", "exit 127"])
def test_a_walker_that_breaks_before_it_tells_its_version_is_not_taken_for_another_kind(
    tmp_path: Path, end: str
) -> None:
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{end}\n")
    broken.chmod(0o755)

    with pytest.raises(WalkerMissing):
        Walker(str(broken)).walk(b"MDMP")


def test_a_full_disk_is_not_the_dumps_fault(fake: Fake) -> None:
    with pytest.raises(WalkerMissing):
        Walker(fake("echo 'No space left on device' >&2; exit 1")).walk(b"MDMP")


def test_nothing_of_a_dump_comes_to_the_disk(fake: Fake) -> None:
    kinds = 'stat -f -L -c %T "$4" /proc/self/fd/1 >&2; cat "$4" >&2; echo {}'

    walk = Walker(fake(kinds)).walk(b"MDMP!")

    assert walk.stderr.split() == ["tmpfs", "tmpfs", "MDMP!"]


def test_a_walker_gets_nothing_of_our_environment(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SECRET", "value")

    walk = Walker(fake("env >&2; ulimit -c >&2; echo {}")).walk(b"MDMP")

    assert "SOCORRO" not in walk.stderr
    assert walk.stderr.endswith("0")


def test_the_version_is_asked_once(fake: Fake, tmp_path: Path) -> None:
    path, ran = Path(fake("echo {}")), tmp_path / "ran"
    ran.touch()
    path.write_text(path.read_text().replace("#!/bin/sh", f"#!/bin/sh\necho >> {ran}"))
    walker = Walker(str(path), writes=[ran])

    versions = {walker.walk(b"MDMP").version for _ in range(3)}

    assert versions == {"fake 1.0"}
    assert len(ran.read_text()) == 4


def test_only_the_end_of_a_long_error_output_is_kept(fake: Fake) -> None:
    walk = Walker(fake("seq 100000 >&2; echo {}")).walk(b"MDMP")

    assert walk.stderr.splitlines() == [str(number) for number in range(99991, 100001)]


def test_symbols_given_by_a_relative_path_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SYMBOLS.parent)
    walker = Walker(RUST, symbols=[Path("symbols")])

    dump = walker.walk(TEST_DUMP.read_bytes()).json_dump

    assert dump is not None
    assert dump["crashing_thread"]["frames"][1]["function"] == "main"


def test_a_program_that_does_not_exist_cannot_be_run() -> None:
    with pytest.raises(CannotRun):
        run(["/no/such/program"], Limits())


def test_no_file_handle_is_left_open(fake: Fake) -> None:
    walker = Walker(fake("exit 1"))
    walker.walk(b"MDMP")
    before = len(list(Path("/proc/self/fd").iterdir()))

    walker.walk(b"MDMP")

    assert len(list(Path("/proc/self/fd").iterdir())) == before
