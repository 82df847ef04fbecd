"""From spool to store: nothing lost, nothing stuck, nobody blamed for an outage."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from crashmover.app import chores, move_until
from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro import metrics
from socorro.crash import RawCrash
from socorro.crashstore.interface import CannotStore, CrashStore, StoreUnavailable
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.builders import NOON
from tests.crashmover.spooled import DUMPS, FaultyStore, enter, spooled


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CountedStop(Stop):
    """Never waits; ends after some waits and notes how long each would have been."""

    def __init__(self, most: int, then: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._most, self._then = most, then

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self._then(len(self.waited))
        if len(self.waited) >= self._most:
            self.set()
        return bool(self)


def make_mover(
    spool: Spool, store: object, clock: Callable[[], float] | None = None, **settings: object
) -> Mover:
    return Mover(spool, store, Stop(), CrashmoverConfig(**settings), clock or Clock())


def away(_raw: RawCrash) -> None:
    raise StoreUnavailable("no answer")


def quarantined(spool: Spool) -> dict[str, str]:
    return dict(spool.quarantined())


def test_a_crash_is_in_the_store_and_no_longer_in_the_spool(
    spool: Spool, store: CrashStore
) -> None:
    raw = spooled(spool, Comments="private, but kept")

    moved = make_mover(spool, store).move_all()

    assert moved == 1
    assert list(spool.ids()) == []
    assert store.get_raw(raw.crash_id) == raw
    assert {name: store.get_dump(raw.crash_id, name) for name in DUMPS} == DUMPS


def test_the_oldest_go_first(spool: Spool, store: CrashStore) -> None:
    raws = [spooled(spool, NOON - timedelta(minutes=age)) for age in (1, 3, 0, 2)]
    watched = FaultyStore(store, lambda _: None)

    make_mover(spool, watched, workers=1).move_all()

    assert watched.puts == [raws[place].crash_id for place in (1, 3, 0, 2)]


def test_a_batch_is_bounded_and_the_next_one_goes_on(spool: Spool, store: CrashStore) -> None:
    for _ in range(5):
        spooled(spool)
    mover = make_mover(spool, store, batch=2)

    assert [mover.move_all() for _ in range(4)] == [2, 2, 1, 0]


def test_a_crash_posted_twice_is_stored_once_and_leaves_the_spool_twice(
    spool: Spool, store: CrashStore
) -> None:
    raw = spooled(spool)
    enter(
        spool,
        RawCrash(raw.crash_id, raw.submitted + timedelta(seconds=9), raw.annotations, raw.metadata),
    )

    moved = make_mover(spool, store).move_all()

    assert moved == 2
    assert list(spool.ids()) == []
    assert list(store.submitted(NOON - timedelta(days=1), NOON + timedelta(days=1))) == [
        raw.crash_id
    ]


def test_a_crash_moved_by_another_mover_meanwhile_is_no_error(
    spool: Spool, store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(spool)
    entries = spool.ready()
    make_mover(spool, store).move_all()
    monkeypatch.setattr(spool, "ready", lambda _limit: entries)

    assert make_mover(spool, store).move_all() == 0
    assert quarantined(spool) == {}


def test_an_outage_loses_nothing_and_every_worker_tries_once(
    spool: Spool, store: CrashStore
) -> None:
    raws = [spooled(spool) for _ in range(20)]
    faulty = FaultyStore(store, away)
    mover = make_mover(spool, faulty, workers=4)

    moved = mover.move_all()

    assert moved == 0
    assert mover.store_is_away
    assert 4 <= len(faulty.puts) < 8
    assert set(spool.ids()) == {raw.crash_id for raw in raws}


def test_while_the_store_is_away_one_crash_at_a_time_is_tried(
    spool: Spool, store: CrashStore
) -> None:
    for _ in range(20):
        spooled(spool)
    faulty = FaultyStore(store, away)
    mover = make_mover(spool, faulty, workers=4)
    mover.move_all()
    before = len(faulty.puts)

    mover.move_all()

    assert len(faulty.puts) == before + 1


def test_when_the_store_is_back_everything_follows_at_once(spool: Spool, store: CrashStore) -> None:
    raws = [spooled(spool) for _ in range(20)]
    faulty = FaultyStore(store, away)
    mover = make_mover(spool, faulty, workers=4)
    for _ in range(3):
        mover.move_all()
    faulty._fault = lambda _: None

    moved = [mover.move_all(), mover.move_all()]

    assert moved == [1, 19]
    assert not mover.store_is_away
    assert set(store.submitted(NOON - timedelta(days=1), NOON + timedelta(days=1))) == {
        raw.crash_id for raw in raws
    }


def test_waits_grow_while_the_store_is_away_and_it_goes_on_by_itself(
    spool: Spool, store: CrashStore
) -> None:
    spooled(spool)
    clock = Clock()
    faulty = FaultyStore(store, away)

    def pass_time(waits: int) -> None:
        clock.now += 60
        if waits == 8:
            faulty._fault = lambda _: None

    stop = CountedStop(9, pass_time)
    config = CrashmoverConfig(idle_seconds=0.25)
    mover = Mover(spool, faulty, stop, config, clock)

    move_until(stop, mover, spool, store, config)

    assert stop.waited == [1, 2, 4, 8, 15, 15, 15, 15, 0.25]
    assert list(spool.ids()) == []


def test_a_part_of_the_store_that_is_away_does_not_hold_up_the_rest(
    spool: Spool, store: CrashStore
) -> None:
    raws = [spooled(spool, NOON + timedelta(minutes=number)) for number in range(12)]
    stuck = {raw.crash_id for raw in raws[:2]}

    def region_away(raw: RawCrash) -> None:
        if raw.crash_id in stuck:
            away(raw)

    clock = Clock()
    mover = make_mover(spool, FaultyStore(store, region_away), clock, workers=4)

    for _ in range(20):
        mover.move_all()
        clock.now += 60

    assert set(spool.ids()) == stuck
    assert quarantined(spool) == {}


def test_a_crash_the_store_refuses_is_quarantined_while_others_pass(
    spool: Spool, store: CrashStore
) -> None:
    poison, *others = [spooled(spool, NOON + timedelta(minutes=number)) for number in range(4)]

    def refuse(raw: RawCrash) -> None:
        if raw.crash_id == poison.crash_id:
            raise CannotStore("a dump name that the store cannot write")

    moved = make_mover(spool, FaultyStore(store, refuse), workers=1).move_all()

    assert moved == len(others)
    assert list(spool.ids()) == []
    assert quarantined(spool) == {
        poison.crash_id: "refused: a dump name that the store cannot write"
    }


def test_a_torn_entry_is_quarantined_while_others_pass(spool: Spool, store: CrashStore) -> None:
    torn, other = spooled(spool, NOON), spooled(spool, NOON + timedelta(minutes=1))
    [dump, *_] = sorted(Path(spool.ready(1)[0].folder).glob("*.dump"))
    dump.write_bytes(b"half")

    make_mover(spool, store).move_all()

    assert list(quarantined(spool)) == [torn.crash_id]
    assert "torn" in quarantined(spool)[torn.crash_id]
    assert store.get_raw(other.crash_id) == other


def test_an_error_that_keeps_coming_back_is_quarantined_after_some_attempts(
    spool: Spool, store: CrashStore
) -> None:
    poison, other = spooled(spool, Email="private@example.com"), spooled(spool)

    def fail(raw: RawCrash) -> None:
        if raw.crash_id == poison.crash_id:
            raise RuntimeError(f"cannot encode {raw.annotations['Email']}")

    clock = Clock()
    faulty = FaultyStore(store, fail)
    mover = make_mover(spool, faulty, clock, attempts=3)
    before = metrics.crashmover_quarantined.labels("error")._value.get()

    for _ in range(10):
        mover.move_all()
        clock.now += 60

    assert faulty.puts.count(poison.crash_id) == 3
    assert store.get_raw(other.crash_id) == other
    [(crash_id, reason)] = quarantined(spool).items()
    assert crash_id == poison.crash_id
    assert "RuntimeError at test_mover.py" in reason
    assert "private" not in reason
    assert metrics.crashmover_quarantined.labels("error")._value.get() == before + 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_breaks_ends_its_pass_and_another_takes_its_place(
    spool: Spool, store: CrashStore
) -> None:
    breaks = [True]

    def fault(_raw: RawCrash) -> None:
        if breaks and breaks.pop():
            raise SystemExit  # which no worker sees to

    mover = make_mover(spool, FaultyStore(store, fault), workers=1)
    raws = [spooled(spool, NOON - timedelta(minutes=age)) for age in range(2)]

    assert [mover.move_all(), mover.move_all()] == [0, 2]
    assert all(store.get_raw(raw.crash_id) == raw for raw in raws)


def test_between_two_attempts_a_crash_waits(spool: Spool, store: CrashStore) -> None:
    spooled(spool)

    def fail(_raw: RawCrash) -> None:
        raise RuntimeError

    clock = Clock()
    faulty = FaultyStore(store, fail)
    mover = make_mover(spool, faulty, clock)

    for _ in range(3):
        mover.move_all()

    assert len(faulty.puts) == 1


def test_no_crash_is_blamed_for_an_error_while_the_store_is_ill(
    spool: Spool, store: CrashStore
) -> None:
    raw = spooled(spool)

    def fail(_raw: RawCrash) -> None:
        raise RuntimeError

    clock = Clock()
    faulty = FaultyStore(store, fail)
    faulty.is_ill = True
    mover = make_mover(spool, faulty, clock, attempts=2)

    for _ in range(10):
        mover.move_all()
        clock.now += 60

    assert mover.store_is_away
    assert list(spool.ids()) == [raw.crash_id]
    assert quarantined(spool) == {}


def test_what_was_moved_is_kept_as_long_as_told_and_can_be_sent_again(
    spool: Spool, store: CrashStore, tmp_path: Path
) -> None:
    raw = spooled(spool)
    config = CrashmoverConfig(keep_minutes=5)
    Mover(spool, store, Stop(), config).move_all()
    store.delete(raw.crash_id)

    chores(spool, config)
    put_back = spool.put_back_kept()
    Mover(spool, store, Stop(), config).move_all()

    assert put_back == 1
    assert store.get_raw(raw.crash_id) == raw


def test_what_is_kept_goes_when_its_time_is_over(spool: Spool, store: CrashStore) -> None:
    spooled(spool)
    Mover(spool, store, Stop(), CrashmoverConfig(keep_minutes=5)).move_all()

    chores(spool, CrashmoverConfig(keep_minutes=0))

    assert spool.put_back_kept() == 0


def test_a_spool_that_cannot_be_read_is_waited_for(
    spool: Spool, store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = spooled(spool)
    ready = spool.ready

    def broken(_limit: int) -> None:
        raise OSError(5, "Input/output error")

    def repair(waits: int) -> None:
        if waits == 3:
            monkeypatch.setattr(spool, "ready", ready)

    monkeypatch.setattr(spool, "ready", broken)
    stop = CountedStop(4, repair)
    config = CrashmoverConfig()

    move_until(stop, Mover(spool, store, stop, config), spool, store, config)

    assert stop.waited == [1, 2, 4, config.idle_seconds]
    assert store.get_raw(raw.crash_id) == raw


def test_after_a_stop_nothing_new_is_begun(spool: Spool, store: CrashStore) -> None:
    for number in range(5):
        spooled(spool, NOON + timedelta(minutes=number))
    stop = Stop()
    faulty = FaultyStore(store, lambda _: stop.set())

    moved = Mover(spool, faulty, stop, CrashmoverConfig(workers=1)).move_all()

    assert moved == 1
    assert len(list(spool.ids())) == 4
