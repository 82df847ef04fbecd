"""What every crash store promises, see socorro/crashstore/interface.py."""

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CannotStore, CrashNotFound, CrashStore, Waiting
from socorro.crashstore.open import create_tables, open_store
from tests.builders import NOON, make_crash
from tests.contract.conftest import dying_after

DAY = datetime(2026, 11, 23, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
DUMP = {MAIN_DUMP: b"MDMP" + bytes(1000)}
MANY_CALLS = 100


def put(store: CrashStore, *submitted: datetime) -> list[CrashId]:
    crashes = [make_crash(at) for at in submitted]
    for raw in crashes:
        store.put_raw(raw, DUMP)
    return [raw.crash_id for raw in crashes]


def listed(
    store: CrashStore, start: datetime = DAY, end: datetime = DAY + ONE_DAY
) -> list[CrashId]:
    return list(store.submitted(start, end))


def assert_holds_nothing_of(store: CrashStore, raw: RawCrash) -> None:
    for read in (store.get_raw, store.dump_names, store.get_processed):
        with pytest.raises(CrashNotFound):
            read(raw.crash_id)
    for name in DUMP:
        with pytest.raises(CrashNotFound):
            store.get_dump(raw.crash_id, name)
    assert list(store.waiting()) == []
    assert listed(store) == []
    assert list(store.unprocessed(DAY, DAY + ONE_DAY)) == []


# Raw crashes and dumps


def test_a_crash_comes_back_as_it_was_put(store: CrashStore) -> None:
    dumps = {**DUMP, "upload_file_minidump_browser": b"MDMP2", "memory_report": b""}
    raw = make_crash(dumps=dumps, Comments="naïve 猫 \ud800", Empty="")

    is_new = store.put_raw(raw, dumps)

    assert is_new
    assert store.get_raw(raw.crash_id) == raw
    assert store.dump_names(raw.crash_id) == sorted(dumps)
    assert {name: store.get_dump(raw.crash_id, name) for name in dumps} == dumps


def test_a_crash_and_chosen_dumps_come_in_one_reading(store: CrashStore) -> None:
    dumps = {**DUMP, "upload_file_minidump_browser": b"MDMP2", "memory_report": b""}
    raw = make_crash(dumps=dumps)
    store.put_raw(raw, dumps)

    everything = store.get_crash(raw.crash_id, lambda names: names)
    some = store.get_crash(raw.crash_id, lambda names: names[:0:-1])
    nothing = store.get_crash(raw.crash_id, lambda _: ())

    assert everything == (raw, dumps)
    assert [list(chosen) for _, chosen in (everything, some, nothing)] == [
        ["memory_report", MAIN_DUMP, "upload_file_minidump_browser"],
        ["upload_file_minidump_browser", MAIN_DUMP],
        [],
    ]
    with pytest.raises(CrashNotFound):
        store.get_crash(make_crash().crash_id, lambda names: names)


def test_a_crash_may_have_no_dump(store: CrashStore) -> None:
    raw = make_crash()

    store.put_raw(raw, {})

    assert store.get_raw(raw.crash_id) == raw
    assert store.dump_names(raw.crash_id) == []


def test_what_was_never_put_is_not_found(store: CrashStore) -> None:
    raw = make_crash()

    assert_holds_nothing_of(store, raw)
    with pytest.raises(CrashNotFound):
        store.put_processed(raw.crash_id, {})


def test_a_dump_of_another_name_is_not_found(store: CrashStore) -> None:
    [crash_id] = put(store, NOON)

    with pytest.raises(CrashNotFound):
        store.get_dump(crash_id, "raw_crash.json")


def test_it_says_which_crashes_it_has(store: CrashStore) -> None:
    here, deferred, missing = make_crash(), make_crash(deferred=True), make_crash()
    for raw in (here, deferred):
        store.put_raw(raw, DUMP)
    ids = [deferred.crash_id, missing.crash_id, here.crash_id]

    assert store.stored(ids) == [deferred.crash_id, here.crash_id]
    assert store.stored([]) == []


def test_the_first_put_of_an_id_wins(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)

    later = replace(raw, submitted=NOON + SECOND, metadata={"payload": "json"})
    is_new = store.put_raw(later, {MAIN_DUMP: b"another", "more": b"dumps"})

    assert not is_new
    assert store.get_raw(raw.crash_id) == raw
    assert store.dump_names(raw.crash_id) == [MAIN_DUMP]
    assert store.get_dump(raw.crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]
    assert list(store.waiting()) == [(raw.crash_id, NOON)]
    assert listed(store) == [raw.crash_id]


def test_a_second_put_on_the_next_day_changes_nothing_either(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)

    is_new = store.put_raw(replace(raw, submitted=NOON + ONE_DAY), DUMP)

    assert not is_new
    assert listed(store, DAY, DAY + 2 * ONE_DAY) == [raw.crash_id]


def test_threads_that_put_one_id_at_once_leave_one_crash(store_url: str) -> None:
    store = open_store(store_url, connections=8)
    raw = make_crash(NOON)
    start = threading.Barrier(8)

    def put_at(seconds: int) -> bool:
        mine = replace(raw, submitted=NOON + timedelta(seconds=seconds % 4))
        start.wait()
        return store.put_raw(mine, {MAIN_DUMP: b"MDMP%d" % (seconds % 4)})

    with ThreadPoolExecutor(8) as threads:
        are_new = list(threads.map(put_at, range(8)))

    stored = store.get_raw(raw.crash_id)
    winner = (stored.submitted - NOON) // SECOND
    assert are_new.count(True) == 1
    assert are_new.index(True) % 4 == winner
    assert store.get_dump(raw.crash_id, MAIN_DUMP) == b"MDMP%d" % winner
    assert list(store.waiting()) == [(raw.crash_id, stored.submitted)]
    assert listed(store) == [raw.crash_id]
    store.close()


def test_a_dump_of_20_mib_comes_back(store: CrashStore) -> None:
    body = os.urandom(20 * 2**20)
    raw = make_crash(dumps={MAIN_DUMP: body})

    store.put_raw(raw, {MAIN_DUMP: body, "small": b"MDMP"})

    stored = store.get_dump(raw.crash_id, MAIN_DUMP)
    assert hashlib.sha256(stored).digest() == hashlib.sha256(body).digest()
    assert store.get_dump(raw.crash_id, "small") == b"MDMP"


def test_annotations_that_do_not_compress_come_back(store: CrashStore) -> None:
    raw = make_crash(TelemetryEnvironment=os.urandom(6 * 2**20).hex())

    store.put_raw(raw, DUMP)

    assert store.get_raw(raw.crash_id) == raw


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd", "/etc/passwd", "..", ".", "a\0b", "a\nb", "con:aux",
        "raw_crash.json", "%2e%2e", "'; DROP TABLE", "\ud800", "猫" * 80, "x" * 255,
        "meta:manifest", " ",
    ],
)  # fmt: skip
def test_a_hostile_dump_name_is_only_a_name(store: CrashStore, name: str) -> None:
    raw = make_crash()

    store.put_raw(raw, {**DUMP, name: b"hostile"})

    assert store.dump_names(raw.crash_id) == sorted([*DUMP, name])
    assert store.get_dump(raw.crash_id, name) == b"hostile"
    assert store.get_dump(raw.crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]
    assert store.get_raw(raw.crash_id) == raw


