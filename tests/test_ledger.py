"""The ledger is even when every crash is somewhere, once; else it names the crash."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from monitor.chores import sweep
from socorro import jobs
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.jobs import JobState
from socorro.ledger import Balance, Rooms, balance, ledger, read_rooms
from socorro.postgres import Database, execute
from socorro.retention import RetentionConfig
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.builders import NOON, make_crash
from tests.crashmover.spooled import spooled

DAY = NOON.date()
KEPT = RetentionConfig()


def new_id(deferred: bool = False) -> CrashId:
    return make_crash(deferred=deferred).crash_id


def counted(balance: Balance) -> dict[str, int]:
    """The counts that are not zero."""
    counts = {f.name: getattr(balance, f.name) for f in fields(balance) if f.type in ("int", int)}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize(
    ("room", "counts"),
    [
        ("spooled", {"spooled": 1}),
        ("quarantined", {"quarantined": 1}),
        ("waiting", {"stored": 1, "waiting": 1}),
    ],
)
def test_an_accepted_crash_counts_where_it_is(room: str, counts: dict[str, int]) -> None:
    ids = frozenset({new_id()})
    rooms = Rooms(accepted=ids, stored=ids if "stored" in counts else frozenset())

    result = balance(DAY, replace(rooms, **{room: ids}), KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"accepted": 1, **counts}


@pytest.mark.parametrize("state", JobState)
def test_a_crash_with_a_job_counts_by_its_state(state: JobState) -> None:
    crash_id = new_id()
    ids = frozenset({crash_id})

    result = balance(DAY, Rooms(ids, stored=ids, jobs={crash_id: state}), KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"accepted": 1, "stored": 1, state: 1}


def test_a_crash_that_is_processed_again_counts_once_and_is_not_doubled() -> None:
    crash_id = new_id()
    ids = frozenset({crash_id})
    rooms = Rooms(ids, stored=ids, jobs={crash_id: JobState.RUNNING}, reports={crash_id: 1})

    result = balance(DAY, rooms, KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"accepted": 1, "stored": 1, "running": 1}


def test_a_crash_posted_again_while_it_is_stored_counts_as_stored() -> None:
    crash_id = new_id()
    ids = frozenset({crash_id})

    result = balance(DAY, Rooms(ids, ids, stored=ids, reports={crash_id: 1}), KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"accepted": 1, "stored": 1, "processed": 1}


def test_a_deferred_crash_needs_no_report_and_counts_as_processed_with_one() -> None:
    left, viewed = new_id(deferred=True), new_id(deferred=True)
    ids = frozenset({left, viewed})

    result = balance(DAY, Rooms(ids, stored=ids, reports={viewed: 1}), KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"accepted": 2, "stored": 2, "deferred": 1, "processed": 1}


def test_an_accepted_crash_that_is_nowhere_is_missing() -> None:
    crash_id = new_id()

    result = balance(DAY, Rooms(frozenset({crash_id})), KEPT, DAY)

    assert result.missing == (crash_id,)
    assert not result.is_even


def test_a_stored_crash_that_nobody_will_process_is_missing() -> None:
    crash_id = new_id()
    ids = frozenset({crash_id})

    result = balance(DAY, Rooms(ids, stored=ids), KEPT, DAY)

    assert result.missing == (crash_id,)


def test_a_report_whose_crash_is_not_stored_is_missing_there() -> None:
    crash_id = new_id()

    result = balance(DAY, Rooms(reports={crash_id: 1}), KEPT, DAY)

    assert result.missing == (crash_id,)


def test_a_crash_with_two_reports_is_doubled() -> None:
    crash_id = new_id()
    ids = frozenset({crash_id})

    result = balance(DAY, Rooms(ids, stored=ids, reports={crash_id: 2}), KEPT, DAY)

    assert result.doubled == (crash_id,)
    assert not result.is_even


@pytest.mark.parametrize(("deferred", "weeks"), [(True, 4), (False, 26)])
def test_a_crash_that_is_kept_no_longer_is_expired_and_not_missing(
    deferred: bool, weeks: int
) -> None:
    ids = frozenset({new_id(deferred)})
    last_day = DAY + timedelta(weeks=weeks) - timedelta(days=1)

    before = balance(DAY, Rooms(ids), KEPT, last_day)
    after = balance(DAY, Rooms(ids), KEPT, last_day + timedelta(days=1))

    assert not before.is_even
    assert after.is_even
    assert counted(after) == {"accepted": 1, "stored": 1, "expired": 1}


def test_a_crash_of_another_machine_is_no_error() -> None:
    crash_id = new_id()

    result = balance(DAY, Rooms(stored=frozenset({crash_id}), reports={crash_id: 1}), KEPT, DAY)

    assert result.is_even
    assert counted(result) == {"stored": 1, "elsewhere": 1, "processed": 1}


def read_twice(*readings: Rooms) -> Balance:
    remaining: Iterator[Rooms] = iter(readings)
    return ledger(lambda: next(remaining), DAY, KEPT, DAY, wait=lambda _: None)


def test_a_crash_that_was_only_under_way_is_not_missing() -> None:
    ids = frozenset({new_id()})

    result = read_twice(Rooms(ids), Rooms(ids, spooled=ids))

    assert result.is_even


def test_a_crash_that_is_under_way_at_the_second_reading_only_is_not_missing() -> None:
    lost, moving = new_id(), new_id()

    result = read_twice(Rooms(frozenset({lost})), Rooms(frozenset({lost, moving})))

    assert result.missing == (lost,)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool.created(tmp_path / "spool", durable=False)


@pytest.fixture
def store(tmp_path: Path) -> CrashStore:
    return FilesystemStore.created(tmp_path / "crashstore")


def process(database: Database) -> list[CrashId]:
    """What a processor does to the queue and to the reports."""
    with database.transaction() as db:
        claimed = jobs.claim(db, "me", 1000, 60)
        execute(db, "SELECT make_partitions(%(noon)s, %(noon)s)", noon=NOON)
        for job in claimed:
            execute(
                db,
                "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
                " success, status) VALUES (%(id)s, %(noon)s, now(), now(), '', true, 'OK')",
                id=job.crash_id,
                noon=NOON,
            )
            execute(db, "DELETE FROM jobs WHERE crash_id = %(id)s", id=job.crash_id)
    return [job.crash_id for job in claimed]


Step = Callable[[], object]


@pytest.fixture
def steps(spool: Spool, store: CrashStore, database: Database) -> tuple[Step, Step, Step]:
    """The steps of a crash after the spool, and the ledger between them."""
    mover = Mover(spool, store, Stop(), CrashmoverConfig())
    return mover.move_all, lambda: sweep(store, database, 1000), lambda: process(database)


def test_the_ledger_is_even_after_every_step_of_a_journey(
    spool: Spool, store: CrashStore, database: Database, steps: tuple[Step, Step, Step]
) -> None:
    for number in range(5):
        spooled(spool, deferred=number == 0)
    read = partial(read_rooms, DAY, spool, store, database)

    seen = [counted(read_twice(read(), read()))]
    for step in steps:
        step()
        seen.append(counted(read_twice(read(), read())))

    assert seen == [
        {"accepted": 5, "spooled": 5},
        {"accepted": 5, "stored": 5, "deferred": 1, "waiting": 4},
        {"accepted": 5, "stored": 5, "deferred": 1, "waiting": 4},
        {"accepted": 5, "stored": 5, "deferred": 1, "processed": 4},
    ]


@pytest.mark.parametrize("before", ["spool", "store", "jobs"])
def test_a_crash_that_moves_while_the_ledger_reads_is_found(
    spool: Spool,
    store: CrashStore,
    database: Database,
    steps: tuple[Step, Step, Step],
    monkeypatch: pytest.MonkeyPatch,
    before: str,
) -> None:
    raw = spooled(spool)
    move, queue, work = steps
    place, name, next_steps = {
        "spool": (spool, "ids", [move, queue, work]),
        "store": (store, "submitted", [move, queue, work]),
        "jobs": (jobs, "of_day", [queue, work]),
    }[before]
    if before == "jobs":
        move()
    real = getattr(place, name)

    def moved_meanwhile(*arguments: object) -> object:
        answer = list(real(*arguments))
        for step in next_steps:
            step()
        return answer

    monkeypatch.setattr(place, name, moved_meanwhile)

    result = balance(DAY, read_rooms(DAY, spool, store, database), KEPT, DAY)

    assert result.is_even
    assert result.accepted == 1
    assert raw.crash_id


def test_a_crash_taken_from_the_store_is_named(
    spool: Spool, store: CrashStore, database: Database, steps: tuple[Step, Step, Step]
) -> None:
    raws = [spooled(spool) for _ in range(3)]
    for step in steps:
        step()
    store.delete(raws[1].crash_id)
    read = partial(read_rooms, DAY, spool, store, database)

    result = ledger(read, DAY, KEPT, DAY, wait=lambda _: None)

    assert result.missing == (raws[1].crash_id,)
    assert result.doubled == ()


def test_days_do_not_mix(spool: Spool, store: CrashStore, database: Database) -> None:
    spooled(spool, NOON)
    spooled(spool, NOON + timedelta(hours=11, minutes=59, seconds=59))
    spooled(spool, NOON + timedelta(hours=12))
    days: list[date] = [DAY, DAY + timedelta(days=1)]

    balances = [balance(day, read_rooms(day, spool, store, database), KEPT, DAY) for day in days]

    assert [one.accepted for one in balances] == [2, 1]
    assert [one.spooled for one in balances] == [2, 1]
