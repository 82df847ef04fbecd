"""Limits that all crash stores share, at the limit and one beyond; URLs of stores."""

import os
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from Hbase_thrift import IOError as HBaseError

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore import limits
from socorro.crashstore.archive import RAW_MEMBER, pack
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.hbase_client import _java_name
from socorro.crashstore.interface import CannotStore, CrashStore
from socorro.crashstore.open import SCHEMES, open_store
from tests.builders import NOON, make_crash
from tests.contract.conftest import STORES

MIB = 2**20
ONE_DAY = timedelta(days=1)


def test_every_kind_of_store_is_tried(request: pytest.FixtureRequest) -> None:
    fixtures = request._fixturemanager.getfixturedefs

    assert [store.values[0] for store in STORES] == list(SCHEMES)
    assert [name for name in SCHEMES if not fixtures(f"{name}_url", request.node)] == []


@pytest.mark.parametrize(
    ("dumps", "fits"),
    [
        ({"x" * 255: b""}, True),
        ({"x" * 256: b""}, False),
        ({"x": b""}, True),
        ({"": b""}, False),
        ({str(n): b"" for n in range(100)}, True),
        ({str(n): b"" for n in range(101)}, False),
        ({"one": bytes(40 * MIB), "two": bytes(24 * MIB)}, True),
        ({"one": bytes(40 * MIB), "two": bytes(24 * MIB + 1)}, False),
    ],
    ids=[
        "255 characters", "256 characters", "1 character", "no name",
        "100 dumps", "101 dumps", "64 MiB", "64 MiB and 1 byte",
    ],
)  # fmt: skip
def test_dumps_have_limits(dumps: dict[str, bytes], fits: bool) -> None:
    raw = make_crash()

    if fits:
        limits.check_raw(raw, dumps)
    else:
        with pytest.raises(CannotStore):
            limits.check_raw(raw, dumps)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(-1, False), (0, True), (86399, True), (86400, False)]
)
def test_the_id_has_the_date_of_submission(seconds: int, fits: bool) -> None:
    midnight = NOON.replace(hour=0)
    raw = replace(make_crash(NOON), submitted=midnight + timedelta(seconds=seconds))

    if fits:
        limits.check_raw(raw, {})
    else:
        with pytest.raises(CannotStore):
            limits.check_raw(raw, {})


def test_a_processed_crash_has_at_most_64_mib() -> None:
    limits.check_processed(bytes(64 * MIB))

    with pytest.raises(CannotStore, match="67108865 bytes; at most 67108864"):
        limits.check_processed(bytes(64 * MIB + 1))


def test_a_processed_crash_that_is_too_large_leaves_the_old_one(
    store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = make_crash()
    store.put_raw(raw, {})
    store.put_processed(raw.crash_id, {"signature": "old"})

    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(CannotStore):
        store.put_processed(raw.crash_id, {"signature": os.urandom(1000).hex()})

    assert store.get_processed(raw.crash_id) == {"signature": "old"}


def _of_size(size: int) -> RawCrash:
    """A raw crash whose JSON has *size* bytes."""
    raw = make_crash(Filler="")
    missing = size - len(raw.to_json())
    return replace(raw, annotations={**raw.annotations, "Filler": "x" * missing})


@pytest.mark.parametrize(
    ("size", "method"), [(4096, zipfile.ZIP_STORED), (4097, zipfile.ZIP_DEFLATED)]
)
def test_json_of_more_than_a_block_is_deflated(size: int, method: int) -> None:
    packed = pack(_of_size(size), {MAIN_DUMP: b"MDMP"})

    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.getinfo(RAW_MEMBER).file_size == size
        assert archive.getinfo(RAW_MEMBER).compress_type == method


@pytest.mark.parametrize(("beyond", "is_kept"), [(0.0, True), (0.001, False)])
def test_a_draft_is_kept_for_a_day(tmp_path: Path, beyond: float, is_kept: bool) -> None:
    FilesystemStore.created(tmp_path)
    draft = tmp_path / "drafts/0123"
    draft.touch()
    now = draft.stat().st_ctime + ONE_DAY.total_seconds() + beyond

    FilesystemStore.created(tmp_path, now=lambda: now)

    assert draft.exists() is is_kept


@pytest.mark.parametrize(
    ("size", "pieces"), [(0, 0), (1, 1), (8 * MIB, 1), (8 * MIB + 1, 2), (16 * MIB + 1, 3)]
)
def test_a_cell_of_hbase_has_at_most_8_mib(size: int, pieces: int) -> None:
    body = bytes(size)
    manifest, calls = layout.lay_out(make_crash(), {"dump": body}, put="1")
    cells = [value for call in calls for value in call.values()]

    assert manifest.dumps["dump"].pieces == pieces
    assert max(len(value) for value in cells) <= 8 * MIB
    assert all(sum(map(len, call.values())) <= 8 * MIB for call in calls)


@pytest.mark.parametrize(("length", "shown"), [(80, 80), (81, 80)])
def test_an_error_of_hbase_is_cut(length: int, shown: int) -> None:
    assert _java_name(HBaseError(message=b"x" * length)) == "x" * shown


@pytest.mark.parametrize(
    ("url", "host", "port", "prefix"),
    [
        ("hbase://10.0.0.7", "10.0.0.7", 9090, "socorro"),
        ("hbase://10.0.0.7/", "10.0.0.7", 9090, "socorro"),
        ("hbase://gateway:9191/crashes", "gateway", 9191, "crashes"),
    ],
)
def test_a_url_of_hbase_names_gateway_and_prefix(
    url: str, host: str, port: int, prefix: str
) -> None:
    store = open_store(url)

    assert isinstance(store, HBaseStore)
    assert store.client._address == {"host": host, "port": port, "table_prefix": prefix}


@pytest.mark.parametrize("url", ["", "file:", "file://", "hbase:", "hbase:///x", "s3://x", "/tmp"])
def test_another_url_is_refused_with_what_is_expected(url: str) -> None:
    with pytest.raises(ValueError, match="expected file:///folder or hbase://host:port"):
        open_store(url)
