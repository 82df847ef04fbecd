"""What a crash store promises when machines fail, and when there is much in it."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.local.hbase import Server
from socorro import crash_id as ids
from socorro import files
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.archive import pack
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.interface import CrashStore, StoreUnavailable, Waiting
from socorro.crashstore.open import create_tables, open_store
from tests.builders import NOON, make_crash
from tests.contract.conftest import STORES, dying_after

DAY = datetime(2026, 11, 23, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
DUMP = {MAIN_DUMP: b"MDMP" + bytes(150_000)}

# Puts crashes until it is killed, and prints the ids that were acknowledged.
PUT_FOR_EVER = f"""
from socorro.crashstore.open import open_store
from tests.builders import make_crash
import sys
store = open_store(sys.argv[1])
while True:
    raw = make_crash()
    store.put_raw(raw, {{"{MAIN_DUMP}": b"MDMP" + bytes(150_000)}})
    print(raw.crash_id, flush=True)
"""


@contextmanager
def away(store: CrashStore, request: pytest.FixtureRequest) -> Iterator[None]:
    """Stop the server, or unmount the disk, during a with block."""
    if isinstance(store, HBaseStore):
        server: Server = request.getfixturevalue("hbase")
        server.kill()
        yield
        server.start()
    else:
        assert isinstance(store, FilesystemStore)
        root: Path = request.getfixturevalue("tmp_path")
        (root / "crashstore").rename(root / "unmounted")
        yield
        (root / "unmounted").rename(root / "crashstore")


def test_an_unavailable_store_says_so_and_works_again_when_it_is_back(
    store: CrashStore, store_url: str, request: pytest.FixtureRequest
) -> None:
    raw, another = make_crash(NOON), make_crash(NOON + ONE_DAY)
    store.put_raw(raw, DUMP)
    calls: list[Callable[[], object]] = [
        lambda: store.put_raw(another, DUMP),
        lambda: store.get_raw(raw.crash_id),
        lambda: store.dump_names(raw.crash_id),
        lambda: store.get_dump(raw.crash_id, MAIN_DUMP),
        lambda: store.get_crash(raw.crash_id, lambda names: names),
        lambda: store.put_processed(raw.crash_id, {}),
        lambda: store.get_processed(raw.crash_id),
        lambda: list(store.waiting()),
        lambda: list(store.submitted(DAY, DAY + ONE_DAY)),
        lambda: list(store.unprocessed(DAY, DAY + ONE_DAY)),
        lambda: store.delete(raw.crash_id),
        lambda: store.check(),
    ]

    with away(store, request):
        for call in calls:
            with pytest.raises(StoreUnavailable):
                call()
        opened_meanwhile = open_store(store_url)  # waits for the store, and makes none

    store.check()
    opened_meanwhile.check()
    opened_meanwhile.close()
    assert store.get_dump(raw.crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == [raw.crash_id]
    assert store.put_raw(another, DUMP)


def test_what_was_acknowledged_before_a_kill_is_there_after_it(
    store: CrashStore, store_url: str, request: pytest.FixtureRequest
) -> None:
    acknowledged = (
        _kill_the_server(store, request.getfixturevalue("hbase"))
        if isinstance(store, HBaseStore)
        else _kill_the_putter(store_url)
    )

    later = open_store(store_url)
    assert len(acknowledged) >= 20
    for crash_id in acknowledged:
        assert later.get_raw(crash_id).crash_id == crash_id
        assert later.get_dump(crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]
    committed = set(later.submitted(DAY, DAY + ONE_DAY))
    assert {entry.crash_id for entry in later.waiting()} == committed
    assert committed >= set(acknowledged)
    assert len(committed) <= len(acknowledged) + 1
    later.close()


def _kill_the_server(store: CrashStore, server: Server) -> list[CrashId]:
    acknowledged: list[CrashId] = []
    enough = threading.Event()

    def put_until_it_fails() -> None:
        try:
            while True:
                raw = make_crash(NOON)
                store.put_raw(raw, DUMP)
                acknowledged.append(raw.crash_id)
                if len(acknowledged) == 20:
                    enough.set()
        except StoreUnavailable:
            return

    putting = threading.Thread(target=put_until_it_fails)
    putting.start()
    assert enough.wait(60)
    server.kill()
    putting.join()
    server.start()
    return acknowledged


def _kill_the_putter(url: str) -> list[CrashId]:
    with subprocess.Popen(
        [sys.executable, "-c", PUT_FOR_EVER, url], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        output = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        output += process.stdout.readlines()
    return [ids.parse(line) for line in output if line.endswith("\n")]


# Rows of the index that stand for nothing


def test_an_index_row_of_a_put_that_never_ended_is_swept_after_a_day(store_url: str) -> None:
    raw = make_crash(NOON)
    crashed = 0
    while not _index_rows(store_url):
        dying = open_store(store_url)
        with dying_after(dying, crashed):
            dying.put_raw(raw, DUMP)
        dying.close()
        crashed += 1
    later = _opened(store_url, after=timedelta(hours=26))
    now = open_store(store_url)

    assert list(now.waiting()) == []
    assert _index_rows(store_url) == 1
    assert list(later.waiting()) == []
    assert _index_rows(store_url) == 0
    assert later.put_raw(raw, DUMP)
    assert list(later.waiting()) == [(raw.crash_id, NOON)]
    later.close()
    now.close()


def test_an_index_row_of_a_crash_is_never_swept(store_url: str) -> None:
    raw = make_crash(NOON)
    later = _opened(store_url, after=timedelta(days=99))
    later.put_raw(raw, DUMP)

    listings = [list(later.waiting()), list(later.waiting())]

    assert listings == [[Waiting(raw.crash_id, NOON)]] * 2
    later.close()


def _opened(url: str, after: timedelta) -> CrashStore:
    now = datetime.now(UTC).timestamp() + after.total_seconds()
    store = open_store(url)
    store.close()
    if isinstance(store, HBaseStore):
        host, _, rest = url.removeprefix("hbase://").partition(":")
        port, _, prefix = rest.partition("/")
        return HBaseStore(host, int(port), prefix, now=lambda: now)
    return FilesystemStore(Path(url.removeprefix("file://")), now=lambda: now)


def _index_rows(url: str) -> int:
    store = open_store(url)
    if isinstance(store, HBaseStore):
        rows = len(store.client.scan(layout.INDEX, b"0", b"g", [layout.WAITING], 10))
        store.close()
        return rows
    return len(list(Path(url.removeprefix("file://"), "waiting").glob("*/*")))


# Much of everything


@pytest.fixture(params=STORES)
def large_url(request: pytest.FixtureRequest) -> str:
    """The URL of a store that may be filled, each kind in turn: fixture large_<scheme>_url."""
    return str(request.getfixturevalue(f"large_{request.param}_url"))


@pytest.fixture
def large_file_url() -> Iterator[str]:
    """A store in memory, which needs no syncing."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield f"file://{folder}/crashstore"


