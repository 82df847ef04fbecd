"""Crashes that are put together: each as if it were put by itself, wherever the put is killed."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore import hbase_layout as layout
from socorro.crashstore.interface import CannotStore, CrashNotFound, CrashStore
from socorro.crashstore.open import open_store
from tests.builders import NOON, make_crash
from tests.contract.conftest import dying_after

DAY = datetime(2026, 11, 23, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MANY_CALLS = 100

Crash = tuple[RawCrash, Mapping[str, bytes]]


def crashes(count: int, size: int = 1000) -> list[Crash]:
    batch = []
    for number in range(count):
        dumps = {MAIN_DUMP: b"MDMP" + os.urandom(size)}
        batch.append((make_crash(NOON + number * SECOND, dumps), dumps))
    return batch


def test_crashes_that_are_put_together_are_all_there(store: CrashStore) -> None:
    batch = crashes(5)

    are_new = store.put_raw_batch(batch)

    ids = [raw.crash_id for raw, _ in batch]
    assert are_new == [True] * 5
    assert [store.get_crash(raw.crash_id, list) for raw, _ in batch] == batch
    assert [entry.crash_id for entry in store.waiting()] == ids
    assert list(store.submitted(DAY, DAY + ONE_DAY)) == ids
    assert store.counters("minute", DAY, DAY + ONE_DAY) == {NOON: 5}
    assert store.put_raw_batch([]) == []
    assert store.batch >= 1


def test_counts_of_a_batch_go_to_the_minute_of_each_crash(store: CrashStore) -> None:
    batch = [(make_crash(NOON + timedelta(minutes=number // 2)), {}) for number in range(4)]

    store.put_raw_batch(batch)

    minute = timedelta(minutes=1)
    assert store.counters("minute", DAY, DAY + ONE_DAY) == {NOON: 2, NOON + minute: 2}


def test_the_first_put_of_an_id_wins_within_a_batch_and_before_it(store: CrashStore) -> None:
    earlier, first, other = crashes(3)
    store.put_raw(*earlier)
    store.forget_waiting(list(store.waiting()))
    later = {MAIN_DUMP: b"MDMP later"}

    are_new = store.put_raw_batch(
        [
            (replace(earlier[0], submitted=NOON + 60 * SECOND), later),
            first,
            (replace(first[0], submitted=NOON + 61 * SECOND), later),
            other,
        ]
    )

    assert are_new == [False, True, False, True]
    for raw, dumps in (earlier, first, other):
        assert store.get_crash(raw.crash_id, list) == (raw, dumps)
    assert [entry.crash_id for entry in store.waiting()] == [first[0].crash_id, other[0].crash_id]
    assert len(list(store.submitted(DAY, DAY + ONE_DAY))) == 3


def test_a_batch_that_is_killed_anywhere_has_whole_crashes_only_and_may_be_repeated(
    store_url: str,
) -> None:
    later = open_store(store_url)
    for calls in range(MANY_CALLS):
        batch = crashes(3)
        dying = open_store(store_url)
        acknowledged: list[bool] = []
        with dying_after(dying, calls):
            acknowledged = dying.put_raw_batch(batch)
        dying.close()

        waiting = {entry.crash_id for entry in later.waiting()}
        whole = set(later.submitted(DAY, DAY + ONE_DAY))
        for raw, dumps in batch:
            assert (raw.crash_id in waiting) == (raw.crash_id in whole)
            if raw.crash_id in whole:
                assert later.get_crash(raw.crash_id, list) == (raw, dumps)
            else:
                with pytest.raises(CrashNotFound):
                    later.get_raw(raw.crash_id)
        if acknowledged:
            assert whole >= {raw.crash_id for raw, _ in batch}
        later.put_raw_batch(batch)
        assert [later.get_crash(raw.crash_id, list) for raw, _ in batch] == batch
        for raw, _ in batch:
            later.delete(raw.crash_id)
        if acknowledged:
            break
    assert calls > 3
    later.close()


def test_a_crash_that_no_store_takes_fails_its_batch_and_the_others_can_be_put(
    store: CrashStore,
) -> None:
    good, bad = crashes(2)
    refused = (bad[0], {str(number): b"" for number in range(101)})

    with pytest.raises(CannotStore):
        store.put_raw_batch([good, refused])
    store.put_raw(*good)

    assert store.get_crash(good[0].crash_id, list) == good
    with pytest.raises(CrashNotFound):
        store.get_raw(bad[0].crash_id)


def test_a_batch_of_more_bytes_than_a_call_carries_is_put_in_several(store: CrashStore) -> None:
    batch = crashes(4, size=3 * 2**20)

    store.put_raw_batch(batch)

    assert [store.get_crash(raw.crash_id, list) for raw, _ in batch] == batch


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([], []),
        ([layout.PIECE], [1]),
        ([layout.PIECE - 1, 1], [2]),
        ([layout.PIECE, 1], [1, 1]),
        ([1, layout.PIECE, 1, 1], [1, 1, 2]),
        ([layout.PIECE // 2] * 3, [2, 1]),
    ],
)
def test_a_call_carries_about_a_piece(sizes: list[int], groups: list[int]) -> None:
    changes = [(b"row", {b"dump:x": bytes(size)}) for size in sizes]

    calls = list(layout.by_size(changes))

    assert [len(call) for call in calls] == groups
    assert [change for call in calls for change in call] == changes
