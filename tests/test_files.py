"""Writing whole files (socorro/files.py)."""

import os
from pathlib import Path

import pytest

from socorro.files import replacing, write_whole


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_whole_with_its_mode(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "answer.json"
    path.write_text("old")

    write_whole(path, "néw", 0o640, durable=durable)

    assert path.read_text() == "néw"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["answer.json"]


def test_readers_see_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text("old")

    with replacing(path) as file:
        file.write(b"half")
        file.flush()
        assert path.read_text() == "old"
        file.write(b" and half")

    assert path.read_text() == "half and half"


def test_when_writing_fails_the_old_file_stays_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text("old")

    with pytest.raises(TypeError), replacing(path) as file:
        file.write("text where bytes belong")  # type: ignore[arg-type]

    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["answer.json"]


def test_file_and_name_are_synced_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    sync = os.fsync

    def record(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        sync(handle)

    monkeypatch.setattr(os, "fsync", record)

    write_whole(tmp_path / "answer.json", b"new")
    write_whole(tmp_path / "cache.json", b"new", durable=False)

    assert len(synced) == 2
    assert synced[0].startswith(".answer.json.")
    assert synced[1] == tmp_path.name