@pytest.fixture
def large_hbase_url(hbase: Server) -> str:
    """A store in tables that no other test uses: emptying them would take long."""
    return f"{hbase.url}/large_{secrets.token_hex(6)}"


@pytest.mark.timeout(170)
def test_a_day_of_100_000_crashes_is_listed_in_order(large_url: str) -> None:
    create_tables(large_url)
    store = open_store(large_url)
    expected = _fill(store, 100_000)

    listed = list(store.submitted(DAY, DAY + ONE_DAY))
    waiting = [entry.crash_id for entry in store.waiting(limit=2000)]

    assert listed == expected
    assert waiting == expected[:2000]
    store.close()


def _fill(store: CrashStore, count: int) -> list[CrashId]:
    """Put *count* crashes past the calls that cost: many rows a call, nothing synced."""
    some = make_crash(DAY)
    crashes = [
        replace(
            some,
            crash_id=ids.make(os.urandom(32), DAY.date()),
            submitted=DAY + n * timedelta(microseconds=860_000),
        )
        for n in range(count)
    ]
    if isinstance(store, HBaseStore):
        _fill_hbase(store, crashes)
    else:
        assert isinstance(store, FilesystemStore)
        _fill_filesystem(store, crashes)
    return [raw.crash_id for raw in crashes]


def _fill_hbase(store: HBaseStore, crashes: list[RawCrash]) -> None:
    text = layout.lay_out(crashes[0], {}, put="bulk")[0]
    for at in range(0, len(crashes), 5000):
        part = crashes[at : at + 5000]
        manifests = (text._replace(submitted=raw.submitted).to_json() for raw in part)
        rows = [
            (layout.crash_row(raw.crash_id), {layout.MANIFEST: manifest})
            for raw, manifest in zip(part, manifests, strict=True)
        ]
        store.client.put_rows(layout.CRASHES, rows)
        store.client.put_rows(
            layout.INDEX,
            [
                (layout.index_row(raw.crash_id, raw.submitted), layout.index_cells(raw.crash_id))
                for raw in part
            ],
        )


def _fill_filesystem(store: FilesystemStore, crashes: list[RawCrash]) -> None:
    root = store._root
    archive = bytes(pack(crashes[0], {}))
    (root / "waiting/261123").mkdir()
    for raw in crashes:
        path = Path(store._path(raw.crash_id, ".zip"))
        if not path.parent.is_dir():
            files.make_folder(str(path.parent))
        path.write_bytes(archive)
        at = (raw.submitted - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        os.utime(path, ns=(at * 1000, at * 1000))
        (root / f"waiting/261123/{raw.submitted:%H%M%S.%f}.{raw.crash_id}").hardlink_to(path)
