"""The spool: whole or not at all, wherever it is interrupted."""

import errno
import hashlib
import os
import resource
import stat
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from socorro import marker
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.spool import spool as spool_module
from socorro.spool.draft import IN_MEMORY
from socorro.spool.entry import LONGEST_DUMP_NAME
from socorro.spool.group_commit import NoSync
from socorro.spool.spool import ROOM, Entry, Spool, SpoolUnavailable
from tests.builders import NOON, make_crash

DUMPS = {MAIN_DUMP: b"MDMP of the browser", "upload_file_minidump_plugin": b"MDMP of the plugin"}

LARGE = {name: body + b"x" * IN_MEMORY for name, body in DUMPS.items()}  # not kept in memory


class CountingSync(NoSync):
    """Notes what was to be synced; fails or runs something when told to."""

    def __init__(self) -> None:
        self.batches: list[set[Path]] = []
        self.error: OSError | None = None
        self.first: Callable[[], None] = lambda: None

    def batch(self, paths: Iterable[Path]) -> None:
        self.first()
        if self.error:
            raise self.error
        self.batches.append(set(paths))


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool.created(tmp_path / "spool", durable=False, reserve=0)


def post(spool: Spool, raw: RawCrash | None = None, dumps: Mapping[str, bytes] = DUMPS) -> RawCrash:
    """Spool a crash as the collector does."""
    raw = raw or make_crash(dumps=dumps)
    with spool.draft() as draft:
        for name, body in dumps.items():
            writer = draft.dump(name)
            writer.write(body[:4])
            writer.write(body[4:])
            assert (writer.sha256, writer.size) == (hashlib.sha256(body).hexdigest(), len(body))
            writer.close()
        draft.commit(raw)
    return raw


def files(spool: Spool, below: str = "") -> list[str]:
    root = spool.root / below
    present = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return sorted(path for path in present if path != marker.NAME)


def only(spool: Spool) -> Entry:
    [entry] = spool.ready()
    return entry


@pytest.mark.parametrize("dumps", [DUMPS, LARGE])
def test_a_crash_is_read_as_it_was_spooled(spool: Spool, dumps: dict[str, bytes]) -> None:
    raw = post(spool, dumps=dumps)

    entry = only(spool)

    assert entry.crash_id == raw.crash_id
    assert spool.read(entry) == (raw, dumps)
    assert list(spool.ids()) == [raw.crash_id]
    assert files(spool, "incoming") == []


def test_a_crash_lies_in_the_folder_of_its_minute(spool: Spool) -> None:
    post(spool, make_crash(NOON + timedelta(seconds=59), dumps=DUMPS))

    assert only(spool).folder == spool.root / "ready" / "202611231200"


def test_a_crash_without_dumps_is_a_crash(spool: Spool) -> None:
    raw = make_crash(metadata={"dump_checksums": {}})

    post(spool, raw, {})

    assert spool.read(only(spool)) == (raw, {})


def test_the_same_crash_posted_again_is_an_entry_of_its_own(spool: Spool) -> None:
    raw = post(spool)
    first = only(spool)
    post(spool, raw)

    spool.forget(first)

    [second] = spool.ready()
    assert second.nonce != first.nonce
    assert spool.read(second) == (raw, DUMPS)


@pytest.mark.parametrize("size", [0, IN_MEMORY, IN_MEMORY + 1])
def test_what_is_not_committed_leaves_nothing(spool: Spool, size: int) -> None:
    with spool.draft() as draft:
        draft.dump(MAIN_DUMP).write(b"M" * size)
        assert len(files(spool)) == (size > IN_MEMORY)

    assert files(spool) == []


def test_an_error_while_receiving_leaves_nothing(spool: Spool) -> None:
    def broken() -> bytes:
        raise ZeroDivisionError

    with spool.draft() as draft, pytest.raises(ZeroDivisionError):
        draft.dump(MAIN_DUMP).write(broken())

    assert files(spool) == []


def test_a_dump_name_of_the_greatest_length(spool: Spool) -> None:
    dumps = {"x" * LONGEST_DUMP_NAME: b"MDMP"}

    raw = post(spool, dumps=dumps)

    assert spool.read(only(spool)) == (raw, dumps)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a.b", "ä", "x" * (LONGEST_DUMP_NAME + 1)])
def test_a_dump_name_cannot_leave_its_folder(spool: Spool, name: str) -> None:
    with spool.draft() as draft, pytest.raises(ValueError, match="not usable"):
        draft.dump(name)


def test_two_dumps_of_one_name_are_refused(spool: Spool) -> None:
    with spool.draft() as draft:
        draft.dump(MAIN_DUMP)
        with pytest.raises(ValueError, match="used already"):
            draft.dump(MAIN_DUMP)


def test_a_raw_crash_that_forgets_a_dump_is_refused(spool: Spool) -> None:
    with spool.draft() as draft:
        draft.dump(MAIN_DUMP)
        with pytest.raises(ValueError, match="checksums"):
            draft.commit(make_crash(dumps={}, metadata={"dump_checksums": {}}))

    assert files(spool) == []


