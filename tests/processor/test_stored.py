"""`socorro rebuild`: a crash that was processed gets its report back as it was, without a walk."""

from collections.abc import Callable
from typing import Any

import pytest

from processor.stackwalk import Walker
from processor.worker import Context
from socorro import jobs
from socorro.crash import RawCrash
from socorro.crash_id import CrashId, day_of, resent
from socorro.crashstore.filesystem import FilesystemStore
from socorro.jobs import Job
from socorro.postgres import Database, execute
from tests.builders import NOON, make_crash
from tests.processed import LINUX, processed, stored
from tests.sql.rows import query

Work = Callable[..., list[Job]]
TABLES = ("reports", "reports_user_info", "missed_symbols", "reports_events", "changed_hours")
PERSONAL = {"URL": "https://example.org/a", "Comments": "it broke", "Email": "a@example.org"}


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.transaction() as db:
        execute(db, "UPDATE changed_hours SET marked_at = 'epoch'")
        return {table: query(db, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}


def lose_reports(database: Database) -> None:
    with database.transaction() as db:
        execute(db, f"TRUNCATE {', '.join(TABLES)}, jobs")


def offer(database: Database, *crash_ids: CrashId) -> None:
    with database.transaction() as db:
        jobs.offer(db, crash_ids, ruleset="stored")


def queued(database: Database) -> list[str]:
    with database.transaction() as db:
        return [str(crash_id) for (crash_id,) in query(db, "SELECT crash_id FROM jobs")]


def test_a_report_is_the_same_as_before_and_the_store_is_not_written(
    context: Context, store: FilesystemStore, work: Work
) -> None:
    raw = processed(store, context.database, LINUX, **PERSONAL)
    before, files = rows(context.database), changed(store)
    lose_reports(context.database)
    offer(context.database, raw.crash_id)

    work(context._replace(walker=Walker("/no/such/walker")))

    assert rows(context.database) == before
    assert changed(store) == files
    assert queued(context.database) == []


def changed(store: FilesystemStore) -> list[tuple[str, int]]:
    files = store._crashes.rglob("*")
    return sorted((path.name, path.stat().st_mtime_ns) for path in files if path.is_file())


def test_a_crash_that_was_never_processed_is_walked(
    context: Context, store: FilesystemStore, work: Work
) -> None:
    raw = stored(store, make_crash(NOON))
    offer(context.database, raw.crash_id)

    work()

    assert store.get_processed(raw.crash_id)["mdsw_status_string"] == "OK"


@pytest.mark.parametrize("damage", ["cut", "incomplete"])
def test_a_crash_whose_processed_crash_is_of_no_use_is_walked(
    damage: str, context: Context, store: FilesystemStore, work: Work
) -> None:
    raw = processed(store, context.database)
    if damage == "cut":
        [path] = store._crashes.rglob(f"{raw.crash_id}.json.gz")
        path.write_bytes(path.read_bytes()[:20])
    else:
        store.put_processed(raw.crash_id, {"signature": "half"})
    lose_reports(context.database)
    offer(context.database, raw.crash_id)

    work()

    assert store.get_processed(raw.crash_id)["mdsw_status_string"] == "OK"
    [(report_id, *_)] = rows(context.database)["reports"]
    assert report_id == raw.crash_id


@pytest.mark.parametrize("was_processed", [True, False])
def test_only_deferred_posts_that_were_never_processed_are_queued_beside_it(
    was_processed: bool, context: Context, store: FilesystemStore, work: Work
) -> None:
    raw = processed(store, context.database)
    deferred = deferred_post(raw)
    stored(store, deferred)
    if was_processed:
        store.put_processed(deferred.crash_id, {"signature": "x"})
    lose_reports(context.database)
    offer(context.database, raw.crash_id)

    work()

    assert queued(context.database) == ([] if was_processed else [deferred.crash_id])


def deferred_post(raw: RawCrash) -> RawCrash:
    crash_id = resent(raw.crash_id, day_of(raw.crash_id), deferred=True)
    return RawCrash(crash_id, raw.submitted, raw.annotations, raw.metadata)
