"""`socorro walk`, and stacks side by side."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.side_by_side import Call, calls, differs, side_by_side
from socorro.crashstore.interface import CrashStore
from tests.builders import DUMPS, TEST_DUMP, make_crash
from tests.processed import stored
from tests.synthetic_dump import Module, synthetic_dump

Run = Callable[..., Result]

SYMBOLS = ("--symbols", str(DUMPS / "symbols"))
MAC = str(DUMPS / "rust-minidump/pipeline-inlines-macos-segv.dmp")


def call(name: str) -> Call:
    return Call(name, "m", "", "cfi", 0, False)


def rows(*stacks: str) -> list[str]:
    """Each stack is a word, each call a letter; a row shows one letter a stack."""
    aligned = side_by_side([[call(letter) for letter in stack] for stack in stacks])
    return ["".join(shown.name if shown else "-" for shown in row) for row in aligned]


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        (("abc", "abc"), ["aa", "bb", "cc"]),
        (("abc", "ac"), ["aa", "b-", "cc"]),
        (("ac", "abc"), ["aa", "-b", "cc"]),
        (("abc", "axc"), ["aa", "bx", "cc"]),
        (("abc", "axyc"), ["aa", "bx", "-y", "cc"]),
        (("abcd", "axd"), ["aa", "bx", "c-", "dd"]),
        (("abcd", "axyzwd"), ["aa", "bx", "cy", "-z", "-w", "dd"]),
        (("ab", "xyz"), ["ax", "by", "-z"]),
        (("abd", "axyd", "auvwd"), ["aaa", "bxu", "-yv", "--w", "ddd"]),
        (("ab", "abcd"), ["aa", "bb", "-c", "-d"]),
        (("", "ab"), ["-a", "-b"]),
        (("ab", ""), ["a-", "b-"]),
        (("", ""), []),
        (("abc", "xabc", "ab"), ["-x-", "aaa", "bbb", "cc-"]),
        (("ac", "abc", "axyc"), ["aaa", "-bx", "--y", "ccc"]),
        (("aaaa", "aa"), ["aa", "aa", "a-", "a-"]),
    ],
)
def test_stacks_are_aligned(stacks: tuple[str, ...], expected: list[str]) -> None:
    assert rows(*stacks) == expected


def test_every_call_of_every_stack_is_in_its_column_in_order() -> None:
    stacks = ("abcabc", "bcaabx", "xyz", "cba", "")
    aligned = side_by_side([[call(letter) for letter in stack] for stack in stacks])

    for column, stack in enumerate(stacks):
        assert "".join(shown.name for row in aligned if (shown := row[column])) == stack


def test_inlined_calls_stand_before_the_frame_they_are_in() -> None:
    frames = [
        {"frame": 0, "module": "a", "function": "f", "file": "f.c", "line": 3,
         "trust": "context", "inlines": [{"function": "g", "file": "g.c", "line": None}]},
        {"frame": 1, "module": "b", "module_offset": "0x10"},
        {"frame": 2, "offset": "0x99"},
        {"truncated": {"msg": "7 frames truncated"}},
    ]  # fmt: skip

    assert calls({"frames": frames}) == [
        Call("g", "a", "g.c", "inlined", 0, True),
        Call("f", "a", "f.c:3", "context", 0, False),
        Call("b@0x10", "b", "", "", 1, False),
        Call("0x99", "", "", "", 2, False),
        Call("(frames left out)", "", "", "", None, False),
    ]
    assert calls({}) == []


def test_trust_alone_is_no_difference() -> None:
    assert not differs((call("a"), call("a")._replace(trust="")))
    assert differs((call("a"), None))
    assert differs((call("a"), call("a")._replace(source="a.c:1")))


def test_a_walk_shows_why_where_and_whose_symbols(run: Run, home: Path) -> None:
    result = run("walk", str(TEST_DUMP), *SYMBOLS)

    assert result.exit_code == 0, result.output
    assert "EXCEPTION_ACCESS_VIOLATION_WRITE at 0x00000045" in result.stdout
    assert "Thread 0 (crashed)" in result.stdout
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "1 cfi test_app.exe main c:\\test_app.cc:65" in lines
    assert "found test_app.exe test_app.pdb 5A9832E5287241C1838ED98914E9B7FF1" in lines
    assert "2 of 13 modules" in lines


def test_other_threads_and_modules_are_shown_when_asked_for(run: Run, home: Path) -> None:
    short = run("walk", MAC, *SYMBOLS).stdout
    long = run("walk", MAC, *SYMBOLS, "--threads", "--modules").stdout

    assert "Thread 10" in short
    assert len(long.splitlines()) > 2 * len(short.splitlines())
    assert "libsystem_kernel.dylib" in long


def test_the_json_is_what_the_processor_gets(run: Run, home: Path) -> None:
    document = json.loads(run("walk", str(TEST_DUMP), *SYMBOLS, "--json").stdout)

    assert document["mdsw_status_string"] == "OK"
    assert document["json_dump"]["modules"][0]["symbol_status"] == "found"


def test_a_stored_crash_is_walked_by_its_id(run: Run, settings: Path, store: CrashStore) -> None:
    raw = stored(store, make_crash())

    result = run("walk", f"bp-{raw.crash_id}")

    assert result.exit_code == 0
    assert "test_app.exe@0x" in result.stdout
    assert "missing" in result.stdout


def test_what_cannot_be_walked_is_told_in_one_line(
    run: Run, settings: Path, store: CrashStore, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.dmp"
    bad.write_bytes(b"no dump" * 100)

    assert run("walk", "nonsense").exit_code == 2
    absent = run("walk", make_crash().crash_id)
    refused = run("walk", str(bad))

    assert (absent.exit_code, refused.exit_code) == (1, 1)
    assert "has no dump in the crash store" in absent.output
    assert "HeaderMismatch" in refused.stdout


def test_walkers_agree_on_a_stack_with_symbols(run: Run, home: Path) -> None:
    result = run("walk", MAC, *SYMBOLS, "--compare")
    document = json.loads(run("walk", MAC, *SYMBOLS, "--compare", "--json").stdout)

    assert result.exit_code == 0, result.output
    assert "Thread 0: 20 calls, 0 differ" in result.stdout
    assert [walker["name"] for walker in document["walkers"]][:2] == ["rust-minidump", "Breakpad"]
    assert {walker["status"] for walker in document["walkers"]} == {"OK"}
    assert [difference for difference in document["differences"] if difference["thread"] == 0] == []


def test_where_walkers_disagree_the_calls_are_marked(run: Run, home: Path) -> None:
    dump = str(DUMPS / "rust-minidump/invalid-parameter.dmp")

    document = json.loads(run("walk", dump, *SYMBOLS, "--compare", "--json").stdout)
    output = run("walk", dump, *SYMBOLS, "--compare").stdout

    assert document["differences"]
    first = document["differences"][0]
    assert (
        first["calls"][0] is None
        or first["calls"][1] is None
        or (first["calls"][0]["name"] != first["calls"][1]["name"])
    )
    assert "≠" in output


@pytest.mark.walker
def test_the_index_walker_is_compared_where_it_was_built(run: Run, home: Path) -> None:
    result = run("walk", MAC, *SYMBOLS, "--compare")

    assert "index walker: its JSON equals that of rust-minidump" in result.stdout


def test_a_damaged_minidump_is_shown_as_far_as_it_can_be_read(run: Run, home: Path) -> None:
    dump = home / "damaged.dmp"
    half = "ba".encode("utf-16-le") + b"\x00\xd8"
    dump.write_bytes(synthetic_dump(Module(), Module(half, base=0x150000000)))

    lines = run("walk", str(dump)).stdout.splitlines()

    assert lines[0].startswith("DamagedMinidump  ")
    assert "The minidump is damaged: 1 of 2 module names" in lines
    assert any("foo.exe" in line for line in lines)
