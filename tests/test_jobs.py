"""The queue: offered once, leased, fenced, never stuck."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socorro import jobs
from socorro.jobs import JobState, symbols_arrived
from socorro.jobs.postgres import MOST_ERROR
from socorro.jobs.symbols_arrived import GRACE
from socorro.postgres import Database, column, execute
from socorro.symbols.module import ModuleId
from tests.builders import make_crash


def queue(database: Database, count: int, **options: object) -> list[str]:
    ids = [make_crash().crash_id for _ in range(count)]
    with database.transaction() as db:
        jobs.offer(db, ids, **options)
    return ids


def test_a_crash_offered_twice_has_one_job(database: Database) -> None:
    [crash_id] = queue(database, 1)

    with database.transaction() as db:
        again = jobs.offer(db, [crash_id])

    with database.transaction() as db:
        assert again == 0
        assert len(jobs.claim(db, "me", 10, 60)) == 1


def test_what_somebody_looks_at_is_claimed_first(database: Database) -> None:
    queue(database, 3)
    [viewed] = queue(database, 1, priority=jobs.VIEWED)

    with database.transaction() as db:
        [first] = jobs.claim(db, "me", 1, 60)

    assert first.crash_id == viewed


def test_a_second_claim_gets_other_jobs(database: Database) -> None:
    ids = queue(database, 4)

    with database.transaction() as db, database.transaction() as other:
        mine, theirs = jobs.claim(db, "me", 2, 60), jobs.claim(other, "they", 10, 60)

    assert sorted(job.crash_id for job in mine + theirs) == sorted(ids)


def test_claims_go_by_the_indexes_also_when_they_were_planned_for_an_empty_queue(
    database: Database,
) -> None:
    with database.statement() as db:
        execute(db, "VACUUM jobs")  # now Postgres knows that it is empty

    with database.transaction() as db, db.cursor() as cursor:
        for _ in range(10):  # a plan is kept from the sixth time on
            jobs.offer(db, [make_crash().crash_id])
            [_] = jobs.claim(db, "me", 2, 60)

        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'jobs'")
        assert cursor.fetchone() == (0,)


def test_a_worker_that_comes_back_late_is_told_so(database: Database) -> None:
    queue(database, 1)
    with database.transaction() as db:
        [late] = jobs.claim(db, "late", 1, -1)
    with database.transaction() as db:
        jobs.reap(db, most=5)
        [job] = jobs.claim(db, "late", 1, 60)

    with database.transaction() as db, pytest.raises(jobs.LeaseLost):
        jobs.give_back(db, late)
    with database.transaction() as db:
        jobs.give_back(db, job)


def test_a_job_that_kills_its_workers_is_set_aside_with_the_reason(database: Database) -> None:
    [crash_id] = queue(database, 1)

    for _ in range(3):
        with database.transaction() as db:
            jobs.claim(db, "doomed", 1, -1)
        with database.transaction() as db:
            reaped = jobs.reap(db, most=3)

    assert [job.state for job in reaped] == [JobState.FAILED]
    with database.transaction() as db:
        status = jobs.find(db, crash_id)
    assert status is not None
    assert "doomed" in (status.last_error or "")


def test_a_failed_attempt_waits_before_the_next(database: Database) -> None:
    queue(database, 1)
    with database.transaction() as db:
        [job] = jobs.claim(db, "me", 1, 60)
        assert jobs.fail(db, job, "walker broke", most=2) is JobState.WAITING

    with database.transaction() as db:
        assert jobs.claim(db, "me", 1, 60) == []


@pytest.mark.parametrize("length", [MOST_ERROR, MOST_ERROR + 1])
def test_an_error_is_kept_to_its_limit(database: Database, length: int) -> None:
    [crash_id] = queue(database, 1)
    with database.transaction() as db:
        [job] = jobs.claim(db, "me", 1, 60)

        state = jobs.fail(db, job, "x" * length, most=2, for_good=True)

        assert state is JobState.FAILED
        assert jobs.find(db, crash_id).last_error == "x" * MOST_ERROR


def test_depths_and_statuses_name_their_state(database: Database) -> None:
    ids = queue(database, 2)
    with database.transaction() as db:
        [job] = jobs.claim(db, "me", 1, 60)

        depths = {depth.state: depth.jobs for depth in jobs.depths(db)}
        states = {crash_id: jobs.find(db, crash_id).state for crash_id in ids}

    assert depths == {JobState.RUNNING: 1, JobState.WAITING: 1}
    assert states.pop(job.crash_id) is JobState.RUNNING
    assert [*states.values()] == [JobState.WAITING]


def test_a_job_handed_back_has_lost_no_attempt(database: Database) -> None:
    queue(database, 1)
    with database.transaction() as db:
        [job] = jobs.claim(db, "me", 1, 60)
        jobs.give_back(db, job)

    with database.transaction() as db:
        [again] = jobs.claim(db, "you", 1, 60)

    assert again.attempts == 1


def test_a_crash_with_a_report_is_queued_only_for_reprocessing(database: Database) -> None:
    crash_id = make_crash(datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)).crash_id
    with database.transaction() as db:
        execute(db, "SELECT make_partitions('2026-11-22Z', '2026-11-22Z')")
        execute(
            db,
            "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
            " success, status) VALUES (%(id)s, '2026-11-22T23:59:59.999999Z', now(), now(), '',"
            " true, 'OK')",
            id=crash_id,
        )

    with database.transaction() as db:
        assert jobs.offer(db, [crash_id]) == 0
        assert jobs.offer(db, [crash_id], reprocess=True) == 1


def test_jobs_of_a_day_are_found_by_the_date_in_the_id(database: Database) -> None:
    [crash_id] = queue(database, 1)

    with database.transaction() as db:
        crashes = jobs.of_day(db, datetime(2026, 11, 23, tzinfo=UTC).date())

    assert crashes == [(crash_id, JobState.WAITING)]


def add_missed(database: Database, folder: Path, name: str, last_seen: str) -> datetime:
    """A module that crashes missed, and its symbols; return when these arrived."""
    with database.transaction() as db:
        execute(
            db,
            "INSERT INTO symbol_modules (debug_file, debug_id, last_seen)"
            " VALUES (%(name)s, %(id)s, %(seen)s)",
            name=name,
            id="A" * 33,
            seen=last_seen,
        )
    path = folder / ModuleId(name, "A" * 33).path
    path.parent.mkdir(parents=True)
    path.touch()
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)


def requeued(database: Database) -> list[str]:
    with database.transaction() as db:
        return column(
            db, "SELECT debug_file FROM symbol_modules WHERE settled_at IS NOT NULL ORDER BY 1"
        )


def test_symbols_that_arrived_are_looked_at_until_the_grace_is_over(
    database: Database, tmp_path: Path
) -> None:
    arrived_at = add_missed(database, tmp_path, "app.pdb", "2026-11-23")

    symbols_arrived.requeue(database, [tmp_path], arrived_at + GRACE)
    at_the_end = requeued(database)
    symbols_arrived.requeue(database, [tmp_path], arrived_at + GRACE + timedelta(microseconds=1))

    assert (at_the_end, requeued(database)) == ([], ["app.pdb"])


@pytest.mark.parametrize("most", [1, 2])
def test_so_many_missed_modules_are_looked_at_the_last_ones_first(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(symbols_arrived, "MOST_MODULES", most)
    add_missed(database, tmp_path, "new.pdb", "2026-11-23")
    arrived_at = add_missed(database, tmp_path, "old.pdb", "2026-11-22")

    symbols_arrived.requeue(database, [tmp_path], arrived_at + 2 * GRACE)

    assert requeued(database) == ["new.pdb", "old.pdb"][:most]