def test_oldest_come_first_and_no_more_than_asked_for(spool: Spool) -> None:
    later = post(spool, make_crash(NOON + timedelta(minutes=1), dumps=DUMPS))
    raws = [post(spool, make_crash(dumps=DUMPS)) for _ in range(3)]

    crash_ids = [entry.crash_id for entry in spool.ready()]

    assert crash_ids == [raw.crash_id for raw in (*raws, later)]
    assert [entry.crash_id for entry in spool.ready(2)] == crash_ids[:2]


def test_nobody_else_may_read_the_spool(spool: Spool) -> None:
    post(spool)
    spool.quarantine(only(spool), "test")
    post(spool)

    for path in (spool.root, *spool.root.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


# The day's log


def test_the_days_log_names_every_accepted_crash_in_order(spool: Spool) -> None:
    raws = [post(spool) for _ in range(3)]
    post(spool, make_crash(NOON + timedelta(days=1), dumps=DUMPS))
    post(spool, raws[0])

    accepted = spool.accepted(NOON.date())

    assert accepted == [raw.crash_id for raw in (*raws, raws[0])]
    assert spool.accepted(NOON.date() - timedelta(days=1)) == []


def test_a_torn_line_costs_no_other_line(spool: Spool) -> None:
    first = post(spool)
    log = spool.root / "accepted" / "2026-11-23.log"
    with log.open("ab") as file:
        file.write(b"\n" + first.crash_id[:20].encode() + b"\0\xff")
    second = post(spool)

    assert spool.accepted(NOON.date()) == [first.crash_id, second.crash_id]


def test_entry_and_log_line_share_one_sync(tmp_path: Path) -> None:
    sync = CountingSync()
    spool = Spool.created(tmp_path, sync=sync, reserve=0)
    post(spool)
    sync.batches.clear()

    raw = post(spool)

    log = tmp_path / "accepted" / "2026-11-23.log"
    assert sync.batches == [{log, log.parent, tmp_path / "ready" / "202611231200"}]
    assert spool.accepted(NOON.date())[-1] == raw.crash_id


def test_posts_at_the_same_time_share_a_sync(tmp_path: Path) -> None:
    sync = CountingSync()
    spool = Spool.created(tmp_path, sync=sync, reserve=0)
    post(spool)  # makes the minute's folder
    sync.batches.clear()
    began, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        began.set()
        assert go_on.wait(30)

    sync.first = hold
    threads = [threading.Thread(target=post, args=(spool,)) for _ in range(8)]
    threads[0].start()
    assert began.wait(30)
    for thread in threads[1:]:
        thread.start()
    with spool._group._changed:
        while len(spool._group._gathering) < 7:
            spool._group._changed.wait(0.01)

    go_on.set()
    for thread in threads:
        thread.join(30)

    assert len(sync.batches) == 2
    assert len(spool.ready()) == 9


def test_when_the_sync_fails_the_client_is_not_told_safe(tmp_path: Path) -> None:
    sync = CountingSync()
    spool = Spool.created(tmp_path, sync=sync, reserve=0)
    post(spool)
    sync.error = OSError(errno.EIO, "Input/output error")

    with pytest.raises(SpoolUnavailable, match="Input/output error"):
        post(spool)

    # It may be safe all the same, and is in the day's log: it stays, a re-post has its id.
    assert len(spool.ready()) == len(spool.accepted(NOON.date())) == 2


def test_when_the_day_cannot_be_logged_nothing_is_left(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool_module, "append", full)

    with pytest.raises(SpoolUnavailable, match="No space"):
        post(spool)

    assert files(spool) == []


# No room


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_what_the_disk_refuses_is_unavailable_and_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", refuse)

    with pytest.raises(SpoolUnavailable):
        post(spool)
    with pytest.raises(SpoolUnavailable):
        post(spool, dumps=LARGE)

    assert files(spool) == []


def test_the_reserve_stays_free(tmp_path: Path) -> None:
    spool = Spool.created(tmp_path, durable=False, reserve=2**62)

    with pytest.raises(SpoolUnavailable, match="reserve"):
        spool.draft()
    with pytest.raises(SpoolUnavailable, match="reserve"):
        spool.check()


@pytest.mark.parametrize(("missing", "is_refused"), [(0, False), (1, True)])
def test_exactly_the_reserve_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int, is_refused: bool
) -> None:
    disk = SimpleNamespace(f_bavail=1, f_frsize=4096 - missing)
    spool = Spool.created(tmp_path, durable=False, reserve=4096)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)

    with pytest.raises(SpoolUnavailable) if is_refused else nullcontext():
        spool.check()


def test_a_spool_that_cannot_be_written_is_not_healthy(spool: Spool) -> None:
    spool.check()
    (spool.root / "incoming").rmdir()

    with pytest.raises(SpoolUnavailable):
        spool.check()


def test_a_spool_below_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SpoolUnavailable):
        Spool.created(tmp_path / "file" / "spool")


@pytest.mark.parametrize(("limit", "is_healthy"), [(ROOM, True), (ROOM - 1, False)])
def test_a_spool_without_room_for_a_usual_crash_is_not_healthy(
    tmp_path: Path, limit: int, is_healthy: bool
) -> None:
    spool = Spool.created(tmp_path / "spool", durable=False, reserve=0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        if is_healthy:
            spool.check()
        else:
            with pytest.raises(SpoolUnavailable):
                spool.check()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(spool.incoming.iterdir()) == []
