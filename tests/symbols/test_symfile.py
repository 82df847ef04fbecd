"""The checker of symbol files: what is good, what is wrong, and on which line."""

import json
import subprocess
from pathlib import Path

import hypothesis
import pytest
from hypothesis import example, settings
from hypothesis import strategies as st

from socorro.symbols.module import BadModule, ModuleId, module_id, module_of_dump
from socorro.symbols.symfile import LONGEST_LINE, BadSymbols, Checker, Facts
from tests.builders import TEST_DUMP
from tests.processor.conftest import RUST
from tests.symbols.files import CFI, CRASHER, EVERY_SYM, FILE, FUNC, HEAD, ID, SYM

ZEROS = "0" * 33


def check(data: bytes, limit: int = 2**30, step: int = 2**30) -> Facts:
    checker = Checker(limit)
    for start in range(0, len(data), step):
        checker.feed(data[start : start + step])
    return checker.finish()


def complaint(data: bytes, step: int = 2**30) -> str:
    with pytest.raises(BadSymbols) as caught:
        check(data, step=step)
    return str(caught.value)


def test_facts_are_counted() -> None:
    assert check(SYM) == Facts(CRASHER, len(SYM), functions=1, publics=1, stacks=2, lines=2)


@pytest.mark.parametrize("size", [1, 7, 2**20])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_every_kind_of_record_is_counted(end: str, size: int) -> None:
    records = (
        "INFO CODE_ID 1 a", "", "", "FILE 1 a.c", "INLINE_ORIGIN 1 f", "", "FUNC 1000 10 0 f",
        "INLINE 0 1 1 1 1000 8", "INLINE\t0\t2\t1\t1\t1000\t8", "INLINE_ORIGIN 2 g", "1000 8 1 1",
        "1008\t8\t2\t1", "FUNC m 2000 10 0 g", "PUBLIC 3000 0 h", "PUBLIC\tm\t4000\t0\ti", "",
        "STACK CFI INIT 1000 10 a", "STACK CFI 1001 b", "STACK WIN 4 1000 1 0 0 0 0 0 0 1 a", "",
    )  # fmt: skip
    data = (HEAD + end.join(records) + end).encode()
    checker = Checker(2**30)
    for start in range(0, len(data), size):
        checker.feed(data[start : start + size])

    facts = checker.finish()

    assert facts.counts == (2, 2, 2, 2, 3)  # FUNC, INLINE, lines, PUBLIC, STACK


@pytest.mark.parametrize("path", EVERY_SYM, ids=lambda path: path.name)
@pytest.mark.parametrize("step", [1 << 30, 4099])
def test_real_files_are_good_in_pieces_of_any_size(path: Path, step: int) -> None:
    data = path.read_bytes()

    facts = check(data, step=step)

    assert facts.module.path == path.relative_to(path.parents[2])
    assert facts.functions == data.count(b"\nFUNC ")
    assert facts.bytes == len(data)


GOOD = {
    "nothing but MODULE": "",
    "CR LF": FUNC.replace("\n", "\r\n"),
    "tabs": "FUNC\t1000  10\t0 boom\n1000\t8 3  1\n",
    "multiple": "FUNC m 1000 10 0 boom\nPUBLIC m 2000 0 x\n",
    "no name": "FUNC 1000 10 0 \nPUBLIC 2000 0 \nFILE 3 \n",
    "an empty line": FUNC + "\n\n" + FUNC,
    "INLINE": "FUNC 1000 10 0 f\nINLINE 0 3 1 0 1000 4 1008 2\n1000 8 3 1\n",
    "an origin among lines": "FUNC 1000 10 0 f\n1000 4 3 1\nINLINE_ORIGIN 0 g\n1004 4 3 1\n",
    "an origin on top": "INLINE_ORIGIN 0 g\n" + FUNC,
    "STACK WIN": "STACK WIN 4 1000 c 1 0 0 0 0 0 1 $T0 .raSearch =\n",
    "INFO": "INFO CODE_ID 00 \xe4\nINFO URL http://x/\n",
    "minus one": "FUNC 1000 10 0 f\n1000 8 4294967295 0\n",
    "a long name": f"FUNC 1000 10 0 {'x' * 500_000}\n",
    "UTF-8": "PUBLIC 2000 0 größe\n",
}


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("step", [1, 7, 1 << 30])
def test_what_walkers_read_is_good(lines: str, step: int) -> None:
    data = (HEAD + lines).encode()
    if len(data) > 10_000 and step < 100:
        step = 9_999

    assert check(data, step=step).module == CRASHER


