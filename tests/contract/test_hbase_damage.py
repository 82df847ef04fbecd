"""Damage of one crash's cells in HBase belongs to that crash, as that of files does."""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.interface import CrashNotFound, DamagedCrash, Waiting
from socorro.crashstore.open import open_store
from tests.builders import NOON, make_crash

pytestmark = pytest.mark.hbase

DUMP = {MAIN_DUMP: b"MDMP" + bytes(9000)}
DAY = NOON.replace(hour=0)
ONE_DAY = timedelta(days=1)
PROCESSED = {"signature": "x" * 5000}

Change = Callable[[bytes], bytes | None]  # None: the cell is gone


@pytest.fixture
def hbase_store(hbase_url: str) -> Iterator[HBaseStore]:
    store = open_store(hbase_url)
    assert isinstance(store, HBaseStore)
    yield store
    store.close()


def three(store: HBaseStore) -> tuple[RawCrash, RawCrash, RawCrash]:
    """Put three crashes; the second one is to be damaged."""
    first, bad, last = (make_crash(NOON + n * timedelta(seconds=1), DUMP) for n in range(3))
    for raw in (first, bad, last):
        store.put_raw(raw, DUMP)
        store.put_processed(raw.crash_id, PROCESSED)
    return first, bad, last


def spoil(store: HBaseStore, crash_id: CrashId, family: str, change: Change) -> None:
    """Change the cells of a crash whose names begin with *family*."""
    row = layout.crash_row(crash_id)
    families = [b"meta", b"raw", b"dump", b"processed"]
    cells = store.client.get(layout.CRASHES, row, families)
    for column, value in cells.items():
        if not column.startswith(family.encode()):
            continue
        if (changed := change(value)) is None:
            store.client.delete_cells(layout.CRASHES, [row], [column])
        else:
            store.client.put(layout.CRASHES, row, {column: changed})


def readings(store: HBaseStore, crash_id: CrashId) -> dict[str, Callable[[], object]]:
    return {
        "get_raw": lambda: store.get_raw(crash_id),
        "dump_names": lambda: store.dump_names(crash_id),
        "get_dump": lambda: store.get_dump(crash_id, MAIN_DUMP),
        "get_crash": lambda: store.get_crash(crash_id, lambda names: names),
        "get_processed": lambda: store.get_processed(crash_id),
    }


def _manifest(**changes: object) -> Change:
    return lambda text: json.dumps({**json.loads(text), **changes}).encode()


def _without(name: str) -> Change:
    def change(text: bytes) -> bytes:
        document = json.loads(text)
        del document[name]
        return json.dumps(document).encode()

    return change