@pytest.mark.parametrize(
    "dumps",
    [
        {"": b"x"},
        {"x" * 256: b"x"},
        {str(n): b"" for n in range(101)},
        {"one": bytes(40 * 2**20), "two": bytes(25 * 2**20)},
    ],
    ids=["no name", "long name", "many dumps", "large dumps"],
)
def test_what_no_store_takes_is_refused_for_good(
    store: CrashStore, dumps: dict[str, bytes]
) -> None:
    raw = make_crash()

    with pytest.raises(CannotStore):
        store.put_raw(raw, dumps)

    assert_holds_nothing_of(store, raw)


def test_an_id_of_another_day_than_its_submission_is_refused(store: CrashStore) -> None:
    raw = replace(make_crash(NOON), submitted=NOON + ONE_DAY)

    with pytest.raises(CannotStore):
        store.put_raw(raw, DUMP)


# Puts that are interrupted


@pytest.mark.timeout(120)
def test_a_put_killed_anywhere_left_nothing_and_may_be_repeated(store_url: str) -> None:
    outcomes = []
    for calls in range(MANY_CALLS):
        raw = make_crash(NOON + calls * SECOND)
        dying, later = open_store(store_url), open_store(store_url)
        was_put = False

        with dying_after(dying, calls):
            was_put = dying.put_raw(raw, DUMP)

        try:
            was_committed = later.get_raw(raw.crash_id) == raw
        except CrashNotFound:
            was_committed = False
        outcomes.append((was_committed, was_put))
        if not was_committed:
            assert_holds_nothing_of(later, raw)
        assert later.put_raw(raw, DUMP) is not was_committed
        assert later.get_dump(raw.crash_id, MAIN_DUMP) == DUMP[MAIN_DUMP]
        assert list(later.waiting()) == [(raw.crash_id, raw.submitted)]
        assert listed(later) == [raw.crash_id]
        later.delete(raw.crash_id)
        dying.close()
        later.close()
        if was_put:
            break

    assert (False, False) in outcomes
    assert outcomes == sorted(outcomes), "a later kill kept less"
    assert outcomes[-1] == (True, True)


