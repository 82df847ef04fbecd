"""One cell, one line, one set of columns: what a file may hold."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro import fields
from socorro.extracts.columns import (
    COLUMNS,
    HEADER,
    cell,
    description,
    line,
    masked,
    protected,
    value_of,
)

NAMES = [column.name for column in COLUMNS]


def copied(*cells: str | None) -> bytes:
    """A line of 30 cells as COPY writes it; what is not given is empty."""
    escapes = str.maketrans(
        {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\v": "\\v", "\b": "\\b", "\f": "\\f"}
    )
    whole = [*cells, *[""] * (len(COLUMNS) - len(cells))]
    return ("\t".join("\\N" if c is None else c.translate(escapes) for c in whole) + "\n").encode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("quill::Flush", "quill::Flush"),
        ("", ""),
        ("one\ntwo", "one | two"),
        ("one\r\ntwo\r", "one | two"),
        ("a\tb", "a b"),
        ("page\fbreak\vand\u2028line", "page | break | and | line"),
        ("bell\x07and\x1b[31m", "belland[31m"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("@0x0 | quill", "'@0x0 | quill"),
        ("\t=1+1", "' =1+1"),
        ("  =1+1", "'  =1+1"),
        ('"=1+1', "'\"=1+1"),
        ("'=1+1", "''=1+1"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001
        ("\\N", "'\\N"),
        ("C:\\Temp\\new", "C:\\Temp\\new"),
        ("a=b", "a=b"),
        ("für", "für"),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_a_cell_is_one_line_and_no_formula(value: str, written: str) -> None:
    assert cell(value) == written
    assert line(copied(value)).decode().split("\t")[0] == written


def test_numbers_are_left_alone() -> None:
    place = NAMES.index("last_crash")

    assert line(copied(*[""] * place, "-5")).decode().split("\t")[place] == "-5"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_any_text_stays_in_its_cell_and_comes_back(value: str) -> None:
    written = line(copied("before", value, value, value)).decode()

    assert written.count("\t") == len(COLUMNS) - 1
    assert written.splitlines() == [written[:-1]]
    first = written.split("\t")[1]
    assert first[:1] not in tuple('=+-@"')
    assert value_of(first) == value_of(cell(value))
    plain = value.isprintable() and not value.startswith("'")
    assert not plain or value_of(first) == value


def test_null_is_told_from_the_text_that_looks_like_it() -> None:
    written = line(copied(None, "\\N")).decode().split("\t")

    assert written[:2] == ["\\N", "'\\N"]
    assert [value_of(each) for each in written[:2]] == [None, "\\N"]


def test_excels_reader_sees_as_many_cells_as_were_written() -> None:
    hostile = line(copied('"quoted', 'in "the" middle', '""', "'")).decode()

    [row] = csv.reader(io.StringIO(hostile), dialect="excel-tab")

    assert len(row) == len(COLUMNS)
    assert row[0] == "'\"quoted"


def test_there_are_the_thirty_columns_that_analysts_count_on() -> None:
    assert HEADER.decode().split() == [
        "signature", "url", "uuid_url", "client_crash_date", "date_processed", "last_crash",
        "product", "version", "build", "branch", "os_name", "os_version", "cpu_info", "address",
        "bug_list", "user_comments", "uptime_seconds", "email", "adu_count", "topmost_filenames",
        "addons_checked", "flash_version", "hangid", "reason", "process_type", "app_notes",
        "install_age", "duplicate_of", "release_channel", "productid",
    ]  # fmt: skip


def test_every_column_names_a_field_that_is_declared() -> None:
    named = [column.field for column in COLUMNS if column.field]

    assert [name for name in named if fields.field_of("processed_crash", name) is None] == []
    unnamed = {column.name for column in COLUMNS if column.field is None}
    assert unnamed == {"branch", "bug_list", "adu_count", "duplicate_of"}


def test_the_schema_alone_says_what_the_public_file_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {NAMES[place] for place in protected()} == {"url", "user_comments", "email"}

    is_public = fields.is_public
    monkeypatch.setattr(
        fields, "is_public", lambda kind, name: name != "app_notes" and is_public(kind, name)
    )
    assert {NAMES[place] for place in protected()} == {"url", "user_comments", "email", "app_notes"}


def test_a_masked_line_holds_nothing_of_what_it_covers() -> None:
    row = ["secret"] * len(COLUMNS)

    shown = masked(copied(*row), protected()).decode()[:-1].split("\t")

    assert len(shown) == len(COLUMNS)
    assert shown[NAMES.index("url")] == "URL (removed)"
    assert shown[NAMES.index("user_comments")] == shown[NAMES.index("email")] == ""
    assert shown.count("secret") == len(COLUMNS) - 3


def test_the_description_says_which_columns_are_removed() -> None:
    told = [row.split("\t") for row in description(protected()).splitlines()]

    assert len(told) == len(COLUMNS) + 1
    assert {row[1] for row in told if row[4] == "removed"} == {"url", "user_comments", "email"}