CUT: Change = lambda value: value[: len(value) // 2]  # noqa: E731
GONE: Change = lambda _: None  # noqa: E731
MANIFESTS: Mapping[str, Change] = {
    "cut": CUT,
    "empty": lambda _: b"",
    "not text": lambda _: b"\xff\xfe",
    "a list": lambda _: b"[1, 2]",
    "deep": lambda _: b"[" * 100_000,
    "without dumps": _without("dumps"),
    "without raw": _without("raw"),
    "dumps are a number": _manifest(dumps=3),
    "a time that is none": _manifest(submitted="yesterday"),
    "a time that is a number": _manifest(submitted=3),
    "a blob that is none": _manifest(raw=["x"]),
    "too many pieces": _manifest(raw=["x", layout.MOST_PIECES + 1]),
    "fewer than no pieces": _manifest(raw=["x", -1]),
}
CELLS: Mapping[str, tuple[str, Change, tuple[str, ...], str]] = {
    "raw gone": ("raw:", GONE, ("get_raw", "get_crash"), "raw crash: a piece is missing"),
    "raw cut": ("raw:", CUT, ("get_raw", "get_crash"), "raw crash: differs from its checksum"),
    "dump gone": ("dump:", GONE, ("get_dump", "get_crash"), "dump: a piece is missing"),
    "dump cut": ("dump:", CUT, ("get_dump", "get_crash"), "dump: differs from its checksum"),
    "processed gone": (
        "processed:", GONE, ("get_processed",), "processed crash: a member is missing",
    ),
    "processed cut": ("processed:", CUT, ("get_processed",), "processed crash: does not"),
    "processed is a list": (
        "processed:", lambda _: zlib.compress(b"[1]"), ("get_processed",),
        "processed crash: its JSON",
    ),
    "pieces of processed": (
        "meta:processed", lambda _: b"many", ("get_processed",), "processed crash: its JSON",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_damaged_manifest_is_one_error_and_its_crash_is_listed(
    hbase_store: HBaseStore, kind: str
) -> None:
    store = hbase_store
    crashes = first, bad, last = three(store)
    ids = [raw.crash_id for raw in crashes]
    spoil(store, bad.crash_id, "meta:manifest", MANIFESTS[kind])

    for read in readings(store, bad.crash_id).values():
        with pytest.raises(DamagedCrash) as damage:
            read()
        assert damage.value.crash_id == bad.crash_id
        assert damage.value.reason.startswith("manifest: ")
    for sound in (first, last):
        for read in readings(store, sound.crash_id).values():
            read()
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == ids
    assert [entry.crash_id for entry in store.waiting()] == ids
    assert list(store.unprocessed(DAY, DAY + ONE_DAY)) == []
    assert store.put_raw(bad, DUMP) is False
    store.delete(bad.crash_id)
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == [first.crash_id, last.crash_id]
    assert store.put_raw(bad, DUMP) is True
    assert store.get_raw(bad.crash_id) == bad


@pytest.mark.parametrize("kind", CELLS)
def test_damaged_cells_are_one_error_and_the_rest_of_the_crash_is_read(
    hbase_store: HBaseStore, kind: str
) -> None:
    store = hbase_store
    first, bad, _ = three(store)
    family, change, concerned, reason = CELLS[kind]
    spoil(store, bad.crash_id, family, change)

    for name, read in readings(store, bad.crash_id).items():
        if name not in concerned:
            read()
            continue
        with pytest.raises(DamagedCrash) as damage:
            read()
        assert damage.value.reason.startswith(reason)
    for read in readings(store, first.crash_id).values():
        read()
    store.put_processed(bad.crash_id, PROCESSED)
    assert store.get_processed(bad.crash_id) == PROCESSED


def test_raw_json_that_is_no_crash_is_damage(hbase_store: HBaseStore) -> None:
    store = hbase_store
    _, bad, _ = three(store)
    text = zlib.compress(b"[1, 2]")
    blob = layout.blob_of(text)
    row = layout.crash_row(bad.crash_id)
    store.client.put(layout.CRASHES, row, {blob.columns("raw")[0]: text})
    spoil(store, bad.crash_id, "meta:manifest", _manifest(raw=list(blob)))

    with pytest.raises(DamagedCrash, match="raw crash: its JSON is not that of a crash"):
        store.get_raw(bad.crash_id)


@pytest.mark.parametrize("reading", ["get_dump", "get_crash"])
def test_a_crash_that_is_deleted_while_it_is_read_is_not_damaged(
    hbase_store: HBaseStore, reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = hbase_store
    raw = make_crash(NOON)
    store.put_raw(raw, {MAIN_DUMP: bytes(2 * layout.PIECE)})  # more than one call reads
    get = store.client.get

    def delete_first(table: str, row: bytes, columns: list[bytes]) -> Mapping[bytes, bytes]:
        if any(column.startswith(b"dump") for column in columns):
            monkeypatch.setattr(store.client, "get", get)
            store.delete(raw.crash_id)
        return get(table, row, columns)

    monkeypatch.setattr(store.client, "get", delete_first)

    with pytest.raises(CrashNotFound) as error:
        readings(store, raw.crash_id)[reading]()
    assert not isinstance(error.value, DamagedCrash)


def test_rows_that_are_not_ours_are_passed_over(hbase_store: HBaseStore) -> None:
    store = hbase_store
    first, bad, last = three(store)
    for key in (b"5", b"5 notes", b"52026-11-23T12:00:00.000000", b"5\xff", b"5" + b"x" * 62):
        store.client.put(layout.INDEX, key, layout.index_cells(first.crash_id))

    waiting = list(store.waiting())

    assert [entry.crash_id for entry in waiting] == [raw.crash_id for raw in (first, bad, last)]
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == [raw.crash_id for raw in (first, bad, last)]
    assert Waiting(first.crash_id, first.submitted) in waiting
