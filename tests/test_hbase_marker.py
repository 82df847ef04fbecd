"""Tables without the store's id, or with another one, are a store that is away."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.local import first_start
from cli.local.hbase import Server
from socorro.crash import MAIN_DUMP
from socorro.crashstore import hbase_client
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.interface import StoreUnavailable, Waiting
from socorro.crashstore.open import create_tables, open_store
from tests.builders import NOON, make_crash

pytestmark = pytest.mark.hbase

DUMP = {MAIN_DUMP: b"MDMP"}
ONE_DAY = timedelta(days=1)


def opened(url: str, home: Path | None = None) -> HBaseStore:
    store = open_store(url, home=home)
    assert isinstance(store, HBaseStore)
    return store


def drop_id(url: str) -> None:
    store = opened(url)
    store.client.call(lambda c: c.table(layout.CRASHES).delete(layout.STORE_ROW), is_verified=False)
    store.close()


def calls(store: HBaseStore) -> list[Callable[[], object]]:
    raw = make_crash(NOON)
    return [
        lambda: store.put_raw(raw, DUMP),
        lambda: store.get_raw(raw.crash_id),
        lambda: store.put_processed(raw.crash_id, {}),
        lambda: store.get_processed(raw.crash_id),
        lambda: list(store.waiting()),
        lambda: store.forget_waiting([Waiting(raw.crash_id, NOON)]),
        lambda: list(store.submitted(NOON, NOON + ONE_DAY)),
        lambda: store.delete(raw.crash_id),
        lambda: store.counters("day", NOON, NOON + ONE_DAY),
        store.check,
    ]


def test_tables_without_an_id_are_away_for_every_call_until_somebody_creates_it(
    hbase_url: str,
) -> None:
    drop_id(hbase_url)
    store = opened(hbase_url)

    for call in calls(store):
        with pytest.raises(StoreUnavailable, match="`socorro store create` gives them one"):
            call()
    with pytest.raises(StoreUnavailable, match="have no id"):
        store.adopt()
    create_tables(hbase_url)

    store.check()
    assert list(store.submitted(NOON, NOON + ONE_DAY)) == []
    store.close()


def test_creating_again_keeps_the_id(hbase_url: str, tmp_path: Path) -> None:
    store = opened(hbase_url, tmp_path)
    store.check()

    create_tables(hbase_url)

    later = opened(hbase_url, tmp_path)
    later.check()
    store.close()
    later.close()


def test_another_store_at_the_same_place_is_away_until_it_is_adopted(
    hbase_url: str, tmp_path: Path
) -> None:
    store = opened(hbase_url, tmp_path)
    store.check()
    drop_id(hbase_url)
    create_tables(hbase_url)  # without the memory of the home

    later = opened(hbase_url, tmp_path)
    for call in calls(later):
        with pytest.raises(StoreUnavailable, match=r"another one is at .*`socorro store adopt`"):
            call()
    later.adopt()

    later.check()
    assert list(later.submitted(NOON, NOON + ONE_DAY)) == []
    store.close()
    later.close()


@pytest.mark.parametrize(("seconds", "is_away"), [(-1.0, True), (3600.0, False)])
def test_a_connection_in_use_is_verified_every_few_seconds(
    hbase_url: str, monkeypatch: pytest.MonkeyPatch, seconds: float, is_away: bool
) -> None:
    monkeypatch.setattr(hbase_client, "VERIFY_SECONDS", seconds)
    store = opened(hbase_url)
    assert store.stored([make_crash(NOON).crash_id]) == []  # a check has its own connection
    drop_id(hbase_url)

    if is_away:
        with pytest.raises(StoreUnavailable):
            store.put_raw(make_crash(NOON), DUMP)
    else:
        store.put_raw(make_crash(NOON), DUMP)
    store.close()


def test_tables_that_vanish_are_away_and_are_not_made_anew(hbase: Server) -> None:
    store = opened(f"{hbase.url}/nobody_made_these_tables")

    for call in calls(store):
        with pytest.raises(StoreUnavailable, match="socorro store create"):
            call()

    tables = store.client.call(lambda c: c.tables(), is_verified=False)
    assert tables == []
    store.close()


def test_tables_of_an_earlier_version_get_their_id_at_the_next_start(
    hbase_url: str, tmp_path: Path
) -> None:
    first_start.tables(tmp_path, hbase_url, own=True)
    drop_id(hbase_url)
    (tmp_path / "store-id").write_text('{"HBase of this home": "tables created"}')

    first_start.tables(tmp_path, hbase_url, own=True)

    store = opened(hbase_url, tmp_path)
    store.check()
    assert store.adopt_unmarked() is False
    store.close()
