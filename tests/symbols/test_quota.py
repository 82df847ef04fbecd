"""Quotas of uploads: at the limit an upload is taken, one byte beyond it is refused."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from socorro import metrics
from socorro.symbols import quota
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.quota import OverQuota, UploadQuota, free_bytes
from socorro.symbols.store import SymbolStore
from tests.moved import moves
from tests.symbols.files import SYM

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GIB = 2**30


def quotas(folder: Path, free: int = 100 * GIB, **settings: Any) -> UploadQuota:
    return UploadQuota(SymbolsConfig(store=folder, **settings), lambda _folder: free)


LIMITS = {
    "user": {"upload_user_bytes": 1000},
    "day": {"upload_day_bytes": 1000},
    "store": {"store_bytes": 1000},
}


@pytest.mark.parametrize("size", [1000, 1001])
@pytest.mark.parametrize(("reason", "settings"), LIMITS.items(), ids=LIMITS)
def test_uploads_have_a_quota(
    tmp_path: Path, reason: str, settings: dict[str, int], size: int
) -> None:
    limits = quotas(tmp_path, **settings)
    limits.begin("ann", 600, NOON)

    if size == 1000:
        limits.begin("ann", 400, NOON)
    else:
        with (
            moves(metrics.symbols_uploads_refused, reason=reason),
            pytest.raises(OverQuota) as refused,
        ):
            limits.begin("ann", 401, NOON)
        assert refused.value.reason == reason
        assert "1,000 bytes" in str(refused.value)
        limits.begin("ann", 400, NOON)  # what was refused is not charged


@pytest.mark.parametrize("size", [100, 101])
def test_the_reserve_of_the_disk_stays_free(tmp_path: Path, size: int) -> None:
    limits = quotas(tmp_path, free=1100, reserve=1000)

    if size == 100:
        limits.begin("ann", size, NOON)
        limits.check_disk(size)
    else:
        for take in (lambda: limits.begin("ann", size, NOON), lambda: limits.check_disk(size)):
            with (
                moves(metrics.symbols_uploads_refused, reason="disk"),
                pytest.raises(OverQuota, match="disk of the symbol store is full") as refused,
            ):
                take()
            assert refused.value.retry_after is None


def test_one_user_leaves_room_for_another(tmp_path: Path) -> None:
    limits = quotas(tmp_path, upload_user_bytes=1000)
    limits.begin("ann", 1000, NOON)

    limits.begin("bob", 1000, NOON)


def test_a_new_day_begins_with_nothing(tmp_path: Path) -> None:
    limits = quotas(tmp_path, upload_user_bytes=1000)
    limits.begin("ann", 1000, NOON)
    with pytest.raises(OverQuota) as refused:
        limits.begin("ann", 1, NOON)

    limits.begin("ann", 1000, NOON + DAY / 2)

    assert refused.value.retry_after == 12 * 3600 + 1
    assert [path.name for path in (tmp_path / ".uploads").glob("*.json")] == ["2026-11-30.json"]


def test_a_restart_and_other_processes_forget_nothing(tmp_path: Path) -> None:
    quotas(tmp_path, upload_user_bytes=1000).begin("ann", 1000, NOON)

    with pytest.raises(OverQuota):
        quotas(tmp_path, upload_user_bytes=1000).begin("ann", 1, NOON)


def test_no_name_is_stored(tmp_path: Path) -> None:
    quotas(tmp_path).begin("ann@example.com", 1, NOON)

    assert b"ann" not in (tmp_path / ".uploads" / "2026-11-29.json").read_bytes()


@pytest.mark.parametrize("written", [1000, 1001])
def test_what_is_written_counts_when_it_is_more_than_what_was_sent(
    tmp_path: Path, written: int
) -> None:
    upload = quotas(tmp_path, upload_user_bytes=1000).begin("ann", 10, NOON)

    if written == 1000:
        for _ in range(100):
            upload.write(10)
    else:
        upload.write(1000)
        with pytest.raises(OverQuota):
            upload.write(1)


@pytest.mark.parametrize(("sent", "written"), [(10, 500), (500, 10)])
def test_in_the_end_only_what_was_used_is_charged(tmp_path: Path, sent: int, written: int) -> None:
    limits = quotas(tmp_path, upload_user_bytes=100 * quota.STEP)
    upload = limits.begin("ann", sent, NOON)
    upload.write(written)

    with moves(metrics.symbols_upload_bytes, by=500):
        upload.end(sent)

    limits.begin("ann", 100 * quota.STEP - 500, NOON)
    with pytest.raises(OverQuota):
        limits.begin("ann", 1, NOON)


def test_the_disk_is_looked_at_while_an_upload_writes(tmp_path: Path) -> None:
    free = [10 * GIB]
    config = SymbolsConfig(store=tmp_path, reserve=GIB)
    upload = UploadQuota(config, lambda _folder: free[0]).begin("ann", GIB, NOON)
    upload.write(quota.STEP - 1)
    free[0] = GIB - 1

    with pytest.raises(OverQuota, match="disk"):
        upload.write(1)


def test_what_is_in_the_store_already_counts(tmp_path: Path) -> None:
    SymbolStore(tmp_path, GIB).add([SYM])

    quotas(tmp_path, store_bytes=len(SYM) + 1).begin("ann", 1, NOON)
    with pytest.raises(OverQuota, match="symbol store is full"):
        quotas(tmp_path, store_bytes=len(SYM) + 1).begin("ann", 2, NOON)


@pytest.mark.parametrize(("seconds", "taken"), [(-1, False), (0, True)])
def test_the_store_is_measured_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, taken: bool
) -> None:
    clock = [0.0]
    monkeypatch.setattr(quota.time, "monotonic", lambda: clock[0])
    limits = quotas(tmp_path, store_bytes=1000)
    limits.begin("ann", 1000, NOON)  # the file that it sent was refused: nothing was stored

    clock[0] = quota.MEASURE_SECONDS + seconds

    if taken:
        limits.begin("ann", 1000, NOON)
    else:
        with pytest.raises(OverQuota):
            limits.begin("ann", 1000, NOON)


def test_threads_share_one_quota(tmp_path: Path) -> None:
    limits = quotas(tmp_path, upload_user_bytes=40)
    taken: list[int] = []

    def upload() -> None:
        for _ in range(10):
            try:
                limits.begin("ann", 1, NOON)
                taken.append(1)
            except OverQuota:
                pass

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 40


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": "x"}'])
def test_a_damaged_file_of_a_day_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".uploads").mkdir()
    (tmp_path / ".uploads" / "2026-11-29.json").write_bytes(content)

    quotas(tmp_path, upload_user_bytes=1000).begin("ann", 1000, NOON)


def test_free_space_is_that_of_the_disk_even_before_the_folder_exists(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(free_bytes(tmp_path), rel=0.1)
