"""Spool or store come back, or descriptors: the line goes on within seconds, without much talk."""

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crashmover.app import move_until, open_spool
from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro.crash import RawCrash
from socorro.crashstore.filesystem import FilesystemStore
from socorro.service import CHECK_SECONDS, NO_DESCRIPTORS_SECONDS, Stop, wait_out
from socorro.spool.spool import Spool, SpoolUnavailable
from tests.crashmover.spooled import FaultyStore, spooled
from tests.crashmover.test_mover import Clock, CountedStop, make_mover

AWAY_SECONDS = 3.5  # in a growing wait of 4 seconds, which began half a second ago
BACK_WITHIN = 2.5


@contextmanager
def moving(spool: Spool, store: FilesystemStore, config: CrashmoverConfig) -> Iterator[None]:
    stop = Stop()
    mover = Mover(spool, store, stop, config)
    thread = threading.Thread(target=move_until, args=(stop, mover, spool, store, config))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


@pytest.mark.parametrize("room", ["store", "spool"])
def test_an_outage_ends_soon_after_what_was_away_is_back(tmp_path: Path, room: str) -> None:
    spool = Spool.created(tmp_path / "spool", durable=False, reserve=0)
    store = FilesystemStore.created(tmp_path / "store")
    raw = spooled(spool)
    (tmp_path / room).rename(tmp_path / "away")

    with moving(spool, store, CrashmoverConfig(idle_seconds=0.1)):
        time.sleep(AWAY_SECONDS)
        (tmp_path / "away").rename(tmp_path / room)
        began = time.monotonic()
        while time.monotonic() - began < BACK_WITHIN and list(spool.ids()):
            time.sleep(0.05)  # a crash leaves the spool after the store has it

        assert list(spool.ids()) == []
        assert store.get_raw(raw.crash_id) == raw


def test_while_the_check_succeeds_the_waits_grow_as_they_did(tmp_path: Path) -> None:
    stop, checks = CountedStop(3), []

    def passes() -> None:
        checks.append(1)

    assert not wait_out(stop, 4, passes)

    assert stop.waited == [4]
    assert len(checks) == 1


@pytest.mark.parametrize(
    ("fails", "waited", "is_back"),
    [(1, [1], True), (3, [1, 1, 1], True), (4, [1, 1, 1, 0.5], True), (5, [1, 1, 1, 0.5], False)],
)
def test_a_failing_check_is_repeated_every_second_of_the_wait(
    fails: int, waited: list[float], is_back: bool
) -> None:

    stop, left = CountedStop(100), iter(range(fails))

    def check() -> None:
        if next(left, None) is not None:
            raise ConnectionError

    assert CHECK_SECONDS == 1
    assert wait_out(stop, 3.5, check) is is_back

    assert stop.waited == waited


def test_a_wait_ends_with_the_service(tmp_path: Path) -> None:

    stop = CountedStop(2)

    def check() -> None:
        raise ConnectionError

    assert not wait_out(stop, 60, check)
    assert len(stop.waited) == 2


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_without_descriptors_it_says_so_in_one_line_waits_a_second_and_goes_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
) -> None:
    spool = Spool.created(tmp_path / "spool", durable=False, reserve=0)
    store = FilesystemStore.created(tmp_path / "store")
    raw = spooled(spool)
    ready = spool.ready

    def starved(_limit: int) -> None:
        raise OSError(number, os.strerror(number))

    def free(waits: int) -> None:
        if waits == 6:
            monkeypatch.setattr(spool, "ready", ready)

    monkeypatch.setattr(spool, "ready", starved)
    stop, config = CountedStop(7, free), CrashmoverConfig()

    move_until(stop, Mover(spool, store, stop, config), spool, store, config)

    output = capsys.readouterr()
    lines = (output.out + output.err).splitlines()
    assert stop.waited == [NO_DESCRIPTORS_SECONDS] * 6 + [config.idle_seconds]
    assert sum("no file descriptors left" in line for line in lines) == 6
    assert "Traceback" not in output.out + output.err
    assert store.get_raw(raw.crash_id) == raw


def test_no_crash_is_blamed_for_missing_descriptors(tmp_path: Path) -> None:
    spool = Spool.created(tmp_path / "spool", durable=False, reserve=0)
    store = FilesystemStore.created(tmp_path / "store")
    raw, clock, left = spooled(spool), Clock(), iter(range(20))

    def starve(_raw: RawCrash) -> None:
        if next(left, None) is not None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    mover = make_mover(spool, FaultyStore(store, starve), clock, attempts=1)
    for _ in range(21):
        mover.move_all()
        clock.now += 60

    assert list(spool.quarantined()) == []
    assert store.get_raw(raw.crash_id) == raw


@pytest.mark.parametrize("reserve", ["0", str(2**62)])
def test_what_must_stay_free_is_the_collectors_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reserve: str
) -> None:
    monkeypatch.setenv("SOCORRO_COLLECTOR_RESERVE", reserve)
    Spool.created(tmp_path / "spool", durable=False)
    spool = open_spool(CrashmoverConfig(spool=tmp_path / "spool"), tmp_path)

    if reserve == "0":
        spool.check()
    else:
        with pytest.raises(SpoolUnavailable, match="below the reserve"):
            spool.check()
