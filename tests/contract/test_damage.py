"""Damage of one crash belongs to that crash: one error, and all others are listed and read."""

import gzip
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from socorro import quick_json
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore, DamagedCrash, StoreUnavailable
from tests.builders import NOON, make_crash
from tests.faults import broken_files

DUMP = {MAIN_DUMP: b"MDMP" + bytes(9000)}
DAY = NOON.replace(hour=0)
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PROCESSED = {"signature": "x" * 5000}

NAMES_ARE_WHOLE = ("bad-member", "bad-sum", "encrypted", "unknown-method", "no-raw-crash")
ARCHIVES = pytest.mark.parametrize("kind", broken_files.ARCHIVES)
PROCESSED_FILES = pytest.mark.parametrize(
    "kind", [kind for kind in broken_files.PROCESSED if kind not in ("missing", "json-types")]
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "crashstore"


@pytest.fixture
def files(root: Path) -> FilesystemStore:
    return FilesystemStore.created(root)


def path_of(root: Path, crash_id: CrashId, suffix: str = ".zip") -> Path:
    [path] = root.glob(f"crashes/*/*/{crash_id}{suffix}")
    return path


def three(store: CrashStore) -> tuple[RawCrash, RawCrash, RawCrash]:
    """Put three crashes; the second one is to be damaged."""
    first, bad, last = (make_crash(NOON + n * SECOND) for n in range(3))
    for raw in (first, bad, last):
        store.put_raw(raw, DUMP)
        store.put_processed(raw.crash_id, PROCESSED)
    return first, bad, last


def readings(store: CrashStore, crash_id: CrashId) -> dict[str, Callable[[], object]]:
    return {
        "get_raw": lambda: store.get_raw(crash_id),
        "dump_names": lambda: store.dump_names(crash_id),
        "get_dump": lambda: store.get_dump(crash_id, MAIN_DUMP),
        "get_crash": lambda: store.get_crash(crash_id, lambda names: names),
    }


def is_whole(kind: str, reading: str) -> bool:
    """Return whether a reading needs nothing of what is damaged."""
    if reading == "dump_names":
        return kind in NAMES_ARE_WHOLE or kind.startswith("json-")
    return reading == "get_dump" and (kind == "no-raw-crash" or kind.startswith("json-"))


@ARCHIVES
def test_a_damaged_archive_is_one_error_and_no_outage(
    files: FilesystemStore, root: Path, kind: str
) -> None:
    first, bad, last = three(files)
    broken_files.ARCHIVES[kind](path_of(root, bad.crash_id))

    for name, read in readings(files, bad.crash_id).items():
        if is_whole(kind, name):
            read()
            continue
        with pytest.raises(DamagedCrash) as damage:
            read()
        assert damage.value.crash_id == bad.crash_id
        assert damage.value.reason.startswith("archive: ")
        assert "MDMP" not in str(damage.value)

    for sound in (first, last):
        for read in readings(files, sound.crash_id).values():
            read()
    files.check()


@ARCHIVES
@pytest.mark.parametrize("is_time_lost", [False, True])
def test_a_damaged_archive_is_listed_and_waits_as_before(
    files: FilesystemStore, root: Path, kind: str, is_time_lost: bool
) -> None:
    crashes = three(files)
    path = path_of(root, crashes[1].crash_id)
    broken_files.ARCHIVES[kind](path)
    if is_time_lost:
        os.utime(path, (0, 0), follow_symlinks=False)

    ids = {raw.crash_id for raw in crashes}
    assert set(files.submitted(DAY, DAY + ONE_DAY)) == ids
    assert list(files.unprocessed(DAY, DAY + ONE_DAY)) == []
    assert {entry.crash_id for entry in files.waiting()} == ids
    files.forget_waiting(list(files.waiting()))
    assert list(files.waiting()) == []


@ARCHIVES
def test_a_damaged_crash_stays_and_goes_like_others(
    files: FilesystemStore, root: Path, kind: str
) -> None:
    _, bad, _ = three(files)
    broken_files.ARCHIVES[kind](path_of(root, bad.crash_id))

    assert files.put_raw(bad, DUMP) is False
    files.delete(bad.crash_id)

    assert bad.crash_id not in set(files.submitted(DAY, DAY + ONE_DAY))
    assert files.put_raw(bad, DUMP) is True
    assert files.get_dump(bad.crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]


@PROCESSED_FILES
def test_a_damaged_processed_file_is_one_error_and_is_replaced(
    files: FilesystemStore, root: Path, kind: str
) -> None:
    first, bad, _ = three(files)
    broken_files.PROCESSED[kind](path_of(root, bad.crash_id, ".json.gz"))

    with pytest.raises(DamagedCrash) as damage:
        files.get_processed(bad.crash_id)
    assert damage.value.reason.startswith("processed file: ")
    assert files.get_processed(first.crash_id) == PROCESSED
    assert files.get_raw(bad.crash_id) == bad
    if kind == "folder":
        with pytest.raises(DamagedCrash, match="processed file: Is a directory"):
            files.put_processed(bad.crash_id, PROCESSED)
        return
    files.put_processed(bad.crash_id, PROCESSED)
    assert files.get_processed(bad.crash_id) == PROCESSED


def test_an_unreadable_archive_of_a_store_that_fails_is_an_outage(
    files: FilesystemStore, root: Path
) -> None:
    _, bad, _ = three(files)
    broken_files.loop(path_of(root, bad.crash_id))
    (root / "drafts").rmdir()

    with pytest.raises(StoreUnavailable):
        files.get_raw(bad.crash_id)


def test_an_error_of_the_chooser_is_no_damage(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)

    def choose(_names: list[str]) -> list[str]:
        raise ValueError("no dump suits")

    with pytest.raises(ValueError, match="no dump suits"):
        store.get_crash(raw.crash_id, choose)


def test_names_that_are_not_ours_are_passed_over(files: FilesystemStore, root: Path) -> None:
    crashes = three(files)
    folder = path_of(root, crashes[0].crash_id).parent
    (folder / "notes.zip").touch()
    (folder.parent / "a file").touch()
    (root / "crashes" / folder.parent.name.replace(folder.parent.name, "261123.txt")).touch()
    [day] = (root / "waiting").iterdir()
    (day / "notes").touch()
    (root / "counters/261123").write_text("12\nxxxx\n1200\n")

    ids = [raw.crash_id for raw in crashes]
    assert list(files.submitted(DAY, DAY + ONE_DAY)) == ids
    assert [entry.crash_id for entry in files.waiting()] == ids
    assert sum(files.counters("minute", DAY, DAY + ONE_DAY).values()) == 1


def test_a_processed_file_that_is_no_object_is_damaged(files: FilesystemStore, root: Path) -> None:
    _, bad, _ = three(files)
    path_of(root, bad.crash_id, ".json.gz").write_bytes(gzip.compress(quick_json.dumps(3)))

    with pytest.raises(DamagedCrash, match="its JSON is not that of a crash"):
        files.get_processed(bad.crash_id)
