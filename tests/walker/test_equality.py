"""The index walker prints what the plain walker of its version prints, byte for byte.

WALKER_MUTATIONS=5000 tries that many mutated dumps; the first 200 are always the same.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from processor.stackwalk import Walker
from tests.walker import walks
from tests.walker.walks import EVERY_DUMP, SYMBOLS, bad_symbols, mutated, ours, plain

pytestmark = pytest.mark.walker

MUTATIONS = int(os.environ.get("WALKER_MUTATIONS", "200"))
PER_TEST = 50
SYMBOLICATED = [
    path
    for path in EVERY_DUMP
    if path.name
    in (
        "linux_null_read_av.dmp", "linux_overflow.dmp", "minidump2.dmp",
        "pipeline-inlines-macos-segv.dmp", "test.dmp",
    )
]  # fmt: skip

ID = 3  # of MODULE os architecture id name


def lies_about_its_id(sym: bytes) -> bytes:
    words = sym.split(b" ", 4)
    words[ID] = b"0" * 33
    return b" ".join(words)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a newline": lambda _: b"\n",
    "no text": lambda sym: bytes(range(256)) * (len(sym) // 4096),
    "no symbols": lambda sym: sym.split(b"\n", 1)[0] + b"\n",
    "no module line": lambda sym: sym.split(b"\n", 1)[1],
    "two module lines": lambda sym: sym + sym,
    "another id": lies_about_its_id,
    "a garbage line": lambda sym: sym.replace(b"\nFUNC ", b"\ngarbage\nFUNC ", 1),
    "cut in a line": lambda sym: sym[: len(sym) // 3].rpartition(b"\n")[0] + b"\nFUNC 10",
    "cut after a line": lambda sym: sym[: len(sym) // 3].rpartition(b"\n")[0] + b"\n",
    "carriage returns": lambda sym: sym.replace(b"\n", b"\r\n"),
    "no text after": lambda sym: sym.rstrip(b"\n"),
    "a long line": lambda sym: sym + b"PUBLIC 10 0 " + b"x" * 90_000 + b"\n",
    "a huge line": lambda sym: sym + b"PUBLIC 10 0 " + b"x" * 5_000_000 + b"\nPUBLIC 20 0 y\n",
    "not utf-8": lambda sym: sym + b"PUBLIC 10 0 \xff\n",
    "no lines": lambda sym: b"\n".join(
        line for line in sym.split(b"\n") if line[:1].isupper() or not line
    ) + b"\n",
    "a url": lambda sym: sym + b"INFO URL https://symbols.example/a.sym\n",
}  # fmt: skip


def both_ways(dump: Path, symbols: Path, index: Path) -> None:
    """Walk without an index and with one; the plain walker's output is the right one."""
    expected = plain(dump, symbols)

    without = ours(dump, symbols, index=index / "none")
    walks.index("--index-dir", index, symbols)

    assert without == expected
    assert ours(dump, symbols, index=index) == expected


def test_the_two_are_of_one_version() -> None:
    theirs = walks.run(walks.PLAIN, "--version").stdout.decode().split()[-1]

    lines = walks.run(walks.OURS, "--version").stdout.decode().splitlines()

    assert len(lines) == 1
    assert lines[0].startswith("index-walker ")
    assert lines[0].endswith(f"+rust-minidump.{theirs}")


@pytest.mark.parametrize("dump", EVERY_DUMP, ids=lambda path: path.name)
def test_every_dump_gives_equal_output(dump: Path, indexed: Path, tmp_path: Path) -> None:
    expected = plain(dump, SYMBOLS)

    assert ours(dump, SYMBOLS, index=indexed) == expected
    assert ours(dump, SYMBOLS, index=tmp_path) == expected
    assert walks.walk(walks.OURS, dump) == plain(dump)


@pytest.mark.parametrize("first", range(0, MUTATIONS, PER_TEST))
def test_mutated_dumps_give_equal_output(first: int, indexed: Path, tmp_path: Path) -> None:
    # Those with symbols more often: there is more to go wrong.
    dumps = EVERY_DUMP + SYMBOLICATED * 8
    codes = set()
    for seed in range(first, min(first + PER_TEST, MUTATIONS)):
        dump = tmp_path / f"{seed}.dmp"
        dump.write_bytes(mutated(dumps[seed % len(dumps)].read_bytes(), seed))

        outcome = ours(dump, SYMBOLS, index=indexed)

        assert outcome == plain(dump, SYMBOLS), dump
        codes.add(outcome.code)
    assert 0 in codes


