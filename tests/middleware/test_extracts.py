"""Extracts by REST: the list of what a caller may download from the pages."""

from pathlib import Path

import pytest

from socorro.accounts.permissions import VIEW_PRIVATE_EXTRACTS
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.middleware.resources import Rest

NOWHERE = Database("host=127.0.0.1 port=1 dbname=nothing")  # the list needs no database


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two days for all, the later one with Parquet and a private one; another is being written."""
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    for name in (
        "public/20261122-pub-crashdata.csv.gz",
        "public/20261123-pub-crashdata.csv.gz",
        "public/20261123-pub-crashdata.parquet",
        "private/20261123-crashdata.csv.gz",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
        (tmp_path / f"{name}.sha256").write_text(f"0000  {name}\n")
    (tmp_path / "public" / "20261124-pub-crashdata.csv.gz").write_bytes(b"half")
    return tmp_path


def test_everybody_has_the_list_of_public_extracts(folder: Path, store: CrashStore) -> None:
    answer = Rest(NOWHERE, store).get("Extracts").json()

    assert answer["total"] == 2
    latest, before = answer["hits"]
    assert latest == {
        "day": "2026-11-23",
        "product": "firefox",
        "audience": "public",
        "bytes": 5,
        "rows": None,  # its Parquet file is none
        "csv": "/extracts/public/20261123-pub-crashdata.csv.gz",
        "checksum": "/extracts/public/20261123-pub-crashdata.csv.gz.sha256",
        "columns": "/extracts/public/20261123-pub-crashdata.columns.tsv",
        "parquet": "/extracts/public/20261123-pub-crashdata.parquet",
    }
    assert (before["day"], before["parquet"]) == ("2026-11-22", None)


def test_private_extracts_need_the_permission(folder: Path, store: CrashStore) -> None:
    answer = Rest(NOWHERE, store, VIEW_PRIVATE_EXTRACTS).get("Extracts").json()

    assert {hit["csv"] for hit in answer["hits"] if hit["audience"] == "private"} == {
        "/extracts/private/20261123-crashdata.csv.gz"
    }


def test_without_a_folder_of_extracts_the_list_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: CrashStore
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path / "none"))

    assert Rest(NOWHERE, store).get("Extracts").json() == {"hits": [], "total": 0}
