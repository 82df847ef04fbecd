"""The Parquet file of an extract: the same rows as the CSV file, with types."""

import gzip
import hashlib
import re
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from cli.fakedata import history
from cli.fakedata.world import World
from socorro.extracts import folder, parquet
from socorro.extracts.columns import COLUMNS, value_of
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.write import write
from socorro.postgres import Database
from tests.export.conftest import DAY, NOON, add_report, crash_id

CHECKOUT = Path(__file__).parent.parent.parent
NAMES = [column.name for column in COLUMNS]
HOSTILE = [
    "=1+1", "'=1", "''=1", "'plain", "'", "\\N", "'\\N", "", " ", '"quoted"', 'a"b', "\ttab\t",
    "line\nbreak", "\r\n", "C:\\notes", "\\t", "＝1", " =1", "-5", "ß İ 🦊", "a,b;c|d",  # noqa: RUF001
]  # fmt: skip


def _both(database: Database, to: Path, product: str = "Firefox") -> tuple[Path, Path]:
    extracts = write(database, to, DAY, product, ("private", "public"), "https://c.example/")
    private, public = (extract.path for extract in extracts)
    return private, public


def _rows(path: Path) -> list[dict[str, object]]:
    read = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [name for name, *_ in read.description or ()]
    return [dict(zip(names, row, strict=True)) for row in read.fetchall()]


def _values(line: str) -> dict[str, object]:
    """A line of the CSV file as the documentation says that Parquet has it."""
    values: dict[str, object] = {}
    for column, cell in zip(COLUMNS, line.split("\t"), strict=True):
        text = value_of(cell)
        if text is not None and column.is_number:
            values[column.name] = int(text)
        elif text is not None and column.name in parquet.TIMES:
            values[column.name] = datetime.strptime(text, "%Y%m%d%H%M")  # noqa: DTZ007
        else:
            values[column.name] = text
    return values


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", newline="\n") as file:
        return [line.removesuffix("\n") for line in file][1:]


def test_it_has_the_rows_of_the_csv_file_with_types(database: Database, tmp_path: Path) -> None:
    history.load(database, World(5, DAY, DAY, 800))

    for extract in _both(database, tmp_path):
        rows = _rows(folder.parquet(extract))
        assert rows == [_values(line) for line in _lines(extract)]
        assert len(rows) > 400
        assert isinstance(rows[0]["date_processed"], datetime)
        assert any(isinstance(row["uptime_seconds"], int) for row in rows)


def test_texts_come_back_as_they_were(reports: Database, tmp_path: Path) -> None:
    with reports.transaction() as db:
        for number, text in enumerate(HOSTILE, 1):
            add_report(db, number, {"user_comments": text}, app_notes=text, signature=f"s{number}",
                       at=NOON + timedelta(minutes=number))  # fmt: skip

    private, public = _both(reports, tmp_path)

    for row, line, text in zip(
        _rows(folder.parquet(private)), _lines(private), HOSTILE, strict=True
    ):
        assert row == _values(line)
        if not re.search("[\t\r\n]", text):
            assert (row["app_notes"], row["user_comments"]) == (text, text)
    assert {row["user_comments"] for row in _rows(folder.parquet(public))} == {""}


def test_the_public_file_has_nothing_protected(reports: Database, tmp_path: Path) -> None:
    secrets = {"url": "https://secret.example/", "email": "secret@b.example"}
    with reports.transaction() as db:
        add_report(db, 1, {**secrets, "user_comments": "my secret"})

    private, public = _both(reports, tmp_path)

    [row] = _rows(folder.parquet(public))
    assert "secret" not in str(row)
    assert row["url"] == "URL (removed)"
    assert "secret" in str(_rows(folder.parquet(private)))


def test_checksum_and_mode_are_those_of_the_csv_file(reports: Database, tmp_path: Path) -> None:
    private, public = _both(reports, tmp_path)

    for extract in (private, public):
        file = folder.parquet(extract)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert folder.checksum(file).read_text() == f"{digest}  {file.name}\n"
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(extract.stat().st_mode)
        assert [column["column_name"] for column in _described(file)] == NAMES
        assert _rows(file) == []


def _described(file: Path) -> list[dict[str, object]]:
    read = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)])
    names = [name for name, *_ in read.description or ()]
    return [dict(zip(names, row, strict=True)) for row in read.fetchall()]


def test_a_parquet_file_that_fails_leaves_no_draft_and_no_complete_extract(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reports.transaction() as db:
        add_report(db, 1, app_notes="x" * 9_000)
    monkeypatch.setattr(parquet, "LONGEST_LINE", 100)

    with pytest.raises(duckdb.Error, match="Maximum line size"):
        _both(reports, tmp_path)

    assert folder.extracts(tmp_path, "private") == []
    assert [path for path in tmp_path.rglob("*") if "parquet" in path.name] == []


def test_old_ones_are_swept_with_their_extract(tmp_path: Path) -> None:
    config = ExtractsConfig(folder=tmp_path, public_weeks=2, private_weeks=1)
    extract = folder.path(tmp_path, date(2026, 11, 1), "Firefox", "public")
    folder.prepare(extract.parent)
    files = [folder.parquet(extract), folder.checksum(folder.parquet(extract))]
    for file in files:
        file.touch()

    assert folder.sweep(config, date(2026, 11, 24)) == files


def test_the_one_liner_of_the_page_runs(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reports.transaction() as db:
        add_report(db, 1, signature="quill::Flush")
        add_report(db, 2, signature="quill::Flush", at=datetime(2026, 11, 23, 13, tzinfo=UTC))
    (tmp_path / "var").mkdir()
    _both(reports, tmp_path / "var/extracts")
    page = (CHECKOUT / "docs/extracts.md").read_text()
    [statement] = re.findall(r'^duckdb\.sql\("""(.*?)"""\)', page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)

    assert duckdb.sql(statement).fetchall() == [("quill::Flush", 2)]
    assert crash_id(1) in str(
        _rows(tmp_path / "var/extracts/public/20261123-pub-crashdata.parquet")
    )
