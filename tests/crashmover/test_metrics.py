"""What the crashmover counts, each by the event that moves it; and the edges of its settings."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from crashmover.app import measure, move_until
from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro import metrics
from socorro.crash import RawCrash
from socorro.crashstore.interface import CannotStore, CrashStore
from socorro.spool.spool import Spool
from tests.crashmover.spooled import FaultyStore, spooled
from tests.crashmover.test_mover import Clock, CountedStop, away, make_mover
from tests.moved import moves, value


def refuse(_raw: RawCrash) -> None:
    raise CannotStore("a dump name that the store cannot write")


def fail(_raw: RawCrash) -> None:
    raise RuntimeError


def test_each_stored_crash_is_counted_and_timed(spool: Spool, store: CrashStore) -> None:
    for _ in range(3):
        spooled(spool)

    with moves(metrics.crashmover_moved, 3), moves(metrics.crashmover_seconds, 3):
        make_mover(spool, store).move_all()


def test_what_is_not_stored_is_not_counted(spool: Spool, store: CrashStore) -> None:
    spooled(spool)

    with moves(metrics.crashmover_moved, 0), moves(metrics.crashmover_seconds, 0):
        make_mover(spool, FaultyStore(store, away)).move_all()


def test_each_wait_for_the_store_is_counted(spool: Spool, store: CrashStore) -> None:
    spooled(spool)
    clock, stop, config = Clock(), CountedStop(3), CrashmoverConfig()
    mover = Mover(spool, FaultyStore(store, away), stop, config, clock)

    with moves(metrics.crashmover_retries, 3):
        stop._then = lambda _: setattr(clock, "now", clock.now + 60)
        move_until(stop, mover, spool, store, config)


def test_an_empty_spool_is_no_retry(spool: Spool, store: CrashStore) -> None:
    stop, config = CountedStop(3), CrashmoverConfig()

    with moves(metrics.crashmover_retries, 0):
        move_until(stop, Mover(spool, store, stop, config), spool, store, config)


@pytest.mark.parametrize(("fault", "reason"), [(refuse, "refused"), (fail, "error")])
def test_quarantined_crashes_are_counted_by_reason(
    spool: Spool, store: CrashStore, fault: object, reason: str
) -> None:
    spooled(spool)

    with (
        moves(metrics.crashmover_quarantined),
        moves(metrics.crashmover_quarantined, reason=reason),
    ):
        make_mover(spool, FaultyStore(store, fault), attempts=1).move_all()


def test_torn_crashes_are_counted(spool: Spool, store: CrashStore) -> None:
    spooled(spool)
    [dump, *_] = Path(spool.ready(1)[0].folder).glob("*.dump")
    dump.write_bytes(b"half")

    with moves(metrics.crashmover_quarantined, reason="torn"):
        make_mover(spool, store).move_all()


def test_gauges_show_what_waits_and_how_long_and_what_is_free(
    spool: Spool, store: CrashStore, tmp_path: Path
) -> None:
    for _ in range(3):
        spooled(spool)
    url, disk = f"file://{tmp_path}", os.statvfs(tmp_path)

    with (
        moves(metrics.spool_waiting, spool=spool.marker_id, to=3),
        moves(metrics.spool_oldest_seconds, None, spool=spool.marker_id),
        moves(metrics.disk_size_bytes, holds="spool", to=disk.f_blocks * disk.f_frsize),
        moves(metrics.disk_size_bytes, holds="crash store", to=disk.f_blocks * disk.f_frsize),
    ):
        measure(spool, url)
    assert 0 < value(metrics.disk_free_bytes, holds="crash store") <= disk.f_blocks * disk.f_frsize
    make_mover(spool, FaultyStore(store, refuse), attempts=1).move_all()
    with (
        moves(metrics.spool_waiting, spool=spool.marker_id, to=0),
        moves(metrics.spool_oldest_seconds, spool=spool.marker_id, to=0),
        moves(metrics.spool_quarantined, spool=spool.marker_id, to=3),
    ):
        measure(spool, "hbase://elsewhere:9090")


def test_what_is_free_is_without_the_reserve(spool: Spool, store: CrashStore) -> None:
    metrics.disk_free_bytes.labels("spool").set(-1)
    with moves(metrics.disk_free_bytes, None, holds="spool"):
        measure(spool, "hbase://elsewhere:9090")
    with moves(metrics.disk_free_bytes, holds="spool", to=0):
        measure(Spool(spool.root, reserve=2**62), "hbase://elsewhere:9090")


@pytest.mark.parametrize("attempts", [1, 2])
def test_after_so_many_errors_a_crash_is_quarantined(
    spool: Spool, store: CrashStore, attempts: int
) -> None:
    spooled(spool)
    clock = Clock()
    mover = make_mover(spool, FaultyStore(store, fail), clock, attempts=attempts)

    for _ in range(attempts - 1):
        mover.move_all()
        clock.now += 60
    assert list(spool.quarantined()) == []
    mover.move_all()

    assert len(list(spool.quarantined())) == 1


@pytest.mark.parametrize(
    ("name", "edge", "beyond"),
    [
        ("workers", 1, 0), ("workers", 64, 65), ("batch", 1, 0), ("attempts", 1, 0),
        ("idle_seconds", 0.001, 0), ("keep_minutes", 0, -0.001), ("drain_seconds", 0, -0.001),
    ],
)  # fmt: skip
def test_the_edges_of_a_setting(name: str, edge: float, beyond: float) -> None:
    assert getattr(CrashmoverConfig(**{name: edge}), name) == edge

    with pytest.raises(ValidationError, match=name):
        CrashmoverConfig(**{name: beyond})
