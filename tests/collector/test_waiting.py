"""Crashes that wait for the disk: they take no thread, share a sync, and none is answered early."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.app import create_application
from socorro import metrics
from socorro.spool.spool import Spool
from tests.collector.conftest import Collecting
from tests.collector.forms import FORM, dump, fields, form
from tests.moved import moves
from tests.serving.running import running
from tests.test_spool import CountingSync

POSTS = 8


class Disk:
    """A collector's server with one thread, over a spool whose syncs the test holds up."""

    def __init__(self, home: Path) -> None:
        self.sync = CountingSync()
        Collecting(home, rules="accept_all").post(*crash(0))  # makes spool and minute
        self.spool = Spool(home / "spool", reserve=0, sync=self.sync)
        self.began, self.go_on = threading.Event(), threading.Event()
        self.outcomes: list[tuple[int, str | None]] = []

    def hold(self) -> None:
        self.began.set()
        assert self.go_on.wait(30)

    def post(self, address: tuple[str, int], number: int) -> None:
        connection = http.client.HTTPConnection(*address, timeout=30)
        body = form(crash(number))
        connection.request("POST", "/submit", body, {"Content-Type": FORM})
        answer = connection.getresponse()
        answer.read()
        self.outcomes.append((answer.status, answer.getheader("Retry-After")))
        connection.close()


def crash(number: int) -> list[bytes]:
    return [*fields(ProductName="Firefox", Number=str(number)), dump(b"MDMP%d" % number)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    disk.go_on.set()


def posting(disk: Disk, home: Path) -> Iterator[list[threading.Thread]]:
    """Post while the first sync is held up; yields when all the crashes are in place."""
    collecting = Collecting(home, rules="accept_all")
    app = create_application(collecting.config, disk.spool, collecting.clock)
    with running(app, threads=1) as server:
        threads = [
            threading.Thread(target=disk.post, args=(server.address, number), daemon=True)
            for number in range(1, POSTS + 1)
        ]
        disk.sync.first = disk.hold
        threads[0].start()
        assert disk.began.wait(30)
        for thread in threads[1:]:
            thread.start()
        with disk.spool._group._changed:
            while len(disk.spool._group._gathering) < POSTS - 1:
                disk.spool._group._changed.wait(0.01)
        yield threads
        disk.go_on.set()
        for thread in threads:
            thread.join(30)


def test_one_thread_takes_all_crashes_that_come_during_a_sync(disk: Disk, tmp_path: Path) -> None:
    with moves(metrics.collector_posts, POSTS, outcome="accepted"):
        for _ in posting(disk, tmp_path):
            assert len(disk.spool.ready()) == POSTS + 1
            assert disk.outcomes == []

    assert disk.outcomes == [(200, None)] * POSTS
    assert len(disk.sync.batches) == 2


def test_a_sync_that_fails_is_503_for_all_of_its_batch(disk: Disk, tmp_path: Path) -> None:
    with (
        moves(metrics.collector_posts, POSTS, outcome="unavailable"),
        moves(metrics.collector_posts, POSTS),
        moves(metrics.collector_seconds, POSTS),
    ):
        for _ in posting(disk, tmp_path):
            disk.sync.error = OSError(5, "Input/output error")

    assert disk.outcomes == [(503, "60")] * POSTS


def test_a_crash_that_cannot_be_handed_in_is_answered_at_once(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    collecting = Collecting(tmp_path, rules="accept_all")
    monkeypatch.setattr(disk.spool._group, "submit", no_thread)
    app = create_application(collecting.config, disk.spool, collecting.clock)
    with running(app, threads=1) as server, moves(metrics.collector_posts, outcome="failed"):
        disk.post(server.address, 1)

    assert disk.outcomes == [(500, "60")]
    assert len(disk.spool.ready()) == 1  # that of `Disk`


def test_a_log_that_nobody_reads_keeps_no_client_waiting(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting = Collecting(tmp_path, rules="accept_all")
    app = create_application(collecting.config, disk.spool, collecting.clock)

    def broken(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("collector.app._count", broken)
    with running(app, threads=1) as server:
        disk.post(server.address, 1)

    assert disk.outcomes == [(200, None)]
