"""What `socorro run` creates: spool and crash store of a new home, and nothing in an old one."""

from pathlib import Path

import pytest

from cli.local import first_start, home
from socorro import marker
from socorro.crashstore.interface import StoreUnavailable
from socorro.spool.spool import SpoolUnavailable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home before its first start."""
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOCORRO_COLLECTOR_SECRET_FILE", str(tmp_path / "home/secret"))
    return tmp_path / "home"


def start(folder: Path) -> list[str]:
    """Do what a start does before the services start; return what is said."""
    home.prepare(folder)
    messages = list(first_start.folders(folder))
    first_start.tables(folder, f"file://{folder}/crashstore", own=False)
    home.note_created(folder)
    return messages


def test_the_first_start_creates_spool_and_store(folder: Path) -> None:
    assert start(folder) == []

    assert (folder / "spool" / marker.NAME).is_file()
    assert (folder / "crashstore" / marker.NAME).is_file()
    assert start(folder) == []


def test_a_first_start_that_was_killed_is_repeated(folder: Path) -> None:
    home.prepare(folder)
    assert home.is_new(folder)

    assert start(folder) == []

    assert not home.is_new(folder)
    assert (folder / "crashstore" / marker.NAME).is_file()


@pytest.mark.parametrize(
    ("name", "error"), [("spool", SpoolUnavailable), ("crashstore", StoreUnavailable)]
)
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_later_start_creates_nothing(
    folder: Path, name: str, error: type[Exception], is_empty: bool
) -> None:
    start(folder)
    (folder / name).rename(folder / "unmounted")
    if is_empty:
        (folder / name).mkdir()

    with pytest.raises(error, match=f"no marker in {folder}/{name}"):
        start(folder)

    assert not is_empty or list((folder / name).iterdir()) == []
    assert is_empty or not (folder / name).exists()


def test_folders_of_an_earlier_version_are_adopted_once_and_named(folder: Path) -> None:
    start(folder)
    for path in ("spool/marker", "crashstore/marker", "spool-id", "store-id"):
        (folder / path).unlink()

    messages = start(folder)

    assert len(messages) == 2
    assert all("is of an earlier version" in message for message in messages)
    assert start(folder) == []
    (folder / "crashstore/marker").unlink()
    with pytest.raises(StoreUnavailable):
        start(folder)


def test_a_home_of_an_earlier_version_without_a_store_gets_none(folder: Path) -> None:
    start(folder)
    (folder / "store-id").unlink()
    (folder / "crashstore").rename(folder / "unmounted")

    with pytest.raises(StoreUnavailable):
        start(folder)

    assert not (folder / "crashstore").exists()


def test_tables_are_created_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[str] = []
    opened: list[str] = []

    class Store:
        def adopt_unmarked(self) -> bool:
            raise StoreUnavailable

        def close(self) -> None:
            """Nothing is open."""

    def open_store(url: str, home: Path) -> Store:
        opened.append(url)
        return Store()

    monkeypatch.setattr(first_start, "create_tables", lambda url, _home: created.append(url))
    monkeypatch.setattr(first_start, "open_store", open_store)
    home.prepare(folder)

    for port in (9090, 9091):  # the line's own HBase, on another port later
        first_start.tables(folder, f"hbase://127.0.0.1:{port}", own=True)
    for _ in range(2):  # another's
        first_start.tables(folder, "hbase://10.0.0.7", own=False)
    home.note_created(folder)
    first_start.tables(folder, "hbase://10.0.0.8", own=False)

    assert created == ["hbase://127.0.0.1:9090", "hbase://10.0.0.7"]
    assert opened == ["hbase://127.0.0.1:9091", "hbase://10.0.0.7"]  # they may lack an id
