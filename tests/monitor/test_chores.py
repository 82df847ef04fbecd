"""Waiting crashes get one job each, whoever sweeps and whatever dies; metrics follow."""

from datetime import UTC, datetime

import psycopg2
import pytest

from monitor.chores import sweep
from monitor.reaper import Reaper
from socorro import jobs, metrics
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from tests.builders import NOON, make_crash
from tests.crashmover.spooled import DUMPS
from tests.moved import moves


def put(
    store: CrashStore, count: int = 1, deferred: bool = False, submitted: datetime = NOON
) -> list[CrashId]:
    raws = [make_crash(submitted, DUMPS, deferred) for _ in range(count)]
    for raw in raws:
        store.put_raw(raw, DUMPS)
    return [raw.crash_id for raw in raws]


def queued(database: Database) -> list[CrashId]:
    with database.transaction() as db:
        return sorted(
            job.crash_id for job in jobs.of_day(db, datetime(2026, 11, 23, tzinfo=UTC).date())
        )


def test_waiting_crashes_get_a_job_and_leave_the_index(
    store: CrashStore, database: Database
) -> None:
    ids = put(store, 3)

    with moves(metrics.monitor_queued, 3):
        more = sweep(store, database, batch=1000)

    assert not more
    assert queued(database) == sorted(ids)
    assert list(store.waiting()) == []


def test_a_deferred_crash_is_not_queued(store: CrashStore, database: Database) -> None:
    put(store, deferred=True)

    sweep(store, database, batch=1000)

    assert queued(database) == []


@pytest.mark.parametrize(("batch", "more"), [(2, [True, False]), (3, [True]), (4, [False])])
def test_a_full_batch_says_that_there_may_be_more(
    store: CrashStore, database: Database, batch: int, more: list[bool]
) -> None:
    put(store, 3)

    assert [sweep(store, database, batch) for _ in more] == more
    assert len(queued(database)) == 3


class Killed(BaseException):
    pass


def test_a_monitor_killed_between_offer_and_forget_leaves_one_job(
    store: CrashStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    [crash_id] = put(store)

    def die(_entries: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, "forget_waiting", die)
        with pytest.raises(Killed):
            sweep(store, database, batch=1000)
    still_waiting = [entry.crash_id for entry in store.waiting()]
    sweep(store, database, batch=1000)

    assert still_waiting == [crash_id]
    assert queued(database) == [crash_id]
    assert list(store.waiting()) == []


def test_a_crash_whose_job_could_not_be_committed_stays_in_the_index(
    store: CrashStore, database: Database
) -> None:
    [crash_id] = put(store)
    with database.transaction() as db:
        execute(db, "ALTER TABLE jobs RENAME TO jobs_away")

    with pytest.raises(psycopg2.ProgrammingError):
        sweep(store, database, batch=1000)

    assert [entry.crash_id for entry in store.waiting()] == [crash_id]


def test_two_monitors_do_no_harm(store: CrashStore, database: Database, dsn: str) -> None:
    ids = put(store, 50)
    other = Database(dsn, name="other monitor")
    stale = list(store.waiting())

    class Late:
        """The other monitor read the index before the first one swept."""

        def waiting(self, _limit: int) -> list[object]:
            return list(stale)

        def forget_waiting(self, entries: list[object]) -> None:
            store.forget_waiting(entries)

    sweep(store, database, batch=1000)
    sweep(Late(), other, batch=1000)
    other.close()

    assert queued(database) == sorted(ids)


def test_a_processed_crash_that_is_swept_late_is_not_processed_again(
    store: CrashStore, database: Database
) -> None:
    [crash_id] = put(store)
    report(database, crash_id, "2026-11-23T12:00:00Z")

    sweep(store, database, batch=1000)

    assert queued(database) == []
    assert list(store.waiting()) == []


def report(database: Database, crash_id: CrashId, submitted: str) -> None:
    with database.transaction() as db:
        execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=submitted)
        execute(
            db,
            "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
            " success, status) VALUES (%(id)s, %(at)s, now(), now(), '', true, 'OK')",
            id=crash_id,
            at=submitted,
        )


def test_what_a_dead_processor_held_is_handed_out_again(
    store: CrashStore, database: Database
) -> None:
    put(store)
    sweep(store, database, batch=1000)
    with database.transaction() as db:
        jobs.claim(db, "dead", 1, lease_seconds=-1)

    with moves(metrics.monitor_reaped, outcome="waiting"):
        more = Reaper(database, attempts=5).reap()

    with database.transaction() as db:
        [job] = jobs.claim(db, "alive", 1, 60)
    assert more is True
    assert job.attempts == 2


def test_a_crash_that_kills_every_processor_is_set_aside(
    store: CrashStore, database: Database
) -> None:
    [crash_id] = put(store)
    sweep(store, database, batch=1000)

    for outcome in ("waiting", "failed"):
        with database.transaction() as db:
            jobs.claim(db, "doomed", 1, lease_seconds=-1)
        with moves(metrics.monitor_reaped, outcome=outcome):
            Reaper(database, attempts=2).reap()

    with database.transaction() as db:
        state = jobs.find(db, crash_id)
    assert state is not None
    assert state.state == "failed"


def test_where_no_lease_ran_out_there_is_no_more_to_reap(
    store: CrashStore, database: Database
) -> None:
    put(store)
    sweep(store, database, batch=1000)
    with database.transaction() as db:
        jobs.claim(db, "alive", 1, lease_seconds=60)

    with moves(metrics.monitor_reaped, 0):
        more = Reaper(database, attempts=5).reap()

    assert more is False
