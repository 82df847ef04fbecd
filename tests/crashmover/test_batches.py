"""A store that takes several crashes at once gets them so, and one bad crash harms no other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from crashmover import mover as mover_module
from crashmover.mover import ALONE_SECONDS
from socorro.crash import RawCrash
from socorro.crashstore.interface import CannotStore, CrashStore, StoreUnavailable
from socorro.spool.spool import Spool
from tests.builders import NOON
from tests.crashmover.spooled import DUMPS, FaultyStore, spooled
from tests.crashmover.test_mover import Clock, make_mover, quarantined


class Batching(FaultyStore):
    """A store that takes four crashes at once; *fault* is met in batches, too."""

    batch = 4

    def __init__(self, store: CrashStore, fault: object = None) -> None:
        super().__init__(store, fault or (lambda _: None))  # type: ignore[arg-type]
        self.batches: list[int] = []

    def put_raw_batch(self, crashes: Sequence[tuple[RawCrash, Mapping[str, bytes]]]) -> list[bool]:
        self.batches.append(len(crashes))
        for raw, _ in crashes:
            self._fault(raw)
        return [self._store.put_raw(raw, dumps) for raw, dumps in crashes]


def several(spool: Spool, count: int) -> list[RawCrash]:
    return [spooled(spool, NOON + timedelta(minutes=number)) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "batches", "alone"),
    [(1, [], 1), (2, [2], 0), (4, [4], 0), (5, [4], 1), (9, [4, 4], 1)],
)
def test_crashes_are_put_together_and_leave_the_spool(
    spool: Spool, store: CrashStore, count: int, batches: list[int], alone: int
) -> None:
    raws = several(spool, count)
    batching = Batching(store)

    moved = make_mover(spool, batching, workers=1).move_all()

    assert moved == count
    assert (batching.batches, len(batching.puts)) == (batches, alone)
    assert list(spool.ids()) == []
    assert all(store.get_raw(raw.crash_id) == raw for raw in raws)


@pytest.mark.parametrize(("limit", "batches"), [(73, [4]), (72, [3]), (25, [2]), (24, [1])])
def test_a_batch_is_full_when_it_has_so_many_bytes(
    spool: Spool,
    store: CrashStore,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    batches: list[int],
) -> None:
    assert sum(map(len, DUMPS.values())) == 24
    monkeypatch.setattr(mover_module, "BATCH_BYTES", limit)
    several(spool, 4)
    batching = Batching(store)

    moved = make_mover(spool, batching, workers=1).move_all()

    assert moved == 4
    assert batching.batches == batches


def test_one_crash_that_is_refused_is_quarantined_and_its_batch_is_stored(
    spool: Spool, store: CrashStore
) -> None:
    raws = several(spool, 4)

    def refuse(raw: RawCrash) -> None:
        if raw.crash_id == raws[1].crash_id:
            raise CannotStore("too many dumps")

    moved = make_mover(spool, Batching(store, refuse), workers=1).move_all()

    assert moved == 3
    assert quarantined(spool) == {raws[1].crash_id: "refused: too many dumps"}
    assert list(spool.ids()) == []


def test_a_torn_entry_is_quarantined_and_its_batch_is_stored_together(
    spool: Spool, store: CrashStore
) -> None:
    raws = several(spool, 4)
    [entry] = [entry for entry in spool.ready() if entry.crash_id == raws[2].crash_id]
    Path(entry.json).write_bytes(b"{")
    batching = Batching(store)

    moved = make_mover(spool, batching, workers=1).move_all()

    assert moved == 3
    assert batching.batches == [3]
    assert list(quarantined(spool)) == [raws[2].crash_id]


def test_while_a_part_of_the_store_is_away_every_crash_is_put_by_itself(
    spool: Spool, store: CrashStore
) -> None:
    raws, clock = several(spool, 12), Clock()
    stuck = {raw.crash_id for raw in raws[:2]}

    def region_away(raw: RawCrash) -> None:
        if raw.crash_id in stuck:
            raise StoreUnavailable("NotServingRegionException")

    batching = Batching(store, region_away)
    mover = make_mover(spool, batching, clock, workers=4)
    mover.move_all()
    before = len(batching.batches)
    several(spool, 8)
    clock.now += ALONE_SECONDS - 0.1
    mover.move_all()
    alone = len(batching.batches)
    stuck.clear()
    several(spool, 8)
    clock.now += 0.1
    mover.move_all()
    clock.now += 60
    mover.move_all()

    assert alone == before
    assert len(batching.batches) > before
    assert list(spool.ids()) == []
    assert quarantined(spool) == {}


def test_an_outage_of_the_whole_store_blames_nobody_and_loses_nothing(
    spool: Spool, store: CrashStore
) -> None:
    raws, clock = several(spool, 12), Clock()

    def away(_raw: RawCrash) -> None:
        raise StoreUnavailable("no answer")

    batching = Batching(store, away)
    mover = make_mover(spool, batching, clock, workers=2)

    for _ in range(5):
        mover.move_all()
        clock.now += 60
    assert mover.store_is_away
    assert set(spool.ids()) == {raw.crash_id for raw in raws}
    batching._fault = lambda _: None
    moved = sum(mover.move_all() for _ in range(3))

    assert moved == 12
    assert list(spool.ids()) == []
    assert quarantined(spool) == {}


def test_a_crash_that_failed_before_is_tried_by_itself(spool: Spool, store: CrashStore) -> None:
    [poison, *_], clock = several(spool, 4), Clock()

    def fail(raw: RawCrash) -> None:
        if raw.crash_id == poison.crash_id:
            raise RuntimeError

    batching = Batching(store, fail)
    mover = make_mover(spool, batching, clock, workers=1, attempts=3)
    mover.move_all()
    several(spool, 3)
    clock.now += 60
    mover.move_all()

    assert batching.batches == [4, 3]
    assert list(spool.ids()) == [poison.crash_id]
