"""One cell, one set of columns: what a file may hold."""

import pytest

from socorro import fields
from socorro.extracts.columns import COLUMNS, HEADER, cell, description, protected

NAMES = [column.name for column in COLUMNS]


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
        ("c1\x9b31m\x80", "c131m"),
        ("txt.\u202eexe\u2066\u200b\ufeff", "txt.exe"),
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


def test_numbers_are_left_alone() -> None:
    assert cell("-5", is_number=True) == "-5"


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


def test_the_description_says_which_columns_are_removed() -> None:
    rows = [row.split("\t") for row in description(protected()).splitlines()]

    assert len(rows) == len(COLUMNS) + 1
    assert {row[1] for row in rows if row[4] == "removed"} == {"url", "user_comments", "email"}
