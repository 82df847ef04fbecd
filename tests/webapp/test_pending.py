"""A crash without a report: its place in the queue; opening it moves it to the front."""

import pytest

from socorro import jobs
from socorro.crash import RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import stored
from tests.wsgi import Answer, ask


def open_report(app: WsgiApp, crash: RawCrash, **headers: str) -> Answer:
    return ask(app, f"/report/index/{crash.crash_id}", **headers)


def priority(database: Database, crash: RawCrash) -> int | None:
    with database.transaction() as db:
        job = jobs.find(db, crash.crash_id)
    return job.priority if job else None


@pytest.mark.parametrize("deferred", [True, False])
def test_opening_a_crash_moves_it_to_the_front(
    app: WsgiApp, store: CrashStore, database: Database, deferred: bool
) -> None:
    crash = stored(store, make_crash(deferred=deferred))

    page = open_report(app, crash)

    assert page.status == 202
    assert page.headers["Refresh"] == "5"
    assert page.headers["Cache-Control"] == "no-store"
    assert "It is next in the queue." in page.text
    assert "You opened it, so it was moved to the front." in page.text
    assert priority(database, crash) == jobs.VIEWED


def test_the_page_says_how_many_crashes_are_ahead(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    others = [stored(store, make_crash()) for _ in range(3)]
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id for crash in others], priority=jobs.VIEWED)
    crash = stored(store, make_crash())

    page = open_report(app, crash)

    assert "3 crashes are ahead of it." in page.text


def test_a_crash_is_moved_once_a_minute(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash())
    open_report(app, crash)
    with database.transaction() as db:
        execute(db, "DELETE FROM jobs")  # done

    page = open_report(app, crash)

    assert page.status == 202
    assert priority(database, crash) is None


def test_one_address_moves_a_limited_number_of_crashes(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crashes = [stored(store, make_crash()) for _ in range(4)]

    pages = [
        open_report(app, crash, REMOTE_ADDR=f"2001:db8::{number}")
        for number, crash in enumerate(crashes[:3])
    ]
    other = open_report(app, crashes[3], REMOTE_ADDR="2001:db8:0:1::1")

    priorities = [priority(database, crash) for crash in crashes]
    assert priorities == [jobs.VIEWED, jobs.VIEWED, None, jobs.VIEWED]
    assert [page.status for page in (*pages, other)] == [202] * 4
    assert "Try again in a minute" in pages[2].text


def test_head_moves_nothing(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = stored(store, make_crash())

    answer = ask(app, f"/report/index/{crash.crash_id}", "HEAD")

    assert answer.status == 202
    assert priority(database, crash) is None


def test_a_running_job_is_shown(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = stored(store, make_crash())
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id])
        jobs.claim(db, "tests", 1, 60)

    page = open_report(app, crash)

    assert "It is being processed now." in page.text
    assert page.headers["Refresh"] == "5"


def test_a_failed_job_shows_its_error_and_is_not_queued_again(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash())
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id])
        [job] = jobs.claim(db, "tests", 1, 60)
        jobs.fail(db, job, "StoreBroke <b>", most=1)

    page = open_report(app, crash)

    assert page.status == 202
    assert "Processing this crash failed" in page.text
    assert "StoreBroke &lt;b&gt;" in page.text
    assert "Given up after 1 attempt." in page.text
    assert "Refresh" not in page.headers
