"""The way of a job to a report, and its outcome when something fails."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from processor.config import ProcessorConfig
from processor.save import Saver
from processor.stackwalk import Walker
from processor.worker import Context, Outage, Worker
from socorro import jobs
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore.interface import StoreUnavailable
from socorro.postgres import Database, execute
from tests.builders import DUMPS, TEST_DUMP, make_crash
from tests.processor.conftest import RUST, SYMBOLS

Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]


def one(database: Database, statement: str, **parameters: object) -> tuple[object, ...]:
    [row] = every(database, statement, **parameters)
    return row


def every(database: Database, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def test_a_crash_becomes_a_processed_crash_and_a_report(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(
        Comments="It broke", URL="http://example.com/secret", Email="a@example.com", Notes="WR+"
    )

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert processed["signature"] == "(anonymous namespace)::CrashFunction"
    assert processed["json_dump"]["crash_info"]["type"] == "EXCEPTION_ACCESS_VIOLATION_WRITE"
    assert processed["completed_datetime"] == "2026-11-23T12:01:00+00:00"
    assert one(
        context.database,
        "SELECT crash_id::text, submitted_at, signature, product, version, build_id, success,"
        " status, app_notes, os_name, cpu_info, crashing_thread, fields ->> 'os_pretty_version'"
        " FROM reports",
    ) == (
        raw.crash_id, raw.submitted, "(anonymous namespace)::CrashFunction", "Firefox", "140.0",
        "20261120031153", True, "OK", "WR+", "Windows NT",
        "GenuineIntel family 6 model 13 stepping 8 | 1", 0, "Windows XP",
    )  # fmt: skip
    assert every(context.database, "SELECT * FROM jobs") == []


def test_a_crash_without_crash_time_has_the_time_of_its_dump(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit()

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert processed["client_crash_date"] == "2007-02-14T19:13:55+00:00"
    assert processed["uptime"] == 0


def test_personal_data_is_only_in_the_protected_table(
    context: Context, submit: Submit, work: Work
) -> None:
    submit(Comments="MyComment", URL="http://my-url", Email="my@mail")

    work()

    assert one(context.database, "SELECT url, email, user_comments FROM reports_user_info") == (
        "http://my-url", "my@mail", "MyComment",
    )  # fmt: skip
    [(report,)] = every(context.database, "SELECT reports::text FROM reports")
    for private in ("MyComment", "my-url", "my@mail"):
        assert private not in str(report)


def test_an_annotation_nobody_declared_stays_in_the_raw_crash(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(NobodyKnowsThis="xyzzy-value", signature="xyzzy-value", json_dump="xyzzy-value")

    work()

    assert context.store.get_raw(raw.crash_id).annotations["NobodyKnowsThis"] == "xyzzy-value"
    assert "xyzzy-value" not in str(context.store.get_processed(raw.crash_id))
    assert "xyzzy-value" not in str(every(context.database, "SELECT reports::text FROM reports"))


def test_reprocessing_replaces_the_report_and_forgets_what_is_gone(
    context: Context, submit: Submit, work: Work
) -> None:
    # Defect 13 of earlier systems: what an earlier processing had found survived the next one.
    raw = submit(Comments="first")
    work()
    earlier = {**context.store.get_processed(raw.crash_id), "stale": "key"}
    context.store.put_processed(raw.crash_id, earlier)
    with context.database.transaction() as db:
        execute(db, "UPDATE reports SET signature = 'old'")
        jobs.offer(db, [raw.crash_id], reprocess=True)

    work()

    assert "stale" not in context.store.get_processed(raw.crash_id)
    assert every(context.database, "SELECT signature FROM reports") == [
        ("(anonymous namespace)::CrashFunction",)
    ]


def test_a_new_signature_needs_no_walk(context: Context, submit: Submit, work: Work) -> None:
    raw = submit()
    work()
    broken = {**context.store.get_processed(raw.crash_id), "signature": "old", "reason": "kept"}
    context.store.put_processed(raw.crash_id, broken)
    with context.database.transaction() as db:
        jobs.offer(db, [raw.crash_id], ruleset="regenerate_signature", reprocess=True)

    work(context._replace(walker=Walker("/no/such/walker")))

    processed = context.store.get_processed(raw.crash_id)
    assert processed["signature"] == "(anonymous namespace)::CrashFunction"
    assert processed["reason"] == "kept"


def test_a_new_signature_for_a_crash_without_processed_crash_is_processed_in_full(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(ruleset="regenerate_signature")

    work()

    assert context.store.get_processed(raw.crash_id)["reason"] == "EXCEPTION_ACCESS_VIOLATION_WRITE"


def test_the_hour_of_submission_is_marked_for_counting(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(submitted=datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC))
    submit(submitted=datetime(2026, 11, 22, 23, 0, tzinfo=UTC))

    work()

    assert raw.crash_id.endswith("0261122")
    assert every(context.database, "SELECT hour FROM changed_hours") == [
        (datetime(2026, 11, 22, 23, tzinfo=UTC),)
    ]


def test_who_counts_waits_for_reports_under_way(context: Context, submit: Submit) -> None:
    raw = submit()
    with context.database.transaction() as db:
        execute(db, "INSERT INTO changed_hours VALUES ('2026-11-23T12:00Z')")

    with context.database.transaction() as db:
        execute(db, "SELECT mark_hour(%(at)s)", at=raw.submitted)
        with context.database.transaction() as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM changed_hours FOR UPDATE SKIP LOCKED) AS free"
            )
            free = cursor.fetchone()

    assert free == (0,)


def test_further_dumps_are_walked_and_kept_under_their_names(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit({MAIN_DUMP: TEST_DUMP.read_bytes(), f"{MAIN_DUMP}_browser": b"no dump at all"})

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert processed["additional_minidumps"] == [f"{MAIN_DUMP}_browser"]
    assert processed[f"{MAIN_DUMP}_browser"]["mdsw_status_string"] == "MissingHeader"
    assert processed["mdsw_status_string"] == "OK"


@pytest.mark.parametrize(
    ("dump", "status", "signature"),
    [
        (b"", "EmptyMinidump", "EMPTY: no crashing thread identified; EmptyMinidump"),
        (
            b"a microdump is text\n" * 100,
            "HeaderMismatch",
            "EMPTY: no crashing thread identified; HeaderMismatch",
        ),
        (
            (DUMPS / "rust-minidump/invalid-range.dmp").read_bytes(),
            "MissingThreadList",
            "EMPTY: no crashing thread identified; MissingThreadList",
        ),
    ],
)
def test_a_dump_that_cannot_be_walked_is_processed_and_named_after_the_error(
    context: Context, submit: Submit, work: Work, dump: bytes, status: str, signature: str
) -> None:
    raw = submit({MAIN_DUMP: dump})

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert (processed["mdsw_status_string"], processed["signature"]) == (status, signature)
    assert one(context.database, "SELECT success, status FROM reports") == (False, status)


def test_a_crash_without_a_dump_is_processed(context: Context, submit: Submit, work: Work) -> None:
    raw = submit({})

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert processed["mdsw_status_string"] == "NoMinidump"
    assert processed["success"] is True
    assert processed["json_dump"] is None


def test_text_that_postgres_rejects_is_cleaned(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(
        ProductName="Fire\x00fox",
        Comments="half \ud83d pair",
        Notes="\x00" * 5000 + "é" * 5000,
        Version="1" * 101,
        ReleaseChannel="\udc00" * 101,
    )

    work()

    product, version, notes, channel, processor_notes = one(
        context.database,
        "SELECT product, version, app_notes, release_channel, processor_notes FROM reports",
    )
    assert (product, version, notes) == ("Firefox", "1" * 100, "é" * 1000)
    assert channel == "\ufffd" * 100
    assert "version cut to 100 characters in reports" in processor_notes
    assert one(context.database, "SELECT user_comments FROM reports_user_info") == (
        "half \ufffd pair",
    )
    assert context.store.get_processed(raw.crash_id)["processor_notes"] == processor_notes


def test_the_partition_of_an_old_crash_is_made_on_demand(
    context: Context, submit: Submit, work: Work
) -> None:
    submit(submitted=datetime(2019, 1, 2, 3, 4, tzinfo=UTC))

    work()

    assert one(context.database, "SELECT tableoid::regclass::text FROM reports") == (
        "reports_20181231",
    )


def test_a_partition_dropped_meanwhile_is_made_again(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()
    work()
    with context.database.transaction() as db:
        execute(db, "DROP TABLE reports_20261123, reports_user_info_20261123")
    submit()

    work()

    assert one(context.database, "SELECT count(*) FROM reports") == (1,)


def test_personal_data_that_was_dropped_does_not_come_back_with_its_crash(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit(submitted=datetime(2019, 1, 2, 3, 4, tzinfo=UTC), Email="my@mail")
    work()
    with context.database.transaction() as db:
        execute(db, "SELECT drop_partitions('reports_user_info', '2019-01-07T00:00Z')")
        jobs.offer(db, [raw.crash_id], reprocess=True)

    work()

    assert one(context.database, "SELECT count(*) FROM reports") == (1,)
    assert one(context.database, "SELECT count(*) FROM reports_user_info") == (0,)


def test_a_crash_that_is_not_in_the_store_fails_for_good(context: Context, work: Work) -> None:
    raw = make_crash()
    with context.database.transaction() as db:
        jobs.offer(db, [raw.crash_id])

    work()

    assert one(context.database, "SELECT state, attempts, last_error FROM jobs") == (
        "failed", 1, "CrashNotFound: the crash store has no such crash",
    )  # fmt: skip


def test_a_missing_walker_costs_no_attempt(context: Context, submit: Submit, work: Work) -> None:
    submit()
    submit()

    with pytest.raises(Outage):
        work(context._replace(walker=Walker("/no/such/walker")))

    assert every(context.database, "SELECT state, attempts FROM jobs") == [("waiting", 0)] * 2


class Away:
    """A store that does not answer while `away` is set."""

    def __init__(self, store: object, refused: threading.Event | None = None) -> None:
        self.store, self.away, self.refused = store, True, refused or threading.Event()

    def __getattr__(self, name: str) -> object:
        if self.away:
            self.refused.set()
            raise StoreUnavailable
        return getattr(self.store, name)


def test_while_the_store_is_away_jobs_are_given_back(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()
    submit()
    away = Away(context.store)
    cut_off = context._replace(store=away, saver=Saver(away, context.database))

    with pytest.raises(Outage):
        work(cut_off)
    away.away = False
    work(cut_off)

    assert one(context.database, "SELECT count(*) FROM reports") == (2,)


@contextmanager
def running(context: Context, *targets: Callable[[], None]) -> Iterator[None]:
    """Run each target in a thread, and stop all at the end, even of a failing test."""
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        context.stop.set()
        for thread in threads:
            thread.join(60)
    assert [thread for thread in threads if thread.is_alive()] == []


def test_a_worker_goes_on_by_itself_after_an_outage(context: Context, submit: Submit) -> None:
    submit()
    refused, saved = threading.Event(), threading.Event()
    away = Away(context.store, refused)
    saver = Saver(away, context.database)
    save = saver.save

    def watched(*arguments: object) -> bool:
        done = save(*arguments)
        saved.set()
        return done

    saver.save = watched
    worker = Worker(context._replace(store=away, saver=saver), "me")
    with running(context, worker.run):
        assert refused.wait(60)
        away.away = False

        assert saved.wait(60)
        context.stop.set()
        context.bell.ring()  # what the listener does at its end
    assert one(context.database, "SELECT count(*) FROM reports") == (1,)


def test_an_unexpected_error_is_counted_and_tried_again(
    context: Context, submit: Submit, work: Work
) -> None:
    submit(Comments="private words")

    class Broken:
        def save(self, *_: object) -> bool:
            raise ZeroDivisionError("private words")

    work(context._replace(saver=Broken()))

    state, attempts, error = one(context.database, "SELECT state, attempts, last_error FROM jobs")
    assert (state, attempts) == ("waiting", 1)
    assert str(error).startswith("ZeroDivisionError at test_worker.py:")
    assert "private" not in str(error)


def test_an_unknown_ruleset_fails_and_says_so(context: Context, submit: Submit, work: Work) -> None:
    submit(ruleset="nonsense")

    work()

    state, error = one(context.database, "SELECT state, last_error FROM jobs")
    assert (state, str(error)[:11]) == ("waiting", "LookupError")


def test_who_comes_back_late_leaves_no_trace(context: Context, submit: Submit, work: Work) -> None:
    raw = submit()
    with context.database.transaction() as db:
        late = jobs.claim(db, "late", 1, -1)
        jobs.reap(db, most=5)
    work(name="other")
    with context.database.transaction() as db:
        execute(db, "UPDATE reports SET signature = 'made by the other one'")

    Worker(context, "late").process_jobs(late)

    assert one(context.database, "SELECT signature FROM reports") == ("made by the other one",)
    assert context.store.get_processed(raw.crash_id)["signature"]


def test_on_stop_what_was_not_started_is_given_back(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()
    submit()
    context.stop.set()

    work()

    assert every(context.database, "SELECT state, attempts FROM jobs") == [("waiting", 0)] * 2


def test_on_abort_the_walker_is_killed_and_the_job_given_back(
    context: Context, submit: Submit, work: Work, fake: Callable[..., str]
) -> None:
    submit()
    context.abort.set()

    work(context._replace(walker=Walker(fake("sleep 600"))))

    assert one(context.database, "SELECT state, attempts FROM jobs") == ("waiting", 0)


def test_a_worker_is_woken_and_ends_when_told(context: Context, submit: Submit) -> None:
    waiting = context._replace(config=ProcessorConfig(poll_seconds=600))
    saved = threading.Event()
    save = context.saver.save

    def watched(*arguments: object) -> bool:
        done = save(*arguments)
        saved.set()
        return done

    def listen() -> None:
        context.queue.listen(context.bell.ring, context.stop)

    context.saver.save = watched
    with running(context, listen, Worker(waiting, "me").run):
        submit()

        assert saved.wait(60)


def test_saving_goes_on_after_an_outage_of_postgres(
    context: Context, submit: Submit, work: Work, dsn: str
) -> None:
    submit()
    cut = threading.Event()
    report = context.saver.report

    def cut_once(submitted: datetime, **parameters: object) -> bool:
        if not cut.is_set():
            cut.set()
            with context.database.transaction() as db:
                execute(db, "SELECT pg_terminate_backend(pg_backend_pid())")
        return report(submitted, **parameters)

    context.saver.report = cut_once
    work()

    assert cut.is_set()
    assert one(context.database, "SELECT count(*) FROM reports") == (1,)


def test_the_lease_must_outlive_a_walk() -> None:
    with pytest.raises(ValueError, match="twice"):
        ProcessorConfig(lease_seconds=100, walk_seconds=60)


def test_a_walker_is_made_from_the_settings() -> None:
    config = ProcessorConfig(walker=RUST, symbols=[SYMBOLS], index_walker="")

    walk = config.make_walker().walk(TEST_DUMP.read_bytes())

    assert walk.version == "minidump-stackwalk 0.25.0"
