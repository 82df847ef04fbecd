"""A day's log of accepted crashes is reduced to counts when it is old and even, not before."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cron.guard import Refused
from cron.job import Done, JobFailed
from cron.jobs.accepted_log import DAYS_AT_ONCE, JOB, preview, work
from socorro import files
from socorro.crash import RawCrash
from socorro.crashstore.filesystem import FilesystemStore
from socorro.ledger import Balance, balance, read_rooms
from socorro.postgres import Database
from socorro.retention import RetentionConfig
from socorro.spool.accepted import Proven
from socorro.spool.spool import Spool
from tests.builders import NOON, make_crash
from tests.crashmover.spooled import DUMPS, enter, spooled
from tests.cron.conftest import MakeRun

DAY = timedelta(days=1)
WEEKS = timedelta(weeks=8)
OLD = NOON - WEEKS
OLD_DAY = OLD.date()


@pytest.fixture
def spool(home: Path) -> Spool:
    return Spool.created(home / "spool", durable=False, reserve=0)


@pytest.fixture
def store(home: Path) -> FilesystemStore:
    store = FilesystemStore.created(home / "crashstore")
    store.put_raw(make_crash(NOON, DUMPS), DUMPS)  # the newest crash shows that it is today
    return store


def stored(spool: Spool, store: FilesystemStore, deferred: bool = False) -> RawCrash:
    """A crash of the old day that went the whole way."""
    raw = spooled(spool, OLD, deferred)
    [entry] = [entry for entry in spool.ready() if entry.crash_id == raw.crash_id]
    store.put_raw(*spool.read(entry))
    spool.forget(entry)
    return raw


def of_day(spool: Spool, store: FilesystemStore, database: Database) -> Balance:
    rooms = read_rooms(OLD_DAY, spool, store, database)
    return balance(OLD_DAY, rooms, RetentionConfig(), NOON.date())


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("age", "goes"), [(WEEKS, True), (WEEKS - DAY, False)])
def test_the_log_of_an_even_day_goes_when_it_is_old_and_the_day_stays_even(
    spool: Spool,
    store: FilesystemStore,
    database: Database,
    make_run: MakeRun,
    age: timedelta,
    goes: bool,
) -> None:
    for deferred in (False, True, True):
        stored(spool, store, deferred)
    store.put_raw(make_crash(OLD, DUMPS), DUMPS)  # through another machine
    now = OLD + age
    store.put_raw(make_crash(now, DUMPS), DUMPS)
    before = of_day(spool, store, database)

    done = work(make_run(JOB, now))

    after = of_day(spool, store, database)
    assert spool.logs.log_of(OLD_DAY).exists() is not goes
    assert done == Done(rows=int(goes))
    assert (before.accepted, before.elsewhere, before.stored) == (3, 1, 4)
    assert after == before
    assert after.is_even


def test_crashes_that_expire_after_their_log_went_are_counted_as_expired(
    spool: Spool, store: FilesystemStore, database: Database, make_run: MakeRun
) -> None:
    for _ in range(2):
        stored(spool, store)
    gone = stored(spool, store, deferred=True)
    work(make_run(JOB, NOON))

    store.delete(gone.crash_id)
    after = of_day(spool, store, database)

    assert (after.accepted, after.stored, after.expired) == (3, 3, 1)
    assert after.is_even


def test_a_quarantined_crash_of_a_day_without_a_log_stays_counted_as_such(
    spool: Spool, store: FilesystemStore, database: Database, make_run: MakeRun
) -> None:
    stored(spool, store)
    spooled(spool, OLD)
    spool.quarantine(spool.ready()[0], "torn: test")

    work(make_run(JOB, NOON))
    after = of_day(spool, store, database)

    assert not spool.logs.log_of(OLD_DAY).exists()
    assert (after.accepted, after.stored, after.quarantined, after.expired) == (2, 1, 1, 0)
    assert after.is_even


@pytest.mark.parametrize("where", ["nowhere", "in the spool"])
def test_a_day_that_is_not_proven_keeps_its_log_and_is_named(
    spool: Spool,
    store: FilesystemStore,
    make_run: MakeRun,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socorro.ledger.SECOND_READ_SECONDS", 0)
    stored(spool, store)
    lost = spooled(spool, OLD)
    if where == "nowhere":
        spool.forget(spool.ready()[0])

    done = work(make_run(JOB, NOON))

    assert lost.crash_id in spool.accepted(OLD_DAY)
    assert done.rows == 0
    missing, waiting = (1, 0) if where == "nowhere" else (0, 1)
    assert done.notes == [
        f"{OLD_DAY}: log kept: {missing} missing, 0 doubled, {waiting} in the spool"
    ]


def test_after_a_kill_between_counts_and_log_the_day_is_even_and_the_next_run_ends_it(
    spool: Spool,
    store: FilesystemStore,
    database: Database,
    make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored(spool, store)
    before = of_day(spool, store, database)

    def killed(_path: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "drop", killed)
        with pytest.raises(KeyboardInterrupt):
            work(make_run(JOB, NOON))
    between = of_day(spool, store, database)
    work(make_run(JOB, NOON))

    assert spool.logs.log_of(OLD_DAY).with_suffix(".json").exists()
    assert not spool.logs.log_of(OLD_DAY).exists()
    assert before == between == of_day(spool, store, database)


def test_a_log_that_is_written_after_its_day_was_proven_counts_besides_and_stays(
    spool: Spool, store: FilesystemStore, database: Database, make_run: MakeRun
) -> None:
    stored(spool, store)
    work(make_run(JOB, NOON))

    late = stored(spool, store)
    [note] = work(make_run(JOB, NOON)).notes
    after = of_day(spool, store, database)

    assert note.startswith(f"{OLD_DAY}: log kept")
    assert spool.accepted(OLD_DAY) == [late.crash_id]
    assert (after.accepted, after.stored) == (2, 2)
    assert after.is_even


def test_a_log_that_grew_while_its_day_was_proven_stays(
    spool: Spool, store: FilesystemStore
) -> None:
    stored(spool, store)
    digest = spool.logs.digest(OLD_DAY)
    enter(spool, make_crash(OLD, DUMPS))

    assert not spool.logs.prune(OLD_DAY, Proven(1, 0, digest))

    assert len(spool.accepted(OLD_DAY)) == 2
    assert spool.proven(OLD_DAY) is None


def test_a_clock_that_is_far_ahead_removes_no_log(
    spool: Spool, store: FilesystemStore, make_run: MakeRun
) -> None:
    stored(spool, store)

    with pytest.raises(Refused):
        work(make_run(JOB, NOON + 400 * DAY, NOON))

    assert spool.logs.days() == [OLD_DAY]


def test_one_run_prunes_a_limited_number_of_days_the_oldest_first(
    spool: Spool, store: FilesystemStore, make_run: MakeRun
) -> None:
    days = [OLD_DAY - number * DAY for number in range(DAYS_AT_ONCE + 1)]
    for day in days:
        files.write_whole(spool.logs.log_of(day), "")

    done = work(make_run(JOB, NOON))

    assert done.rows == DAYS_AT_ONCE
    assert spool.logs.days() == [OLD_DAY]


def test_a_dry_run_lists_the_logs(spool: Spool, store: FilesystemStore, make_run: MakeRun) -> None:
    stored(spool, store)

    assert list(preview(make_run(JOB, NOON))) == [str(spool.logs.log_of(OLD_DAY))]
    assert spool.logs.days() == [OLD_DAY]


def test_a_machine_without_a_spool_has_nothing_to_do_and_a_spool_that_is_away_is_an_error(
    home: Path, store: FilesystemStore, make_run: MakeRun
) -> None:
    assert work(make_run(JOB, NOON)) == Done()
    assert list(preview(make_run(JOB, NOON))) == []

    (home / "spool").mkdir()
    with pytest.raises(JobFailed, match="the spool is away"):
        work(make_run(JOB, NOON))


def test_the_counts_are_small_json(spool: Spool, store: FilesystemStore, make_run: MakeRun) -> None:
    stored(spool, store)
    digest = spool.logs.digest(OLD_DAY)

    work(make_run(JOB, NOON))

    document = json.loads(spool.logs.log_of(OLD_DAY).with_suffix(".json").read_text())
    assert document == {"accepted": 1, "elsewhere": 0, "digest": digest}
