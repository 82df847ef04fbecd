"""Many rows at a time become the lines that each of them becomes alone, cell by cell."""

import csv
import io
from collections.abc import Sequence

import hypothesis
import pytest
from hypothesis import strategies as st

from socorro.extracts.columns import COLUMNS, NULL, cell, protected, value_of
from socorro.extracts.lines import lines, masked

NAMES = [column.name for column in COLUMNS]
NUMBER = NAMES.index("last_crash")
Row = Sequence[str | None]

# Characters that are written differently, or look like such, and their neighbours.
HOSTILE = st.sampled_from(
    [
        *"=+-@\"' N\\\t\n\r\v\b\f|ax0é＝\u00a0\u0085\u2028\x01\x1c\x7f\x9b\u202e",  # noqa: RUF001
        "\\N",
        "'\\N",
        " | ",
        "日本",
    ]
)
ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
TEXT = st.lists(HOSTILE, max_size=6).map("".join) | ANY
CELL = st.none() | TEXT
PLACES = st.dictionaries(st.integers(0, len(COLUMNS) - 1), st.sampled_from([b"", b"URL (removed)"]))


def copied(*rows: Row) -> bytes:
    """Rows as COPY writes them; what is not given of a row is empty."""
    escapes = str.maketrans(
        {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\v": "\\v", "\b": "\\b", "\f": "\\f"}
    )
    table = [["\\N" if c is None else c.translate(escapes) for c in whole(row)] for row in rows]
    return "".join("\t".join(cells) + "\n" for cells in table).encode()


def whole(row: Row) -> Row:
    return [*row, *[""] * (len(COLUMNS) - len(row))]


def plainly(row: Row) -> str:
    """The line of a row by definition: each cell alone."""
    cells = zip(whole(row), COLUMNS, strict=True)
    return "\t".join(NULL if c is None else cell(c, column.is_number) for c, column in cells) + "\n"


def row_of(cells: Sequence[str | None], number: int | None, last: str | None) -> Row:
    """Texts in the first and the last column and in some between, and a number in its column."""
    row = whole(cells[:NUMBER])
    return [*row[:NUMBER], None if number is None else str(number), *row[NUMBER + 1 : -1], last]


ROW = st.builds(row_of, st.lists(CELL, max_size=NUMBER), st.none() | st.integers(-9, 9), CELL)


@hypothesis.given(st.lists(ROW, max_size=4))
def test_a_block_of_rows_is_the_lines_of_each_of_them(rows: list[Row]) -> None:
    assert lines(copied(*rows)).decode() == "".join(map(plainly, rows))


@hypothesis.given(st.lists(ROW, max_size=4), PLACES)
def test_what_is_protected_is_covered_in_each_line_and_nothing_else(
    rows: list[Row], blanks: dict[int, bytes]
) -> None:
    written = lines(copied(*rows))

    shown = masked(written, blanks)

    before = [line.split(b"\t") for line in written[:-1].split(b"\n") if written]
    after = [line.split(b"\t") for line in shown[:-1].split(b"\n") if shown]
    for old, new in zip(before, after, strict=True):
        assert new == [blanks.get(place, value) for place, value in enumerate(old)]


@hypothesis.given(TEXT)
def test_any_text_stays_in_its_cell_and_comes_back(value: str) -> None:
    written = lines(copied(["before", value, value, value])).decode()

    assert written.count("\t") == len(COLUMNS) - 1
    assert written.splitlines() == [written[:-1]]
    first = written.split("\t")[1]
    assert first[:1] not in tuple('=+-@"')
    assert value_of(first) == value_of(cell(value))
    plain = value.isprintable() and not value.startswith("'")
    assert not plain or value_of(first) == value


@pytest.mark.parametrize("text", ["C:\\Temp\\new", "für", "one\r\ntwo", "=1+1", "bell\x07", "\\N"])
def test_a_rewritten_cell_leaves_its_neighbours_alone(text: str) -> None:
    row = ["a\\b", text, None, "=x", text]

    assert lines(copied(["x"], row, row, ["-1"])).decode() == "".join(
        map(plainly, [["x"], row, row, ["-1"]])
    )


def test_null_and_the_text_that_looks_like_it_are_written_differently() -> None:
    written = lines(copied([None, "\\N"])).decode().split("\t")

    assert written[:2] == ["\\N", "'\\N"]
    assert [value_of(text) for text in written[:2]] == [None, "\\N"]


def test_a_negative_number_is_no_formula_but_a_text_like_it_is() -> None:
    row = ["-5", *[""] * (NUMBER - 1), "-5"]

    written = lines(copied(row)).decode().split("\t")

    assert (written[0], written[NUMBER]) == ("'-5", "-5")


def test_excels_reader_sees_as_many_cells_as_were_written() -> None:
    hostile = lines(copied(['"quoted', 'in "the" middle', '""', "'"])).decode()

    [row] = csv.reader(io.StringIO(hostile), dialect="excel-tab")

    assert len(row) == len(COLUMNS)
    assert row[0] == "'\"quoted"


def test_a_masked_line_holds_nothing_of_what_it_covers() -> None:
    shown = masked(copied(["secret"] * len(COLUMNS)), protected()).decode()[:-1].split("\t")

    assert len(shown) == len(COLUMNS)
    assert shown[NAMES.index("url")] == "URL (removed)"
    assert shown[NAMES.index("user_comments")] == shown[NAMES.index("email")] == ""
    assert shown.count("secret") == len(COLUMNS) - 3


def test_no_rows_are_no_lines() -> None:
    assert lines(b"") == masked(b"", protected()) == b""
