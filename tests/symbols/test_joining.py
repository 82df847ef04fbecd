"""Symbol files of one module are joined so that no kind of record becomes less."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.stackwalk import Walker
from socorro.symbols import joining
from socorro.symbols.joining import joined
from socorro.symbols.module import ModuleId
from socorro.symbols.store import Change, SymbolStore, facts_of
from tests.processor.conftest import BREAKPAD, RUST
from tests.symbols.files import CRASHER, FILE, FUNC, HEAD, PUBLIC, put, sym
from tests.synthetic_dump import DEBUG_ID, synthetic_dump

FOO = ModuleId("foo.pdb", DEBUG_ID)
INLINES = sym(
    FOO,
    (
        "FILE 0 a.cpp\n",
        "FILE 1 inlined.h\n",
        "INLINE_ORIGIN 0 Inlined::here\n",
        "FUNC 1000 100 0 Outer::run\n",
        "INLINE 0 42 0 0 1000 100\n",
        "1000 100 7 1\n",
    ),
)
# As of a program whose PDB is not at hand: other numbers of files, more PUBLIC and STACK.
PUBLICS = sym(
    FOO,
    (
        "FILE 0 other.cpp\n",
        "FILE 1 a.cpp\n",
        "FUNC 1000 100 0 Outer::run\n",
        "1000 100 42 1\n",
        "FUNC 5000 100 0 Second::run\n",
        "5000 100 5 0\n",
        *(f"PUBLIC {0x2000 + number:x} 0 public{number}\n" for number in range(9)),
        "STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^\n",
    ),
)


@pytest.mark.parametrize("walker", [RUST, BREAKPAD])
@pytest.mark.parametrize("is_first", [True, False])
def test_inlines_stay_when_a_file_with_more_of_the_rest_comes(
    store: SymbolStore, walker: str, is_first: bool
) -> None:
    for data in (INLINES, PUBLICS) if is_first else (PUBLICS, INLINES):
        added = store.add([data])

    assert added.change is Change.JOINED
    assert added.facts == facts_of(added.path)
    counts = (added.facts.functions, added.facts.publics, added.facts.stacks)
    assert (*counts, added.facts.lines, added.facts.inlines) == (2, 9, 1, 2, 1)
    for address, expected in (
        (0x1010, ("Outer::run", "a.cpp")),
        (0x5010, ("Second::run", "other.cpp")),
    ):
        dump = synthetic_dump(address=0x140000000 + address)
        walk = Walker(walker, symbols=[store.folder]).walk(dump).json_dump
        assert walk
        frame = walk["crashing_thread"]["frames"][-1 if walker == BREAKPAD else 0]
        assert walk["modules"][0].get("corrupt_symbols") is not True
        assert (frame["function"], frame["file"]) == expected
        if address == 0x1010 and walker == RUST:
            assert frame["inlines"] == [
                {"file": "inlined.h", "function": "Inlined::here", "line": 7}
            ]


def test_both_stay_when_the_other_comes_again(store: SymbolStore) -> None:
    for data in (INLINES, PUBLICS, INLINES, PUBLICS):
        added = store.add([data])

    assert added.change is Change.KEPT


NAME = st.sampled_from(["a", "b", "c::d", "<unknown in x>"])
ADDRESS = st.integers(0, 5).map(lambda number: f"{0x1000 + 0x10 * number:x}")
NUMBER = st.sampled_from([0, 1, 2, 7, 4294967295])
LINE = st.builds("{} 8 {} {}\n".format, ADDRESS, NUMBER, NUMBER)
INLINE = st.builds("INLINE 0 {} {} {} {} 8\n".format, NUMBER, NUMBER, NUMBER, ADDRESS)
ORIGIN = st.builds("INLINE_ORIGIN {} {}\n".format, NUMBER, NAME)
MARK = st.sampled_from(["", "m "])
BELOW = st.lists(LINE | INLINE | ORIGIN, max_size=4).map("".join)
RULE = st.builds("STACK CFI {} .cfa: $rsp 16 +\n".format, ADDRESS)
RECORDS = st.one_of(
    st.builds("FILE {} {}.c\n".format, NUMBER, NAME),
    st.builds("FUNC {}{} 10 0 {}\n{}".format, MARK, ADDRESS, NAME, BELOW),
    st.builds("PUBLIC {}{} 0 {}\n".format, MARK, ADDRESS, NAME),
    st.builds(
        "STACK CFI INIT {} 10 .cfa: $rsp 8 +\n{}".format,
        ADDRESS,
        st.lists(RULE, max_size=3).map("".join),
    ),
    st.builds(
        "STACK WIN {} {} 10 0 0 0 0 0 0 1 $eip .raSearch =\n".format, st.sampled_from("04"), ADDRESS
    ),
    ORIGIN,
    st.sampled_from(["INFO CODE_ID 1 a\n", "INFO URL x\n", "\n", "INFO \n"]),
)
FILES = st.lists(RECORDS, max_size=12).map(lambda records: sym(lines=records))


@given(FILES, FILES)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_kind_of_record_becomes_less(tmp_path: Path, first: bytes, second: bytes) -> None:
    paths = (put(tmp_path / "first", first), put(tmp_path / "second", second))

    for main, other in (paths, paths[::-1]):
        both = facts_of(put(tmp_path / "both", b"".join(joined(main, other))))

        assert both.covers(facts_of(main))
        assert both.covers(facts_of(other))


def test_a_line_keeps_its_file_and_an_inline_its_function(tmp_path: Path) -> None:
    main = put(tmp_path / "main", sym(lines=["FILE 7 a.c\n", "FUNC 1000 10 0 a\n", "1000 8 1 7\n"]))
    more = (
        "FILE 3 b.c\n", "FILE 7 a.c\n", "INLINE_ORIGIN 5 inlined\n", "FUNC 2000 10 0 b\n",
        "INLINE 0 1 3 5 2000 8\n", "2000 8 2 7\n", "2008 4 3 3\n", "200c 2 4 4294967295\n",
        "200e 2 5 6\n",
    )  # fmt: skip
    other = put(tmp_path / "other", sym(lines=more))

    text = b"".join(joined(main, other)).decode()

    assert text == HEAD + (
        "FILE 7 a.c\nFUNC 1000 10 0 a\n1000 8 1 7\nFILE 8 b.c\nINLINE_ORIGIN 0 inlined\n"
        "FUNC 2000 10 0 b\nINLINE 0 1 8 0 2000 8\n2000 8 2 7\n2008 4 3 8\n"
        "200c 2 4 4294967295\n200e 2 5 4294967295\n"
    )


def test_information_is_not_repeated(tmp_path: Path) -> None:
    main = put(tmp_path / "main", sym(lines=["INFO CODE_ID 1 a\n", FUNC]))
    other = put(tmp_path / "other", sym(lines=["INFO CODE_ID 2 b\n", "INFO URL x\n", PUBLIC]))

    text = b"".join(joined(main, other)).decode()

    assert text == f"{HEAD}INFO CODE_ID 1 a\n{FUNC}INFO URL x\n{PUBLIC}"


@pytest.mark.parametrize(("count", "change"), [(10, Change.JOINED), (11, Change.KEPT)])
@pytest.mark.parametrize("record", ["PUBLIC {} 0 f\n", "FILE {} f{}\n", "INLINE_ORIGIN {} f{}\n"])
def test_what_is_joined_has_so_many_records(
    store: SymbolStore, monkeypatch: pytest.MonkeyPatch, record: str, count: int, change: Change
) -> None:
    monkeypatch.setattr(joining, "MOST_RECORDS", 11)
    store.add([sym(lines=[FUNC])])
    # The first line is a record, too. One PUBLIC, so that it is worth a join.
    other = sym(lines=[record.format(number, number) for number in range(count - 1)] + [PUBLIC])

    assert store.add([other]).change is change
    assert store.path(CRASHER).read_bytes().startswith(HEAD.encode() + FUNC.encode())


@pytest.mark.parametrize(("count", "change"), [(10, Change.JOINED), (11, Change.KEPT)])
def test_what_belongs_to_one_record_has_a_limit(
    store: SymbolStore, monkeypatch: pytest.MonkeyPatch, count: int, change: Change
) -> None:
    monkeypatch.setattr(joining, "MOST_LINES", 10)
    store.add([sym(lines=[FUNC, FILE, PUBLIC])])
    other = sym(lines=["FUNC 1000 10 0 f\n", *["1000 1 1 1\n"] * (count - 1)])

    assert store.add([other]).change is change


@pytest.mark.parametrize(
    ("number", "change"), [(3999999998, Change.JOINED), (3999999999, Change.KEPT)]
)
def test_numbers_of_files_do_not_run_over(store: SymbolStore, number: int, change: Change) -> None:
    store.add([sym(lines=[f"FILE {number} a.c\n", FUNC, FUNC.replace("1000", "3000", 1)])])

    assert store.add([sym(lines=["FILE 1 b.c\n", FUNC, PUBLIC])]).change is change
