"""The crash store in a folder: failures that only a folder has; the rest is in tests/contract."""

import errno
import os
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socorro.crash import MAIN_DUMP
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import DamagedCrash, StoreUnavailable
from tests.builders import NOON, make_crash

DUMP = {MAIN_DUMP: b"MDMP"}
DAY = NOON.replace(hour=0)
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def file_of(root: Path, crash_id: CrashId) -> Path:
    [path] = root.glob(f"crashes/*/*/{crash_id}.zip")
    return path


def test_a_crash_is_one_file_that_any_unzip_opens(tmp_path: Path) -> None:
    raw = make_crash()

    FilesystemStore.created(tmp_path).put_raw(raw, {**DUMP, "../evil": b"x"})

    with zipfile.ZipFile(file_of(tmp_path, raw.crash_id)) as archive:
        assert archive.namelist() == [
            "raw_crash.json",
            "upload_file_minidump.dmp",
            "..%2Fevil.dmp",
        ]
        assert archive.read("raw_crash.json") == raw.to_json()


def test_a_copy_that_lost_its_times_lists_the_same(tmp_path: Path) -> None:
    store = FilesystemStore.created(tmp_path)
    crashes = [make_crash(NOON + n * SECOND) for n in range(3)]
    for raw in crashes:
        store.put_raw(raw, DUMP)

    for n, raw in enumerate(crashes):
        copied_at = (NOON + 40 * ONE_DAY - n * SECOND).timestamp()
        os.utime(file_of(tmp_path, raw.crash_id), (copied_at, copied_at))

    ids = [raw.crash_id for raw in crashes]
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == ids
    assert [entry.crash_id for entry in store.waiting()] == ids


def test_a_copy_made_on_the_same_day_still_waits(tmp_path: Path) -> None:
    raw = make_crash(NOON)
    later = datetime.now(UTC).timestamp() + 99 * ONE_DAY.total_seconds()
    store = FilesystemStore.created(tmp_path, now=lambda: later)
    store.put_raw(raw, DUMP)

    os.utime(file_of(tmp_path, raw.crash_id), (NOON.timestamp() + 60, NOON.timestamp() + 60))

    assert list(store.waiting()) == [(raw.crash_id, NOON)]


def test_a_damaged_file_is_a_crash_that_is_damaged_and_still_listed(tmp_path: Path) -> None:
    raw, sound = make_crash(NOON), make_crash(NOON + SECOND)
    store = FilesystemStore.created(tmp_path)
    for crash in (raw, sound):
        store.put_raw(crash, DUMP)

    file_of(tmp_path, raw.crash_id).write_bytes(b"not a zip file")

    with pytest.raises(DamagedCrash, match="not a whole archive"):
        store.get_raw(raw.crash_id)
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == [raw.crash_id, sound.crash_id]


def test_a_full_disk_leaves_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FilesystemStore.created(tmp_path)
    raw = make_crash(NOON)

    def no_room(_handle: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", no_room)
        with pytest.raises(StoreUnavailable, match="No space left"):
            store.put_raw(raw, DUMP)
        with pytest.raises(StoreUnavailable, match="No space left"):
            store.check()

    assert list((tmp_path / "drafts").iterdir()) == []
    assert store.put_raw(raw, DUMP)


def test_drafts_of_puts_that_never_ended_are_swept_when_the_store_is_opened(
    tmp_path: Path,
) -> None:
    FilesystemStore.created(tmp_path)
    draft = tmp_path / "drafts/0123"
    draft.write_bytes(b"half a crash")

    FilesystemStore.created(tmp_path)
    is_kept = draft.exists()
    later = datetime.now(UTC).timestamp() + 26 * 3600
    FilesystemStore.created(tmp_path, now=lambda: later)

    assert is_kept
    assert not draft.exists()


def test_folders_of_the_index_go_when_empty_and_come_back(tmp_path: Path) -> None:
    old, late = make_crash(NOON), make_crash(NOON + SECOND)
    store = FilesystemStore.created(tmp_path, now=lambda: (NOON + 9 * ONE_DAY).timestamp())
    store.put_raw(old, DUMP)

    store.forget_waiting(list(store.waiting()))
    is_empty = list(store.waiting()) == []
    folders = list((tmp_path / "waiting").iterdir())
    store.put_raw(late, DUMP)

    assert is_empty
    assert folders == []
    assert list(store.waiting()) == [(late.crash_id, NOON + SECOND)]


def test_deleting_all_crashes_of_a_day_leaves_no_folders(tmp_path: Path) -> None:
    store = FilesystemStore.created(tmp_path)
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)

    store.delete(raw.crash_id)

    assert list((tmp_path / "crashes").iterdir()) == []
    assert store.put_raw(raw, DUMP)


def test_puts_of_a_past_day_never_lose_their_folder_to_the_sweep(tmp_path: Path) -> None:
    long_after = (NOON + 3 * ONE_DAY).timestamp()
    store = FilesystemStore.created(tmp_path, now=lambda: long_after)
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            store.forget_waiting(list(store.waiting()))

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        new = [store.put_raw(make_crash(NOON + n * SECOND), DUMP) for n in range(300)]
    finally:
        stop.set()
        sweeper.join()

    assert all(new)
    assert len(list(store.submitted(DAY, DAY + ONE_DAY))) == 300
