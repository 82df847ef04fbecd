"""Loops go on whatever fails, each for itself, and the heartbeat names the one that does not."""

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
import urllib3

from cli.local.postgres import free_port
from monitor.app import checks, make_loops, run
from monitor.chores import measure
from monitor.config import MonitorConfig
from monitor.loops import Loop, Stuck
from socorro import jobs, metrics
from socorro.crashstore.interface import CrashStore, StoreUnavailable
from socorro.postgres import Database, execute
from socorro.service import Stop
from tests.builders import make_crash
from tests.crashmover.spooled import DUMPS
from tests.crashmover.test_kill import until
from tests.crashmover.test_mover import CountedStop
from tests.monitor.test_chores import put, report
from tests.moved import moves, value

CHECKOUT = Path(__file__).parent.parent.parent


def finished(loop: Loop) -> None:
    loop.start()
    loop.join(30)


OUTAGES = [
    psycopg2.OperationalError("server closed the connection"),
    psycopg2.InterfaceError("connection already closed"),
    StoreUnavailable("no answer"),
    OSError(errno.EMFILE, "Too many open files"),
    OSError(errno.ENFILE, "Too many open files in system"),
]


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError(errno.EIO, "I/O error")])
def test_a_loop_waits_longer_and_longer_and_goes_on_by_itself(error: Exception) -> None:
    stop = CountedStop(6)

    finished(Loop("test", failing([error, error, error, None, error, None]), 0.25, stop))

    assert stop.waited == [1, 2, 4, 0.25, 1, 0.25]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_an_outage_is_over_within_two_seconds_and_reported_ever_more_rarely(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = CountedStop(14)

    finished(Loop("test", failing([error] * 12 + [None] * 2), 0.25, stop))

    output = capsys.readouterr()
    assert stop.waited == [1, *[2] * 11, 0.25, 0.25]
    assert (output.out + output.err).count("unavailable") == 5  # after 0, 1, 3, 7 and 15 seconds
    assert "Traceback" not in output.out + output.err


def failing(outcomes: list[Exception | None]) -> Callable[[], bool]:
    """Work that has these outcomes, one after another."""
    calls = iter(outcomes)

    def work() -> bool:
        if error := next(calls):
            raise error
        return False

    return work


def test_a_loop_with_more_to_do_does_not_wait() -> None:
    answers = iter([True, True, False])
    stop = CountedStop(1)

    finished(Loop("test", lambda: next(answers), period=0.25, stop=stop))

    assert stop.waited == [0.25]
    assert next(answers, None) is None


def test_a_loop_that_never_succeeds_is_told_by_its_check(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("monitor.loops.time.monotonic", lambda: now)
    loop = Loop("sweep", lambda: False, period=60, stop=Stop())

    now += 60 + 120
    loop.check(patience=120)
    now += 1
    with pytest.raises(Stuck, match="sweep"):
        loop.check(patience=120)


def test_one_loop_that_fails_does_not_stop_the_others(
    store: CrashStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr("monitor.app.Reaper.reap", explode)
    monkeypatch.setattr("monitor.app.measure", explode)
    now = datetime.now(UTC)
    put(store, 3, submitted=now)
    stop = Stop()
    loops = make_loops(MonitorConfig(sweep_seconds=0.01), store, database, stop)
    running = threading.Thread(target=run, args=(loops, stop))

    running.start()
    try:
        until(lambda: not list(store.waiting()))
        put(store, 3, submitted=now)
        until(lambda: not list(store.waiting()))
    finally:
        stop.set()
        running.join(30)

    with database.transaction() as db:
        [depth] = jobs.depths(db)
    assert (depth.state, depth.jobs) == ("waiting", 6)


def test_gauges_tell_jobs_by_state_and_reports_of_the_last_minute(database: Database) -> None:
    measure(database, datetime.now(UTC))  # nothing yet: all are 0
    ids = [make_crash().crash_id for _ in range(3)]
    with database.transaction() as db:
        jobs.offer(db, ids)
        jobs.claim(db, "me", 1, 60)
        execute(db, "UPDATE jobs SET queued_at = now() - interval '90 seconds'")
    report(database, make_crash().crash_id, "2026-11-23T12:00:00Z")
    report(database, make_crash().crash_id, "2026-05-01T12:00:00Z")

    with (
        moves(metrics.jobs_by_state, 2, state="waiting"),
        moves(metrics.jobs_by_state, 1, state="running"),
        moves(metrics.jobs_by_state, 0, state="failed"),
        moves(metrics.processed_per_minute, 2),
        moves(metrics.jobs_oldest_seconds, by=None),
    ):
        measure(database, datetime.now(UTC) + timedelta(seconds=1))

    assert 90 <= value(metrics.jobs_oldest_seconds) < 90 + 60


def test_what_is_reprocessed_in_bulk_may_wait_and_a_failed_job_of_today_counts(
    database: Database,
) -> None:
    bulk, failed, old = (make_crash().crash_id for _ in range(3))
    with database.transaction() as db:
        jobs.offer(db, [bulk], priority=-1)
        jobs.offer(db, [failed, old])
        execute(db, "UPDATE jobs SET state = 'failed' WHERE priority >= 0")
        long_ago = "UPDATE jobs SET queued_at = now() - interval '2 days' WHERE crash_id = %(old)s"
        execute(db, long_ago, old=old)

    with moves(metrics.jobs_oldest_seconds, to=0), moves(metrics.jobs_failed_today, to=1):
        measure(database, datetime.now(UTC))


def test_gauges_of_an_empty_queue_are_nought(database: Database) -> None:
    with database.transaction() as db:
        jobs.offer(db, [make_crash().crash_id])
    measure(database, datetime.now(UTC))
    with database.transaction() as db:
        execute(db, "DELETE FROM jobs")

    with (
        moves(metrics.jobs_by_state, state="waiting", to=0),
        moves(metrics.jobs_oldest_seconds, to=0),
    ):
        measure(database, datetime.now(UTC))


def test_gauges_of_search_show_what_it_has_not_read(database: Database) -> None:
    with database.transaction() as db:
        execute(db, "INSERT INTO changed_hours VALUES ('2026-11-23', now() - interval '90 s')")
        execute(db, "SELECT note_search_hours('{2026-11-22}', '{segments}')")
        execute(db, "SELECT note_search_hours('{2026-11-21}', '{elasticsearch}')")
        execute(
            db,
            "UPDATE search_hours SET noted_at = now() - interval '900 s' WHERE hour < '2026-11-22'",
        )

    with moves(metrics.search_hours_waiting, to=2), moves(metrics.search_lag_seconds, by=None):
        measure(database, datetime.now(UTC))
    assert 90 <= value(metrics.search_lag_seconds) < 90 + 60
    with database.transaction() as db:
        execute(db, "DELETE FROM changed_hours")
        execute(db, "DELETE FROM search_hours")

    with moves(metrics.search_hours_waiting, to=0), moves(metrics.search_lag_seconds, to=0):
        measure(database, datetime.now(UTC))


def test_the_heartbeat_asks_store_postgres_and_every_loop(
    store: CrashStore, database: Database
) -> None:
    loops = make_loops(MonitorConfig(), store, database, Stop())

    named = checks(loops, MonitorConfig(), store, database)

    assert list(named) == ["store", "database", "sweep", "reap", "gauges"]
    for check in named.values():
        check()


def test_the_service_sweeps_tells_its_health_and_ends_on_sigterm(
    tmp_path: Path, store: CrashStore, database: Database, dsn: str
) -> None:
    raw = make_crash(datetime.now(UTC), DUMPS)
    store.put_raw(raw, DUMPS)
    port = free_port()
    environment = {
        **os.environ, "SOCORRO_HOME": str(tmp_path), "SOCORRO_DATABASE": dsn,
        "SOCORRO_MONITOR_PORT": str(port),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor"], env=environment, cwd=CHECKOUT, stderr=subprocess.PIPE
    )
    try:
        until(lambda: not list(store.waiting()))
        http = urllib3.PoolManager(retries=urllib3.Retry(10, backoff_factor=0.1))
        health = http.request("GET", f"http://127.0.0.1:{port}/__heartbeat__")
        process.terminate()
        code = process.wait(60)
    finally:
        process.kill()
        _, log = process.communicate()

    assert code == 0, log
    assert health.status == 200, health.data
    assert [json.loads(line)["event"] for line in log.splitlines()][-1] == "stopped"
    with database.transaction() as db:
        assert jobs.find(db, raw.crash_id) is not None


def test_crashes_are_queued_again_by_itself_only_when_that_is_switched_on(
    store: CrashStore, database: Database
) -> None:
    on = MonitorConfig(reprocess_missing_symbols=True)

    names = [[loop.name for loop in make_loops(config, store, database, Stop())]
             for config in (MonitorConfig(), on)]  # fmt: skip

    assert ["symbols" in loops for loops in names] == [False, True]
