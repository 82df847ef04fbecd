"""What came into the spool and left it in the last hour, as the heartbeat says it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from crashmover.app import facts, store_disk
from crashmover.last_hour import Counts, LastHour
from socorro.spool.spool import Spool
from socorro.spool.state import LINE_BYTES, accepted_bytes, state
from tests.crashmover.spooled import spooled

DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)


def test_crashes_are_counted_over_midnight_and_forgotten_after_an_hour() -> None:
    hour = LastHour()
    hour.sample(0, {DAY: 900 * LINE_BYTES})
    assert hour.counts() is None
    hour.sample(10, {DAY: 902 * LINE_BYTES})
    hour.note_moved(2)
    hour.sample(20, {DAY: 903 * LINE_BYTES, NEXT: LINE_BYTES})
    assert hour.counts() == Counts(20, 4, 2)

    hour.sample(3620, {DAY: 903 * LINE_BYTES, NEXT: 6 * LINE_BYTES})

    assert hour.counts() == Counts(3600, 5, 0)


def test_the_state_of_a_spool_is_what_lies_in_it(spool: Spool) -> None:
    empty = state(spool)
    now = datetime.now(UTC)
    for _ in range(3):
        spooled(spool, now)
    spool.quarantine(spool.ready()[0], "torn")

    full = state(spool)

    assert (empty.waiting, empty.oldest_seconds, empty.quarantined) == (0, None, 0)
    assert (full.waiting, full.quarantined) == (2, 1)
    assert full.oldest_seconds is not None
    assert 0 <= full.oldest_seconds < 60
    assert full.spool == empty.spool != ""
    assert full.free_bytes < full.size_bytes
    assert accepted_bytes(spool, now)[now.date()] == 3 * LINE_BYTES
    assert accepted_bytes(spool, now + timedelta(days=9)) == {
        (now + timedelta(days=days)).date(): 0 for days in (8, 9)
    }


def test_the_disk_of_a_store_is_known_when_it_holds_files(tmp_path: Path, spool: Spool) -> None:
    disk = store_disk(f"file://{tmp_path}")

    assert disk is not None
    assert 0 < disk["free_bytes"] < disk["size_bytes"]
    assert store_disk("hbase://10.0.0.7:9090") is None
    assert facts(spool, LastHour(), "hbase://10.0.0.7")["last_hour"]() is None  # type: ignore[operator]
