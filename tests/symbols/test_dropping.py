"""Bad lines are dropped on request, with what belongs to them, and counted."""

from collections.abc import Iterator

import pytest

from socorro.symbols import symfile
from socorro.symbols.store import Change, SymbolStore
from socorro.symbols.symfile import LONGEST_LINE, MOST_DROPPED, BadSymbols
from tests.symbols.files import CFI, CRASHER, FILE, FUNC, HEAD, PUBLIC, SYM

LINES = SYM.splitlines(keepends=True)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 50, 2**20])
@pytest.mark.parametrize(
    ("bad", "after", "dropped"),
    [
        (b"oops\n", 1, 1),
        (b"oops\n", 4, 1),  # between the lines of a function, which stay
        (b"oops\n", 7, 1),
        (b"\xff\xfe name in Latin-1: \xe9\n", 5, 1),
        (b"PUBLIC 3000 0 M\xfcll\n", 6, 1),
        (b"PUBLIC 3000 0 a\0b\n", 6, 1),
        (b"P\0U\0B\0\n", 6, 1),
        (b"FUNC 10\n", 2, 1),
        (b"FUNC 10\n1000 8 3 1\nINLINE 0 1 1 0 10 8\n1008 8 4 1\n", 2, 4),
        (b"FUNC 3000 10 0 M\xfcll\n3000 8 3 1\n", 5, 2),
        (b"STACK CFI INIT x\nSTACK CFI 1 a\n", 6, 2),
        (b"STACK CFI INIT x\nSTACK CFI 1 a\n", 8, 2),
        (b"1000 1 1 1\n", 1, 1),
        (b"INFO " + b"x" * LONGEST_LINE + b"\n", 5, 1),
        (b"FUNC 3000 1 0 " + b"x" * LONGEST_LINE + b"\n3000 1 1 1\n", 5, 2),
        (b"oops\nFUNC 10\n1 2 3 4\noops\nFUNC 20\n1 2 3 4\n", 6, 6),
        (b"oops", 8, 1),  # cut short
    ],
)
def test_a_bad_line_goes_with_what_belongs_to_it(
    store: SymbolStore, bad: bytes, after: int, dropped: int, size: int
) -> None:
    if size == 1 and len(bad) > 1000:
        size = 1000
    data = b"".join([*LINES[:after], bad, *LINES[after:]])
    with pytest.raises(BadSymbols) as caught:
        store.add(cut(data, size))

    added = store.add(cut(data, size), drop_bad_lines=True)

    assert added.path.read_bytes() == SYM
    assert (added.facts.dropped, added.facts.bytes) == (dropped, len(SYM))
    assert added.facts.first_dropped == str(caught.value)
    assert added.facts.first_dropped.startswith(f"line {after + 1}: ")


@pytest.mark.parametrize("block", [64, 2**18])
def test_a_file_of_many_blocks_keeps_its_good_lines(
    store: SymbolStore, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(symfile, "_BLOCK", block)
    functions = [
        f"FUNC {0x1000 + 16 * n:x} 10 0 f{n}\n{0x1000 + 16 * n:x} 10 1 1\n" for n in range(500)
    ]
    bad = [
        text.replace("FUNC", "FUNC x") if n % 5 == 0 else text for n, text in enumerate(functions)
    ]

    added = store.add(cut((HEAD + FILE + "".join(bad)).encode(), 700), drop_bad_lines=True)

    good = [text for n, text in enumerate(functions) if n % 5]
    assert added.path.read_bytes() == (HEAD + FILE + "".join(good)).encode()
    assert (added.facts.dropped, added.facts.functions, added.facts.lines) == (200, 400, 400)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"oops\n" + SYM, "line 1: 'oops' is not a MODULE record"),
        (SYM + SYM, "line 9: a second MODULE record"),
        (HEAD.encode()[:-1], "line 1: the last line is incomplete"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_symbol_file_stays_refused(store: SymbolStore, data: bytes, error: str) -> None:
    with pytest.raises(BadSymbols) as caught:
        store.add([data], drop_bad_lines=True)

    assert str(caught.value).startswith(error)
    assert not store.has(CRASHER)


@pytest.mark.parametrize(("count", "fits"), [(MOST_DROPPED, True), (MOST_DROPPED + 1, False)])
def test_only_so_many_lines_are_dropped(store: SymbolStore, count: int, fits: bool) -> None:
    assert MOST_DROPPED == 1000
    pieces = [SYM, *[b"oops\n"] * count]
    if fits:
        assert store.add(pieces, drop_bad_lines=True).facts.dropped == count
        return

    with pytest.raises(BadSymbols) as caught:
        store.add(pieces, drop_bad_lines=True)

    assert str(caught.value) == (
        "more than 1,000 bad lines; the first is line 9: unknown record: 'oops'"
    )


def test_a_file_that_is_joined_says_what_was_dropped(store: SymbolStore) -> None:
    store.add([(HEAD + FUNC + FILE).encode()])

    added = store.add([(HEAD + PUBLIC + CFI).encode(), b"oops\n"], drop_bad_lines=True)

    assert (added.change, added.facts.dropped) == (Change.JOINED, 1)
    assert added.facts.first_dropped == "line 5: unknown record: 'oops'"