@pytest.mark.parametrize("spoilt", SPOILT)
def test_bad_symbols_give_equal_output(spoilt: str, tmp_path: Path) -> None:
    symbols = bad_symbols(tmp_path / "symbols", SPOILT[spoilt])

    for dump in SYMBOLICATED:
        both_ways(dump, symbols, tmp_path / "indexes")


def test_the_symbols_of_these_tests_are_used(indexed: Path) -> None:
    for dump in SYMBOLICATED:
        bare, walked = walks.walk(walks.OURS, dump), ours(dump, SYMBOLS, index=indexed)

        assert b'"loaded_symbols":true' in walked.stdout
        assert bare != walked


def test_a_symbol_file_may_stand_for_its_folder(tmp_path: Path) -> None:
    dump = next(path for path in EVERY_DUMP if path.name == "test.dmp")
    sym = next(SYMBOLS.rglob("test_app.sym"))

    both_ways(dump, sym, tmp_path)


@pytest.mark.parametrize("words", [("--pretty",), ("--verbose", "off"), ("--verbose=debug",)])
def test_other_options_give_equal_output(words: tuple[str, ...], indexed: Path) -> None:
    for dump in SYMBOLICATED:
        expected = walks.walk(walks.PLAIN, *words, dump, SYMBOLS)

        outcome = walks.walk(walks.OURS, *words, "--index-dir", indexed, dump, SYMBOLS)

        assert outcome.stdout == expected.stdout


def test_the_first_symbol_folder_that_has_a_file_wins(tmp_path: Path) -> None:
    spoilt = bad_symbols(tmp_path / "spoilt", SPOILT["no symbols"])
    dump = SYMBOLICATED[-1]
    for folders in ((spoilt, SYMBOLS), (SYMBOLS, spoilt), (tmp_path, SYMBOLS)):
        walks.index("--index-dir", tmp_path / "indexes", *folders)

        outcome = ours(dump, *folders, index=tmp_path / "indexes")

        assert outcome == plain(dump, *folders)


@pytest.mark.parametrize("words", [(), ("a.dmp",), ("--json",), ("--json", "--nonsense", "a.dmp")])
def test_what_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    done = walks.run(walks.OURS, *words)

    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Usage:" in done.stderr


def test_output_and_log_go_to_their_files(indexed: Path, tmp_path: Path) -> None:
    good, bad = SYMBOLICATED[-1], tmp_path / "bad.dmp"
    bad.write_bytes(b"no dump" * 100)
    outcomes = {}
    for program, more in ((walks.PLAIN, ()), (walks.OURS, ("--index-dir", indexed))):
        for dump in (good, bad, tmp_path / "absent.dmp"):
            out, log = tmp_path / "out", tmp_path / "log"
            out.unlink(missing_ok=True)
            words = ("--output-file", out, "--log-file", log, "--symbols-path", SYMBOLS, *more)
            done = walks.run(program, "--json", *words, dump)
            written = out.read_bytes() if out.exists() else None
            outcomes[program, dump] = (
                done.returncode, done.stdout, done.stderr, written, log.read_bytes()
            )  # fmt: skip

    for dump in (good, bad, tmp_path / "absent.dmp"):
        assert outcomes[walks.OURS, dump] == outcomes[walks.PLAIN, dump]
    assert outcomes[walks.OURS, bad][-1].startswith(b"ERROR HeaderMismatch - ")


@pytest.mark.parametrize("dump", [SYMBOLICATED[-1].read_bytes(), b"no dump" * 100, b"MDMP"])
def test_the_processor_gets_the_same_from_either(dump: bytes) -> None:
    walked = [
        Walker(str(program), symbols=[SYMBOLS]).walk(dump) for program in (walks.PLAIN, walks.OURS)
    ]

    assert [walk.version for walk in walked] == [
        walks.run(program, "--version").stdout.decode().strip()
        for program in (walks.PLAIN, walks.OURS)
    ]
    assert replace(walked[0], version=None) == replace(walked[1], version=None)
