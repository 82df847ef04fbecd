"""Room for walks: many together, or one alone, over threads and processes."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from processor.child import Interrupted, Limits
from processor.indexed import IndexedWalker, Indexes
from processor.room import Crowded, Room
from processor.stackwalk import Walker, Walks
from processor.symbols import SymbolWalker
from processor.worker import WALKER_KILLED, Context
from socorro import jobs
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.jobs import JobState
from socorro.postgres import execute
from tests.processor.conftest import RUST, running, sleeper, wait_until
from tests.processor.test_app import Start, start
from tests.processor.test_indexed import OURS, PLAIN
from tests.processor.test_worker import one

__all__ = ["start"]  # a fixture

Submit = Callable[..., RawCrash]


@contextmanager
def somebody_inside(room: Room, alone: bool = False) -> Iterator[int]:
    """Another process, forked as the workers are, that is in the room until it is killed."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        with room.entered(alone):
            os.write(tell, b"x")
            signal.pause()
    os.close(tell)
    assert os.read(ready, 1)
    os.close(ready)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def is_free(room: Room, alone: bool) -> bool:
    """Whether one may enter now."""
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    try:
        with room.entered(alone, stop):
            return True
    except Interrupted:
        return False


@pytest.mark.parametrize(
    ("inside", "enters", "is_possible"),
    [(False, False, True), (False, True, False), (True, False, False), (True, True, False)],
)
def test_who_is_alone_is_alone_also_in_other_processes(
    inside: bool, enters: bool, is_possible: bool
) -> None:
    room = Room()

    with somebody_inside(room, inside):
        assert is_free(room, enters) == is_possible

    assert is_free(room, enters)


def test_threads_of_one_process_are_kept_apart_as_well() -> None:
    room = Room()

    with room.entered(alone=True):
        assert not is_free(room, alone=False)

    with room.entered(alone=False):
        assert is_free(room, alone=False)
        assert not is_free(room, alone=True)


def test_nobody_enters_while_somebody_waits_to_be_alone_and_not_for_long() -> None:
    room = Room(closed_seconds=0.5)
    stop = threading.Event()

    with somebody_inside(room), ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: room.entered(True, stop).__enter__())
        time.sleep(0.2)
        assert not is_free(room, alone=False)
        began = time.monotonic()
        with room.entered(alone=False):
            waited = time.monotonic() - began
        stop.set()

    assert waited < 0.5
    assert isinstance(waiting.exception(), Interrupted)


def test_who_waits_to_be_alone_is_next() -> None:
    room = Room()
    done = threading.Event()

    with ThreadPoolExecutor() as pool:
        with somebody_inside(room):
            alone = pool.submit(lambda: is_entered(room, done))
            time.sleep(0.1)
        assert alone.result(10)


def is_entered(room: Room, done: threading.Event) -> bool:
    with room.entered(True, done):
        return True


def test_a_room_that_is_never_empty_is_given_up() -> None:
    room = Room(closed_seconds=0.05, longest=0.2)

    with somebody_inside(room), pytest.raises(Crowded), room.entered(alone=True):
        pass


@pytest.mark.parametrize("kind", ["plain", "indexed", "with symbols"])
@pytest.mark.parametrize("alone", [False, True])
def test_every_walker_enters_the_room(
    kind: str, alone: bool, fake: Callable[..., str], tmp_path: Path
) -> None:
    room = Room()
    plain = Walker(RUST, room=room)
    indexes = Indexes(fake("echo '{}'", OURS), tmp_path / "indexes", Limits())
    walker: Walks = IndexedWalker(plain, indexes) if kind == "indexed" else plain
    if kind == "with symbols":
        walker = SymbolWalker(walker, [])
    stop = threading.Event()
    stop.set()

    with room.entered(alone=not alone), pytest.raises(Interrupted):
        walker.walk(b"MDMP", stop=stop, alone=alone)
    assert walker.walk(b"MDMP", alone=alone).version == (OURS if kind == "indexed" else PLAIN)


def test_workers_of_a_service_share_a_room(
    context: Context, submit: Submit, start: Start, fake: Callable[..., str]
) -> None:
    """Two processes with one thread each: one walks alone, the other one waits."""
    long, short = sleeper(), sleeper().replace("600", "0.2")
    script = f'grep -q long /dev/fd/0 && exec {long}; {short}; exec {RUST} "$@"'
    bad = submit({MAIN_DUMP: b"long"})
    with context.database.transaction() as db:
        [job] = jobs.claim(db, "other", 1, 60)
        jobs.fail(db, job, WALKER_KILLED, 5)
        execute(db, "UPDATE jobs SET not_before = now()")
    start(
        processes=2, threads=1, batch=1, walker=fake(script), index_walker="",
        walker_reads=json.dumps([RUST]),
    )  # fmt: skip
    wait_until(lambda: running(long))

    good = submit()
    wait_until(lambda: in_work(context, good.crash_id))
    time.sleep(1)
    assert not running(short)
    [walker] = running(long)
    walker.kill()

    wait_until(lambda: not in_work(context, good.crash_id))
    wait_until(lambda: not in_work(context, bad.crash_id))
    assert one(context.database, "SELECT status FROM reports WHERE crash_id = %(id)s",
        id=bad.crash_id) == ("OutOfMemory",)  # fmt: skip


def in_work(context: Context, crash_id: str) -> bool:
    with context.database.transaction() as db:
        status = jobs.find(db, CrashId(crash_id))
    return status is not None and status.state == JobState.RUNNING
