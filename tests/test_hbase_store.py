"""The crash store on HBase when the wire fails; what all stores do is in tests/contract."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from cli.local.hbase import Server
from socorro.crash import MAIN_DUMP
from socorro.crashstore import hbase as hbase_store
from socorro.crashstore import hbase_index
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.hbase_client import CHECK_SECONDS
from socorro.crashstore.hbase_layout import shell_commands
from socorro.crashstore.interface import StoreUnavailable
from tests.builders import NOON, make_crash
from tests.wire import Wire

pytestmark = pytest.mark.hbase

DUMP = {MAIN_DUMP: b"MDMP"}
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CONNECTIONS = 4


@pytest.fixture
def wire(hbase: Server) -> Iterator[Wire]:
    relay = Wire(hbase.ports.port)
    yield relay
    relay.close()


@pytest.fixture
def prefix(hbase_url: str) -> str:
    return hbase_url.rpartition("/")[2]


@pytest.fixture
def store(wire: Wire, prefix: str) -> Iterator[HBaseStore]:
    """A store whose connections are all open already."""
    opened = HBaseStore("127.0.0.1", wire.port, prefix, CONNECTIONS)
    together = threading.Barrier(CONNECTIONS)

    def use_one() -> None:
        opened.client._do(lambda connection: (connection.open(), together.wait()))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda _: use_one(), range(CONNECTIONS)))
    yield opened
    opened.close()


def test_connections_that_broke_since_their_last_use_are_not_noticed(
    store: HBaseStore, wire: Wire
) -> None:
    raw = make_crash(NOON)

    wire.cut()
    is_new = store.put_raw(raw, DUMP)

    assert is_new
    assert store.get_raw(raw.crash_id) == raw


@pytest.mark.parametrize("call", [b"getRowsWithColumns", b"mutateRows", b"checkAndPut"])
def test_a_put_whose_answer_got_lost_is_repeated_and_still_new(
    store: HBaseStore, wire: Wire, call: bytes
) -> None:
    raw = make_crash(NOON)

    wire.lose_answer_to = call
    is_new = store.put_raw(raw, DUMP)

    assert wire.lost == 1
    assert is_new
    assert [entry.crash_id for entry in store.waiting()] == [raw.crash_id]
    assert list(store.submitted(NOON, NOON + ONE_DAY)) == [raw.crash_id]


def test_a_count_whose_answer_got_lost_is_not_repeated(store: HBaseStore, wire: Wire) -> None:
    wire.lose_answer_to = b"atomicIncrement"

    is_new = store.put_raw(make_crash(NOON), DUMP)

    assert wire.lost == 1
    assert is_new
    assert store.counters("minute", NOON, NOON + ONE_DAY) == {NOON: 1}


def test_a_call_without_answer_ends_and_the_next_one_is_tried(wire: Wire, prefix: str) -> None:
    store = HBaseStore("127.0.0.1", wire.port, prefix, timeout_seconds=0.5)
    raw = make_crash(NOON)
    HBaseStore.put_raw(store, raw, DUMP)

    with wire.held(), pytest.raises(StoreUnavailable):
        store.get_raw(raw.crash_id)

    assert store.get_raw(raw.crash_id) == raw
    store.close()


def test_an_hbase_that_hangs_fails_a_check_within_seconds(store: HBaseStore, wire: Wire) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)
    store.check()

    with ThreadPoolExecutor(CONNECTIONS) as threads, wire.held():
        for _ in range(CONNECTIONS):  # every other connection waits for its 20 seconds
            threads.submit(store.get_raw, raw.crash_id)
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.check()
        seconds = time.monotonic() - started

    assert seconds < CHECK_SECONDS + 2
    store.check()


def test_more_threads_than_connections_take_turns(store: HBaseStore) -> None:
    crashes = [make_crash(NOON) for _ in range(40)]

    with ThreadPoolExecutor(4 * CONNECTIONS) as threads:
        are_new = list(threads.map(lambda raw: store.put_raw(raw, DUMP), crashes))

    assert all(are_new)
    assert len(list(store.waiting())) == 40


def test_without_tables_the_error_says_how_to_make_them(hbase: Server) -> None:
    store = HBaseStore("127.0.0.1", hbase.ports.port, "nobody_made_these")

    with pytest.raises(StoreUnavailable, match="socorro store create"):
        store.check()

    store.close()


def test_errors_of_hbase_are_named_without_its_stack_trace(hbase: Server) -> None:
    store = HBaseStore("127.0.0.1", hbase.ports.port, "nobody_made_these")

    with pytest.raises(StoreUnavailable) as error:
        store.get_raw(make_crash().crash_id)

    assert "\tat " not in str(error.value)
    assert len(str(error.value)) < 200
    store.close()


PAGES = [1, 2, 3, 4, 7]  # the pages have 3 entries


@pytest.mark.parametrize("count", PAGES)
def test_crashes_are_read_and_forgotten_page_by_page(
    store: HBaseStore, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(hbase_index, "PAGE", 3)
    monkeypatch.setattr(hbase_index, "SMALL_PAGE", 1)
    monkeypatch.setattr(hbase_store, "_FORGET_AT_ONCE", 3)
    crashes = [make_crash(NOON + n * SECOND) for n in range(count)]
    for raw in crashes:
        store.put_raw(raw, {})

    waiting = list(store.waiting())

    assert [entry.crash_id for entry in waiting] == [raw.crash_id for raw in crashes]
    assert list(store.submitted(NOON, NOON + ONE_DAY)) == [raw.crash_id for raw in crashes]
    assert [entry.crash_id for entry in store.waiting(limit=2)] == [
        raw.crash_id for raw in crashes[:2]
    ]
    store.forget_waiting(waiting)
    assert list(store.waiting()) == []


@pytest.mark.parametrize("count", PAGES)
def test_counters_are_read_page_by_page(
    store: HBaseStore, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(hbase_store, "_HOURS_AT_ONCE", 3)
    hours = [NOON + n * timedelta(hours=1) for n in range(count)]
    for hour in hours:
        store.put_raw(make_crash(hour), {})

    assert store.counters("hour", NOON, NOON + ONE_DAY) == dict.fromkeys(hours, 1)


def test_the_documentation_shows_how_to_split_the_tables() -> None:
    page = (Path(__file__).parent.parent / "docs/hbase.md").read_text()

    assert shell_commands("socorro") in page
