"""One sync for all who wait, and nobody told "safe" who is not."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from socorro.spool.group_commit import GroupCommit, NoSync, SyncFiles, SyncFilesystem

FOLLOWERS = 5


class Gate:
    """Settles when told to; notes what was settled together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.error: BaseException | None = None

    def settle(self, items: Sequence[int]) -> None:
        self.batches.append(list(items))
        self.began.set()
        assert self.go_on.wait(30)
        if self.error:
            raise self.error


class Committer(threading.Thread):
    """Commits one item; keeps the outcome."""

    def __init__(self, group: GroupCommit[int], item: int) -> None:
        super().__init__(daemon=True)
        self.group, self.item = group, item
        self.outcome: object = "nothing yet"
        self.start()

    def run(self) -> None:
        try:
            self.group.commit(self.item)
        except Exception as error:
            self.outcome = error
        else:
            self.outcome = "safe"


class Counted(GroupCommit[int]):
    """Knows how many have handed in."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.settle)

    def wait_until_gathered(self, count: int) -> None:
        with self._changed:
            while len(self._gathering) < count:
                self._changed.wait(0.01)


def lead_and_follow(gate: Gate) -> list[Committer]:
    """One whose settling is held up, and some who come meanwhile."""
    group = Counted(gate)
    leader = Committer(group, 0)
    assert gate.began.wait(30)
    followers = [Committer(group, number) for number in range(1, FOLLOWERS + 1)]
    group.wait_until_gathered(FOLLOWERS)
    return [leader, *followers]


def test_all_who_wait_share_the_next_sync() -> None:
    gate = Gate()
    threads = lead_and_follow(gate)

    gate.go_on.set()
    for thread in threads:
        thread.join(30)

    assert [sorted(batch) for batch in gate.batches] == [[0], [1, 2, 3, 4, 5]]
    assert {thread.outcome for thread in threads} == {"safe"}


def test_nobody_is_told_safe_before_a_sync_that_began_after_he_came() -> None:
    gate = Gate()

    threads = lead_and_follow(gate)

    assert {thread.outcome for thread in threads} == {"nothing yet"}
    gate.go_on.set()
    for thread in threads:
        thread.join(30)


def test_an_error_of_the_leader_is_the_error_of_all_who_followed_him() -> None:
    gate = Gate()
    threads = lead_and_follow(gate)

    gate.error = OSError(5, "Input/output error")
    gate.go_on.set()
    for thread in threads:
        thread.join(30)

    assert all(thread.outcome is gate.error for thread in threads)


def test_after_an_error_the_next_commit_is_tried_anew() -> None:
    gate = Gate()
    gate.go_on.set()
    group = GroupCommit(gate.settle)
    gate.error = OSError(5, "Input/output error")
    with pytest.raises(OSError, match="Input"):
        group.commit(1)

    gate.error = None
    group.commit(2)

    assert gate.batches == [[1], [2]]


@pytest.mark.parametrize("kind", [SyncFiles, NoSync, SyncFilesystem])
def test_every_sync_takes_files_and_folders(tmp_path: Path, kind: type) -> None:
    sync = kind(tmp_path) if kind is SyncFilesystem else kind()
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)

    sync.mounted()
    sync.files([descriptor])
    sync.batch([tmp_path, tmp_path / "file", tmp_path / "gone"])

    os.close(descriptor)


def test_a_file_system_that_cannot_be_synced_is_an_error(tmp_path: Path) -> None:
    sync = SyncFilesystem(tmp_path)
    sync.mounted()
    os.close(sync._descriptor)

    with pytest.raises(OSError, match="Bad file descriptor"):
        sync.batch([])


def test_a_file_system_is_not_synced_before_it_was_opened(tmp_path: Path) -> None:
    sync = SyncFilesystem(tmp_path)

    with pytest.raises(OSError, match="Bad file descriptor"):
        sync.batch([])


def test_what_is_mounted_later_is_synced_in_place_of_what_was(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    sync = SyncFilesystem(tmp_path / "spool")
    sync.mounted()
    (tmp_path / "spool").rename(tmp_path / "old")
    (tmp_path / "spool").mkdir()

    sync.mounted()

    assert os.path.samestat(os.fstat(sync._descriptor), (tmp_path / "spool").stat())
    sync.batch([])


def test_whoever_hands_in_is_called_back_after_the_sync_with_its_error() -> None:
    gate = Gate()
    group = GroupCommit(gate.settle)
    outcomes: list[BaseException | None] = []
    called = threading.Event()

    def settled(error: BaseException | None) -> None:
        outcomes.append(error)
        called.set()

    group.submit(1, settled)
    assert gate.began.wait(30)
    assert outcomes == []
    gate.error = OSError(5, "Input/output error")
    gate.go_on.set()

    assert called.wait(30)
    assert outcomes == [gate.error]


def test_a_callback_that_fails_is_not_the_error_of_others() -> None:
    gate = Gate()
    gate.go_on.set()
    group = GroupCommit(gate.settle)

    def fails(_error: BaseException | None) -> None:
        raise ValueError

    group.submit(1, fails)
    group.commit(2)