@pytest.mark.timeout(120)
def test_a_killed_put_that_is_repeated_with_another_time_leaves_one_index_row(
    store_url: str,
) -> None:
    for calls in range(MANY_CALLS):
        raw = make_crash(NOON + calls * SECOND)
        again = replace(raw, submitted=raw.submitted + timedelta(milliseconds=500))
        dying, later = open_store(store_url), open_store(store_url)

        was_put = False
        with dying_after(dying, calls):
            was_put = dying.put_raw(raw, DUMP)
        is_new = later.put_raw(again, {MAIN_DUMP: b"MDMP again"})

        stored = again if is_new else raw
        assert later.get_raw(raw.crash_id) == stored
        assert list(later.waiting()) == [(raw.crash_id, stored.submitted)]
        assert listed(later) == [raw.crash_id]
        later.delete(raw.crash_id)
        assert list(later.waiting()) == []
        dying.close()
        later.close()
        if was_put:
            break

    assert was_put


@pytest.mark.timeout(120)
def test_a_processed_crash_is_replaced_whole_or_not_at_all(store_url: str) -> None:
    store = open_store(store_url)
    [crash_id] = put(store, NOON)
    old = {"signature": "old", "frames": ["long"] * 1000}
    new = {"signature": "new"}

    for calls in range(MANY_CALLS):
        store.put_processed(crash_id, old)
        dying, later = open_store(store_url), open_store(store_url)
        ended = False
        with dying_after(dying, calls):
            dying.put_processed(crash_id, new)
            ended = True
        assert later.get_processed(crash_id) in ((new,) if ended else (old, new))
        dying.close()
        later.close()
        if ended:
            break

    assert ended
    store.close()


# Processed crashes


def test_a_processed_crash_comes_back_and_the_next_takes_its_place(store: CrashStore) -> None:
    [crash_id] = put(store, NOON)
    large = {"crash_id": crash_id, "json_dump": {"noise": os.urandom(10 * 2**20).hex()}}
    small = {"crash_id": crash_id, "signature": "naïve | 猫", "address": None, "uptime": 3}

    store.put_processed(crash_id, large)
    found_large = store.get_processed(crash_id)
    store.put_processed(crash_id, small)

    assert found_large == large
    assert store.get_processed(crash_id) == small
    assert store.get_raw(crash_id).crash_id == crash_id


def test_a_crash_without_a_processed_one_says_so(store: CrashStore) -> None:
    [crash_id] = put(store, NOON)

    with pytest.raises(CrashNotFound):
        store.get_processed(crash_id)


# The index of waiting crashes


def test_crashes_wait_in_order_of_submission_whatever_their_ids(store: CrashStore) -> None:
    times = [NOON + n * timedelta(hours=7, microseconds=1) for n in range(40)]
    ids = dict(zip(times, put(store, *times[::-1])[::-1], strict=True))

    everything = list(store.waiting())
    first = list(store.waiting(limit=3))

    assert everything == [(ids[at], at) for at in times]
    assert first == everything[:3]


def test_more_crashes_than_a_page_wait_in_order(store: CrashStore) -> None:
    crashes = [make_crash(NOON + n * SECOND) for n in range(600)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda raw: store.put_raw(raw, {}), crashes))

    waiting = list(store.waiting(limit=550))

    assert [entry.crash_id for entry in waiting] == [raw.crash_id for raw in crashes[:550]]


def test_a_forgotten_crash_waits_no_more_and_is_still_there(store: CrashStore) -> None:
    first, second = put(store, NOON, NOON + SECOND)
    nobody = Waiting(make_crash().crash_id, NOON)

    store.forget_waiting([*store.waiting(limit=1), nobody])
    store.forget_waiting([Waiting(first, NOON)])

    assert [entry.crash_id for entry in store.waiting()] == [second]
    assert listed(store) == [first, second]


def test_a_deferred_crash_never_waits(store: CrashStore) -> None:
    raw = make_crash(NOON, deferred=True)

    store.put_raw(raw, DUMP)

    assert list(store.waiting()) == []
    assert listed(store) == [raw.crash_id]
    assert list(store.unprocessed(DAY, DAY + ONE_DAY)) == [raw.crash_id]


def test_a_repost_after_processing_does_not_wait_again(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)
    store.forget_waiting(store.waiting())
    store.put_processed(raw.crash_id, {"signature": "x"})

    store.put_raw(raw, DUMP)
    store.put_raw(replace(raw, submitted=NOON + SECOND), DUMP)

    assert list(store.waiting()) == []
    assert store.get_processed(raw.crash_id) == {"signature": "x"}


# Listings


