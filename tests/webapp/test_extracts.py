"""The page of extracts, and the files it links to."""

import gzip
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.crashstats import extracts

PUBLIC = "20261123-pub-crashdata.csv.gz"
PRIVATE = "20261123-crashdata.csv.gz"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two extracts, whole, and one that is being written."""
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    for below, name in (("public", PUBLIC), ("private", PRIVATE)):
        directory = tmp_path / below
        directory.mkdir()
        (directory / name).write_bytes(gzip.compress(f"signature of {below}\n".encode(), mtime=0))
        (directory / f"{name}.sha256").write_text(f"0000  {name}\n")
        (directory / name.replace(".csv.gz", ".columns.tsv")).write_text("number\tname\n")
    (tmp_path / "public" / "20261124-pub-crashdata.csv.gz").write_bytes(b"half")
    (tmp_path / "secret").write_text("secret")
    return tmp_path


def test_everybody_sees_the_public_extracts_that_are_whole(app: WsgiApp, folder: Path) -> None:
    page = ask(app, "/extracts/")

    assert page.status == 200
    assert f"/extracts/public/{PUBLIC}" in page.text
    assert "20261124" not in page.text
    assert "private" not in page.text


def test_a_file_is_sent_unchanged(app: WsgiApp, folder: Path) -> None:
    answer = ask(app, f"/extracts/public/{PUBLIC}", accept_encoding="gzip")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert gzip.decompress(answer.body) == b"signature of public\n"
    assert ask(app, f"/extracts/public/{PUBLIC}.sha256").text == f"0000  {PUBLIC}\n"


@pytest.mark.parametrize(
    "name",
    [
        f"public/{PRIVATE}", f"public/{PRIVATE}.sha256",
        "public/../secret", "public/..%2Fsecret", "public/.20261123-pub-crashdata.csv.gz.new",
        "public/20261122-pub-crashdata.csv.gz", "secret",
    ],
)  # fmt: skip
def test_nothing_else_is_sent(app: WsgiApp, folder: Path, name: str) -> None:
    assert ask(app, f"/extracts/{name}").status == 404


def test_private_extracts_need_the_permission(
    app: WsgiApp, database: Database, folder: Path
) -> None:
    user(database, "ann", "Hackers Plus")
    user(database, "bob")
    ann, bob, nobody = Visitor(app), Visitor(app), Visitor(app)
    ann.sign_in("ann")
    bob.sign_in("bob")

    assert f"/extracts/private/{PRIVATE}" in ann.get("/extracts/").text
    sent = ann.get(f"/extracts/private/{PRIVATE}")
    assert gzip.decompress(sent.body) == b"signature of private\n"
    assert sent.headers["Cache-Control"] == "private, no-store"
    assert ann.get(f"/extracts/private/{PUBLIC}").status == 404
    assert PRIVATE not in bob.get("/extracts/").text
    assert bob.get(f"/extracts/private/{PRIVATE}").status == 403
    assert nobody.get(f"/extracts/private/{PRIVATE}").status == 302


def test_without_extracts_the_page_says_where_they_come_from(
    app: WsgiApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path / "none"))

    text = ask(app, "/extracts/").text
    assert "No files yet. They are written after midnight UTC" in text
    assert "socorro export" in text


def test_rows_are_those_of_the_parquet_file_and_days_without_a_file_are_named(
    app: WsgiApp, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "today", lambda: date(2026, 11, 26))
    with database.transaction() as db:
        execute(db, "INSERT INTO hours_to_count VALUES ('2026-11-25T07:00Z')")
    parquet = folder / "public" / PUBLIC.replace(".csv.gz", ".parquet")
    with duckdb.connect() as duck:
        duck.execute(f"COPY (SELECT 1 AS a FROM range(1234)) TO '{parquet}' (FORMAT parquet)")
    without_checksum = rows(ask(app, "/extracts/").text)
    parquet.with_name(f"{parquet.name}.sha256").touch()
    table = rows(ask(app, "/extracts/").text)
    parquet.write_bytes(b"no Parquet file")
    damaged = rows(ask(app, "/extracts/").text)

    assert [row[:2] for row in table] == [
        ["Not counted yet", "2026-11-25"],
        ["Counted, not written yet", "2026-11-24"],
        [f"{PUBLIC}1,234 rows", "2026-11-23"],
    ]
    assert [one[-1][3] for one in (without_checksum, table, damaged)] == [
        "unknown", "1,234", "unknown"
    ]  # fmt: skip


def rows(page: str) -> list[list[str]]:
    """The texts of the cells of each row of the table."""
    lines = re.findall('<tr><th scope="row".*?</tr>', page, re.DOTALL)
    return [
        [re.sub("<.*?>", "", cell) for cell in re.findall("<t[hd].*?</t[hd]>", line)]
        for line in lines
    ]
