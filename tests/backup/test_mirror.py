"""Copies of crash store and symbols: they grow by what is new, and damage does not reach them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from socorro.backup import mirror
from socorro.backup.manifest import BadBackup
from socorro.crashstore.filesystem import FilesystemStore
from tests.builders import make_crash

Run = Callable[..., Result]


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def root(machine: Path) -> Path:
    return machine / "crashstore"


def put(root: Path) -> Path:
    crash = make_crash()
    FilesystemStore(root).put_raw(crash, {"upload_file_minidump": b"MDMP"})
    [path] = root.glob(f"crashes/*/*/{crash.crash_id}.zip")
    return path


def test_a_second_copy_has_only_what_is_new(root: Path, parent: Path) -> None:
    first = mirror.mirror_store(root, parent, delete=False)
    path = put(root)
    second = mirror.mirror_store(root, parent, delete=False)

    copy = parent / "store" / path.relative_to(root)
    assert (first.new, second.new) == (first.files, 2)  # the crash, and the counter of its day
    assert copy.read_bytes() == path.read_bytes()
    assert copy.stat().st_mtime_ns == path.stat().st_mtime_ns


def test_damage_of_the_store_does_not_reach_the_copy(root: Path, parent: Path) -> None:
    path = put(root)
    mirror.mirror_store(root, parent, delete=False)
    whole = path.read_bytes()
    path.write_bytes(b"")

    mirror.mirror_store(root, parent, delete=False)

    assert (parent / "store" / path.relative_to(root)).read_bytes() == whole


def test_a_torn_copy_is_made_again(root: Path, parent: Path) -> None:
    path = put(root)
    mirror.mirror_store(root, parent, delete=False)
    copy = parent / "store" / path.relative_to(root)
    copy.write_bytes(b"")

    mirror.mirror_store(root, parent, delete=False)

    assert copy.read_bytes() == path.read_bytes()


def test_copies_of_removed_crashes_go_only_when_that_is_said(
    run: Run, root: Path, parent: Path
) -> None:
    path = put(root)
    mirror.mirror_store(root, parent, delete=False)
    copy = parent / "store" / path.relative_to(root)
    path.unlink()

    words = ("backup", "create", "--to", str(parent), "--postgres", "none", "--store")
    kept, was_kept = run(*words), copy.exists()
    removed = mirror.mirror_store(root, parent, delete=True)

    assert "1 are not in the source any more" in kept.output
    assert was_kept
    assert (removed.removed, copy.exists()) == (1, False)


def test_a_store_that_lost_most_does_not_empty_its_copy(
    root: Path, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "_FEW", 0)
    mirror.mirror_store(root, parent, delete=False)
    shutil.rmtree(root / "crashes")
    (root / "crashes").mkdir()

    with pytest.raises(BadBackup, match="too many to be right"):
        mirror.mirror_store(root, parent, delete=True)

    assert list((parent / "store").glob("crashes/*/*/*.zip"))


def test_a_store_whose_disk_is_away_is_no_empty_store(run: Run, root: Path, parent: Path) -> None:
    root.rename(root.with_name("away"))
    root.mkdir()

    result = run("backup", "create", "--to", str(parent), "--store")

    assert result.exit_code == 1
    assert "its disk is away" in result.output


def test_a_restored_store_is_away_until_it_is_whole(
    root: Path, parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.mirror_store(root, parent, delete=False)
    target = tmp_path / "new"

    def killed(path: Path, copy: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mirror, "_copy_file", killed)
        with pytest.raises(KeyboardInterrupt):
            mirror.restore_store(parent, target)
    was_away = not (target / "marker").exists()
    mirror.restore_store(parent, target)

    assert was_away
    FilesystemStore(target).check()
    assert mirror.restore_store(parent, target) is None


def test_files_of_something_else_are_not_mixed_with_a_store(
    root: Path, parent: Path, tmp_path: Path
) -> None:
    mirror.mirror_store(root, parent, delete=False)
    used, other = tmp_path / "used", tmp_path / "other"
    used.mkdir()
    (used / "file").touch()
    FilesystemStore.created(other)

    for folder in (used, other):
        with pytest.raises(BadBackup, match="--no-store"):
            mirror.restore_store(parent, folder)
    with pytest.raises(BadBackup, match="copy of another crash store"):
        mirror.mirror_store(other, parent, delete=False)


def test_symbols_come_back_with_their_times_of_use(run: Run, machine: Path, parent: Path) -> None:
    module = machine / "symbols" / "a.pdb" / ("0" * 33)
    module.mkdir(parents=True)
    (module / "a.sym").write_text("MODULE")
    (machine / "symbols" / ".incoming").mkdir()
    used = module.stat().st_mtime_ns
    run("backup", "create", "--to", str(parent), "--postgres", "none", "--symbols")
    shutil.rmtree(machine / "symbols")

    result = run("backup", "restore", str(parent), "--no-database")

    assert result.exit_code == 0, result.output
    assert (module / "a.sym").read_text() == "MODULE"
    assert module.stat().st_mtime_ns == used
    assert not (machine / "symbols" / ".incoming").exists()
