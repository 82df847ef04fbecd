"""Jobs that work on our own data, by hand-computed numbers."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cron.job import Job, Run
from cron.jobs import (
    adi,
    counts,
    derived,
    duplicates,
    hang_pairs,
    installs,
    module_list,
    partitions,
    ranks,
    reconcile,
    retention,
    status,
    symbol_cache,
    versions,
)
from socorro import jobs
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from tests.builders import NOON, make_crash
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import build, report

MIDNIGHT = NOON.replace(hour=0)
DAY = timedelta(days=1)


@pytest.fixture
def store(home: Path) -> FilesystemStore:
    return FilesystemStore.created(home / "crashstore")


def put(store: FilesystemStore, at: datetime, deferred: bool = False) -> CrashId:
    raw = make_crash(at, deferred=deferred)
    store.put_raw(raw, {"upload_file_minidump": b"MDMP"})
    return raw.crash_id


def save(database: Database, at: datetime, **columns: Any) -> str:
    with database.transaction() as db:
        return report(db, at, **columns)


def test_counts_takes_every_marked_hour_and_then_has_nothing_to_do(
    make_run: MakeRun, database: Database
) -> None:
    def has_work() -> bool:
        with database.transaction() as db:
            return counts.has_work(db)

    before = has_work()
    for minutes in (0, 1, 60, 60 * 24):
        save(database, NOON - timedelta(minutes=minutes), throttle_rate=0.5)
    run: Run = make_run(counts.JOB)

    marked, done, after = has_work(), counts.work(run), has_work()

    assert (before, marked, after) == (False, True, False)
    assert done.rows == 4
    rows = ask(database, "SELECT day::text, reports, estimated FROM top_crashers ORDER BY 1")
    assert rows == [("2026-11-22", 1, 2.0), ("2026-11-23", 3, 6.0)]


def test_what_follows_from_counts_is_derived_once(make_run: MakeRun, database: Database) -> None:
    def has_work() -> bool:
        with database.transaction() as db:
            return derived.has_work(db)

    save(database, NOON - DAY)
    counts.work(make_run(counts.JOB))

    before, done, after = has_work(), derived.work(make_run(derived.JOB)), has_work()

    assert (before, after) == (True, False)
    assert done.rows > 0


def test_installs_counts_days_of_before_once(make_run: MakeRun, database: Database) -> None:
    def has_work() -> bool:
        with database.transaction() as db:
            return installs.has_work(db)

    for days in range(3):
        save(database, NOON - days * DAY, install_age=1)
    counts.work(make_run(counts.JOB))
    before = has_work()
    ask(database, "UPDATE top_crashers SET installs = NULL; DELETE FROM install_counts")
    ask(database, "INSERT INTO days_without_installs SELECT DISTINCT day FROM crash_counts")
    ask(
        database, "INSERT INTO days_without_installs VALUES ('2020-01-01')"
    )  # nothing is kept of it

    marked, done, after = has_work(), installs.work(make_run(installs.JOB)), has_work()

    assert (before, marked, done.rows, after) == (False, True, 3, False)
    assert ask(database, "SELECT installs FROM top_crashers") == [(1,)] * 3
    assert ask(database, "SELECT sum(installs) FROM install_counts") == [(3,)]


def test_an_hour_that_fails_keeps_its_mark_and_holds_up_no_other(
    make_run: MakeRun, database: Database
) -> None:
    for hours in range(3):
        save(database, NOON - timedelta(hours=hours), signature=f"at {hours}")
    ask(
        database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON signatures FOR EACH ROW"
        " WHEN (NEW.signature = 'at 1') EXECUTE FUNCTION refuse()",
    )

    with pytest.raises(Exception, match="no"):
        counts.work(make_run(counts.JOB))

    waiting = ask(database, "SELECT hour FROM hours_to_count")
    assert waiting == [(NOON - timedelta(hours=1),)]
    assert ask(database, "SELECT sum(reports) FROM top_crashers") == [(2,)]


def test_reconcile_queues_what_postgres_has_lost_of_that_day_and_nothing_else(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    yesterday = NOON - DAY
    lost, reported, queued = (put(store, yesterday) for _ in range(3))
    put(store, yesterday, deferred=True)
    put(store, NOON)
    save(database, yesterday, crash_id=reported)
    with database.transaction() as db:
        jobs.offer(db, [queued])

    first = reconcile.work(make_run(reconcile.JOB))
    second = reconcile.work(make_run(reconcile.JOB))

    assert (first.rows, second.rows) == (1, 0)
    assert first.notes == ["1 of 4 crashes were in no queue"]
    rows = ask(database, "SELECT crash_id::text, priority FROM jobs ORDER BY priority")
    assert rows == [(lost, jobs.LOW), (queued, jobs.NORMAL)]


def test_retention_keeps_what_is_young_and_removes_what_is_old_from_store_and_postgres(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    ages = {"new": 1, "deferred age": 29, "personal age": 100, "old": 26 * 7 + 8}
    crashes = {age: put(store, NOON - days * DAY) for age, days in ages.items()}
    unseen = {age: put(store, NOON - days * DAY, deferred=True) for age, days in ages.items()}
    viewed = put(store, NOON - 29 * DAY, deferred=True)
    store.put_processed(viewed, {"signature": "a"})
    for age, days in ages.items():
        save(database, NOON - days * DAY, crash_id=crashes[age], url="http://example.com/")
    with database.transaction() as db:
        jobs.offer(db, [unseen["new"], unseen["old"]], reprocess=True)

    first = retention.work(make_run(retention.JOB, NOON))
    second = retention.work(make_run(retention.JOB, NOON + DAY, NOON))

    kept = {*store.submitted(NOON - 400 * DAY, NOON + DAY)}
    assert kept == {*crashes.values(), unseen["new"], viewed} - {crashes["old"]}
    assert first.notes[1] == "2 crashes removed from the store, and 2 deferred ones"
    assert second.notes == []
    rows = "SELECT count(*) FROM reports"
    assert ask(database, rows) == [(3,)]
    assert ask(database, "SELECT count(*) FROM reports_user_info") == [(2,)]
    assert ask(database, "SELECT crash_id::text FROM jobs") == [(unseen["new"],)]


def test_what_was_deferred_while_retention_did_not_run_is_removed_when_it_does(
    store: FilesystemStore, make_run: MakeRun
) -> None:
    put(store, NOON - 29 * DAY, deferred=True)
    put(store, NOON + 10 * DAY)  # shows that it is that day

    done = retention.work(make_run(retention.JOB, NOON + 10 * DAY, NOON - 2 * DAY))

    assert done.rows == 1


def test_modules_of_windows_crashes_are_listed_with_how_many_crashes_had_them(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    yesterday = NOON - DAY
    xul = {"filename": "xul.dll", "debug_file": "xul.pdb", "debug_id": "A1", "version": "140.0"}
    evil = {"filename": "C:\\Users\\me\\evil.dll", "debug_file": "", "debug_id": None}
    dumps: list[Any] = [
        {"modules": [xul, evil, xul]}, {"modules": [xul]}, {"modules": "none"}, None,
        {"modules": [7, {"filename": None}]},
    ]  # fmt: skip
    for dump in dumps:
        crash_id = put(store, yesterday)
        store.put_processed(crash_id, {"json_dump": dump})
        save(database, yesterday, crash_id=crash_id)
    linux = put(store, yesterday)
    store.put_processed(linux, {"json_dump": {"modules": [{"filename": "libxul.so"}]}})
    save(database, yesterday, crash_id=linux, os_name="Linux")
    save(database, yesterday)  # a report whose crash has left the store

    runs = [module_list.work(make_run(module_list.JOB)) for _ in range(2)]

    assert [done.rows for done in runs] == [2, 2]
    names = "day::text, filename, debug_file, debug_id, version, crash_count"
    assert ask(database, f"SELECT {names} FROM module_list ORDER BY filename") == [
        ("2026-11-22", "evil.dll", "", "", "", 1),
        ("2026-11-22", "xul.dll", "xul.pdb", "A1", "140.0", 2),
    ]


def test_builds_make_versions_and_installs_are_summed_by_them(
    make_run: MakeRun, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as db:
        build(db, "140.0", "20261120031153")
    file = tmp_path / "adi.csv"
    file.write_text("product,version,channel,os,adi\nFirefox,140.0,release,Windows,700\n")

    versions.JOB.work(make_run(versions.JOB))
    adi.work(make_run(adi.JOB, adi=str(file)))

    rows = ask(
        database,
        "SELECT version, day::text, adi FROM adi JOIN product_versions USING (product_version_id)",
    )
    assert rows == [("140.0", "2026-11-22", 700)]


def test_duplicates_across_the_full_hour_meet_in_the_window_at_half_past(
    make_run: MakeRun, database: Database
) -> None:
    for seconds in (-20, 20):
        at = NOON + timedelta(seconds=seconds)
        save(database, at, crash_time=at, uptime=10)

    done = duplicates.work(make_run(duplicates.JOB, NOON + timedelta(minutes=90)))

    assert done.rows == 1


def test_the_small_jobs_run_on_an_empty_database_too(make_run: MakeRun, database: Database) -> None:
    every: list[Job] = [
        partitions.JOB, status.JOB, versions.JOB, counts.JOB, derived.JOB, ranks.JOB,
        duplicates.JOB, hang_pairs.JOB, symbol_cache.JOB,
    ]  # fmt: skip
    for job in every:
        for _ in range(2):
            job.work(make_run(job, NOON, NOON - DAY))

    assert ask(database, "SELECT count(*) FROM server_status") == [(1,)]


def test_products_are_ranked_for_yesterday_and_for_the_periods_before(
    make_run: MakeRun, database: Database
) -> None:
    with database.transaction() as db:
        for days in (1, 8, 30):
            report(db, NOON - days * DAY)
    counts.JOB.work(make_run(counts.JOB, NOON, NOON - DAY))

    ranks.JOB.work(make_run(ranks.JOB, NOON, NOON - DAY))

    ranked = ask(
        database,
        "SELECT last_day, reports FROM top_crasher_rankings JOIN version_groups"
        " ON group_id = product_version_id WHERE release_channel IS NULL AND days = 7",
    )
    yesterday = (NOON - DAY).date()
    assert dict(ranked) == {
        yesterday: 1, yesterday - DAY: 1, yesterday - 3 * DAY: 1, yesterday - 7 * DAY: 1,
        yesterday - 28 * DAY: 1,
    }  # fmt: skip