BAD = [
    (b"", "is empty"),
    (b"<!DOCTYPE html>\n<html>\n", "line 1: '<!DOCTYPE html>' is not a MODULE record"),
    (b"MODULE", "line 1: 'MODULE' is not a MODULE record"),
    (b"MODULE Linux x86_64\n", "line 1: 'MODULE Linux x86_64': expected MODULE system processor"),
    (HEAD.encode()[:-1], "line 1: the last line is incomplete: the file is cut short"),
    (f"MODULE Linux x86_64 {ID[:32]} a\n".encode(), f"line 1: the debug id '{ID[:32]}' is not 33"),
    (f"MODULE Linux x86_64 {ZEROS} a\n".encode(), "line 1: the debug id is all zeros"),
    (
        f"MODULE Linux x86_64 {ID} ../a\n".encode(),
        "line 1: the debug file's name '../a' contains a",
    ),
    (f"MODULE Linux x86_64 {ID} a\\b\n".encode(), "line 1: the debug file's name 'a\\\\b' contai"),
    (f"MODULE Linux x86_64 {ID} ..\n".encode(), "line 1: the debug file's name '..' begins with"),
    (f"MODULE Linux x86_64 {ID} \n".encode(), "line 1: the debug file has no name"),
    (f"MODULE Linux x86_64 {ID} {'a' * 201}\n".encode(), "line 1: the debug file's name is longer"),
    (f"MODULE Linux x86_64 {ID} ".encode() + b"\xff\n", "line 1: is not UTF-8"),
    ((HEAD + HEAD).encode(), "line 2: a second MODULE record"),
    ((HEAD + FUNC + "FUNC 10\n").encode(), "line 5: 'FUNC 10': expected FUNC [m] address size"),
    ((HEAD + FUNC + CFI + "1000 8 3 1\n").encode(), "line 7: '1000 8 3 1': expected address size"),
    (
        (HEAD + "\n" + FILE + "1000 8 3 1\n").encode(),
        "line 4: '1000 8 3 1': expected address size",
    ),
    ((HEAD + FUNC + "\n1000 8 3 1\n").encode(), "line 6: '1000 8 3 1': expected address size"),
    ((HEAD + FUNC + "1000 8 x 1\n").encode(), "line 5: '1000 8 x 1': expected address size"),
    ((HEAD + "FILE x a\n").encode(), "line 2: 'FILE x a': expected FILE number name"),
    ((HEAD + "FILE 5000000000 a\n").encode(), "line 2: 'FILE 5000000000 a': expected FILE"),
    ((HEAD + "PUBLIC 123456789abcdef01 0 a\n").encode(), "line 2: 'PUBLIC 123456789abcdef01 0 a'"),
    (
        (HEAD + "STACK CFI 1001 x: 1\n").encode(),
        "line 2: 'STACK CFI 1001 x: 1': expected STACK CFI",
    ),
    ((HEAD + CFI + "INLINE_ORIGIN 0 f\nSTACK CFI 1 x\n").encode(), "line 5: 'STACK CFI 1 x'"),
    (
        (HEAD + "INLINE 0 1 1 0 1000 4\n").encode(),
        "line 2: 'INLINE 0 1 1 0 1000 4': expected INLINE",
    ),
    (
        (HEAD + "STACK WIN 4 1 2 3\n").encode(),
        "line 2: 'STACK WIN 4 1 2 3': expected STACK CFI INIT",
    ),
    ((HEAD + "what ever\n").encode(), "line 2: unknown record: 'what ever'"),
    ((HEAD + FILE).encode() + b"FILE 2 \xff\n", "line 3: is not UTF-8 text"),
    ((HEAD + FILE).encode() + b"FILE 2 \0\n", "line 3: is not UTF-8 text"),
    ((HEAD + FILE + "FILE 2 cut").encode(), "line 3: the last line is incomplete"),
    (
        (HEAD + "FUNC 1 1 0 " + "x" * (LONGEST_LINE + 2)).encode(),
        "line 2: the line is longer than 1048576",
    ),
]


@pytest.mark.parametrize(("data", "error"), BAD, ids=[error[:50] for _, error in BAD])
def test_an_error_is_reported_with_its_line(data: bytes, error: str) -> None:
    assert complaint(data).startswith(error)
    assert complaint(data, step=5 if len(data) < 10_000 else 99_999).startswith(error)


def test_the_line_is_right_far_into_a_file() -> None:
    data = (HEAD + FILE * 400_000 + "oops\n").encode()

    assert complaint(data, step=65_536) == "line 400002: unknown record: 'oops'"


@pytest.mark.parametrize("step", [2**30, 2**18, 4099])
def test_a_long_line_is_refused_wherever_the_pieces_end(step: int) -> None:
    good = f"{HEAD}INFO {'x' * (LONGEST_LINE - 5)}\n"
    bad = f"{good}INFO {'y' * (LONGEST_LINE - 4)}\nINFO z\n"

    assert check(good.encode(), step=step).module == CRASHER
    assert complaint(bad.encode(), step) == "line 3: the line is longer than 1048576 bytes"


def test_a_file_that_is_too_large_is_refused_where_the_limit_is() -> None:
    checker = Checker(100)
    checker.feed(HEAD.encode())

    with pytest.raises(BadSymbols, match=r"larger than 100 bytes \(SOCORRO_SYMBOLS_FILE_BYTES\)"):
        checker.feed(b"\n" * 100)