def test_a_range_holds_its_start_and_not_its_end(store: CrashStore) -> None:
    tick = timedelta(microseconds=1)
    before, at_start, inside, at_end = put(
        store, NOON - tick, NOON, NOON + ONE_DAY, NOON + 2 * ONE_DAY
    )

    assert listed(store, NOON, NOON + 2 * ONE_DAY) == [at_start, inside]
    assert listed(store, DAY - ONE_DAY, NOON) == [before]
    assert listed(store, at_noon_in_tokyo(), NOON + tick) == [before, at_start]
    assert listed(store, NOON, NOON) == []
    assert listed(store, NOON + 2 * ONE_DAY, NOON + 9 * ONE_DAY) == [at_end]


def at_noon_in_tokyo() -> datetime:
    return NOON.replace(tzinfo=timezone(timedelta(hours=9)))


def test_a_time_in_another_zone_is_the_same_time(store: CrashStore) -> None:
    raw = make_crash(NOON)
    zone = timezone(timedelta(hours=-5))

    store.put_raw(replace(raw, submitted=NOON.astimezone(zone)), DUMP)

    assert store.get_raw(raw.crash_id).submitted == NOON
    assert list(store.waiting()) == [(raw.crash_id, NOON)]


def test_unprocessed_crashes_are_listed_without_processed_ones(store: CrashStore) -> None:
    first, second, third = put(store, NOON, NOON + SECOND, NOON + 2 * SECOND)

    store.put_processed(second, {"signature": "x"})

    assert list(store.unprocessed(DAY, DAY + ONE_DAY)) == [first, third]
    assert listed(store) == [first, second, third]


# Deletion


def test_a_deleted_crash_is_gone_from_everywhere(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)
    store.put_processed(raw.crash_id, {"signature": "x"})
    [other] = put(store, NOON + SECOND)

    store.delete(raw.crash_id)
    store.delete(raw.crash_id)

    assert listed(store) == [other]
    assert [entry.crash_id for entry in store.waiting()] == [other]
    store.delete(other)
    assert_holds_nothing_of(store, raw)


def test_a_deleted_crash_can_be_put_again(store: CrashStore) -> None:
    raw = make_crash(NOON)
    store.put_raw(raw, DUMP)
    store.put_processed(raw.crash_id, {"signature": "x"})
    store.delete(raw.crash_id)

    is_new = store.put_raw(raw, DUMP)

    assert is_new
    assert list(store.waiting()) == [(raw.crash_id, NOON)]
    assert list(store.unprocessed(DAY, DAY + ONE_DAY)) == [raw.crash_id]
    with pytest.raises(CrashNotFound):
        store.get_processed(raw.crash_id)


def test_a_listing_goes_on_while_its_crashes_are_deleted(store: CrashStore) -> None:
    ids = put(store, *(NOON + n * SECOND for n in range(5)))

    deleted = []
    for crash_id in store.submitted(DAY, DAY + ONE_DAY):
        store.delete(crash_id)
        deleted.append(crash_id)

    assert deleted == ids
    assert listed(store) == []


# Counters


def test_puts_are_counted_by_minute_hour_and_day_of_submission(store: CrashStore) -> None:
    hour = timedelta(hours=1)
    put(store, NOON, NOON + 59 * SECOND, NOON + 60 * SECOND, NOON + hour, NOON + ONE_DAY)
    end = DAY + 2 * ONE_DAY

    assert store.counters("minute", NOON + SECOND, NOON + hour) == {
        NOON: 2,
        NOON + 60 * SECOND: 1,
    }
    assert store.counters("hour", DAY, end) == {NOON: 3, NOON + hour: 1, NOON + ONE_DAY: 1}
    assert store.counters("day", NOON, end) == {DAY: 4, DAY + ONE_DAY: 1}
    assert store.counters("day", DAY + ONE_DAY, end) == {DAY + ONE_DAY: 1}
    assert store.counters("minute", DAY, NOON) == {}


def test_a_second_put_is_not_counted(store: CrashStore) -> None:
    raw = make_crash(NOON)

    store.put_raw(raw, DUMP)
    store.put_raw(raw, DUMP)

    assert store.counters("day", DAY, DAY + ONE_DAY) == {DAY: 1}


# Health


def test_a_healthy_store_passes_its_check_and_keeps_nothing_of_it(store: CrashStore) -> None:
    store.check()
    store.check()

    assert list(store.waiting()) == []
    assert listed(store, DAY - 999 * ONE_DAY, DAY + 999 * ONE_DAY) == []
    assert store.counters("day", DAY - ONE_DAY, DAY + ONE_DAY) == {}


def test_making_the_tables_again_keeps_what_is_in_them(store: CrashStore, store_url: str) -> None:
    ids = put(store, NOON)

    create_tables(store_url)

    assert listed(store) == ids


def test_a_closed_store_may_be_used_again(store: CrashStore) -> None:
    ids = put(store, NOON)

    store.close()

    assert listed(store) == ids