def test_an_id_is_spelled_as_walkers_expect_it() -> None:
    assert module_id("a.pdb", "abcdef" * 6).debug_id == ("ABCDEF" * 6)[:32] + "cdef"
    assert ModuleId("Xul.PDB", ID).name == "Xul.sym"
    assert str(ModuleId("libxul.so", ID).path) == f"libxul.so/{ID}/libxul.so.sym"


def test_a_dump_may_name_a_whole_path() -> None:
    assert module_of_dump(r"c:\build\xul.pdb", ID) == ("xul.pdb", ID)
    assert module_of_dump("/usr/lib/libc.so.6", ID) == ("libc.so.6", ID)
    for names in (("a", ""), ("a", None), (None, ID), ("a", ZEROS), ("/", ID), ("a/..", ID)):
        assert module_of_dump(*names) is None


@hypothesis.given(st.text(max_size=300), st.text(max_size=50))
@example("a\x00b", ID)
@example("\ud800", ID)
def test_whatever_is_a_module_is_a_path_inside_the_store(name: str, debug_id: str) -> None:
    for hex_digits in (debug_id, ID):
        try:
            module = module_id(name, hex_digits)
        except BadModule:
            continue
        assert len(module.path.parts) == 3
        assert ".." not in module.path.parts
        assert all(len(part.encode()) < 240 for part in module.path.parts)


RECORDS = st.sampled_from(
    [
        "FILE",
        "FUNC",
        "PUBLIC",
        "STACK CFI INIT",
        "STACK CFI",
        "STACK WIN 4",
        "INLINE",
        "1000",
        "INLINE_ORIGIN",
        "INFO",
        "MODULE",
        "m",
        "10",
        "ffffffff",
        "4294967295",
        "9999999999",
        "0",
        "x: 1 +",
        "\t",
        "",
        "größe",
    ]
)
LINES = st.lists(
    st.one_of(
        st.sampled_from([FUNC, FILE, CFI, "1000 8 3 1\n", "\n", "INLINE_ORIGIN 1 f\n"]),
        st.lists(RECORDS, max_size=12).map(lambda words: " ".join(words) + "\n"),
    ),
    max_size=12,
)


@hypothesis.given(LINES, st.integers(1, 40))
@settings(deadline=None)
def test_the_verdict_does_not_depend_on_where_the_pieces_end(lines: list[str], step: int) -> None:
    data = (HEAD + "".join(lines)).encode()
    try:
        whole: object = check(data)
    except BadSymbols as error:
        whole = str(error)
    try:
        pieces: object = check(data, step=step)
    except BadSymbols as error:
        pieces = str(error)

    assert pieces == whole


@hypothesis.given(LINES)
@settings(deadline=None, max_examples=150)
def test_a_file_is_good_exactly_when_each_of_its_lines_is(lines: list[str]) -> None:
    """The blocks' expression against one line at a time, which takes the other grammar."""
    data = (HEAD + "".join(lines)).encode()
    checker = Checker(2**30)
    try:
        for line in data.splitlines(keepends=True):
            checker.feed(line)
            checker._check_kept()
        apart: object = checker.finish()
    except BadSymbols as error:
        apart = str(error)
    try:
        whole: object = check(data)
    except BadSymbols as error:
        whole = str(error)

    assert apart == whole


def walked(folder: Path, data: bytes) -> str:
    """The verdict of rust-minidump's walker: found, corrupt or missing."""
    place = folder / "test_app.pdb/5A9832E5287241C1838ED98914E9B7FF1/test_app.sym"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    done = subprocess.run(
        [RUST, "--json", "--symbols-path", folder, TEST_DUMP], capture_output=True, check=True
    )
    module = json.loads(done.stdout)["modules"][0]
    return "corrupt" if module["corrupt_symbols"] else "found" if module["loaded_symbols"] else ""


TEST_APP = b"MODULE windows x86 5A9832E5287241C1838ED98914E9B7FF1 test_app.pdb\n"


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
def test_the_real_walker_reads_good_files(lines: str, tmp_path: Path) -> None:
    assert walked(tmp_path, TEST_APP + lines.encode()) == "found"


@pytest.mark.parametrize("data", [data for data, _ in BAD[13:-4]])
def test_the_real_walker_calls_refused_files_corrupt(data: bytes, tmp_path: Path) -> None:
    assert walked(tmp_path, TEST_APP + data.partition(b"\n")[2]) == "corrupt"


@hypothesis.given(lines=LINES)
@settings(deadline=None, max_examples=60)
def test_the_real_walker_agrees_with_the_checker(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = TEST_APP + "".join(lines).encode()
    try:
        check(data)
        expected = "found"
    except BadSymbols:
        expected = "corrupt"

    assert walked(tmp_path_factory.mktemp("walk"), data) == expected
