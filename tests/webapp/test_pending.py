"""A crash without a report: where it waits, and that looking puts it first."""

import pytest

from socorro import jobs
from socorro.crash import RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import stored
from tests.wsgi import Answer, ask


def look(app: WsgiApp, crash: RawCrash, **headers: str) -> Answer:
    return ask(app, f"/report/index/{crash.crash_id}", **headers)


def priority(database: Database, crash: RawCrash) -> int | None:
    with database.transaction() as db:
        found = jobs.find(db, crash.crash_id)
    return found.priority if found else None


@pytest.mark.parametrize("deferred", [True, False])
def test_looking_at_a_crash_has_it_processed_first(
    app: WsgiApp, store: CrashStore, database: Database, deferred: bool
) -> None:
    crash = stored(store, make_crash(deferred=deferred))

    page = look(app, crash)

    assert page.status == 202
    assert page.headers["Refresh"] == "5"
    assert page.headers["Cache-Control"] == "no-store"
    assert "It is next in line." in page.text
    assert priority(database, crash) == jobs.VIEWED


def test_the_page_says_how_many_come_before(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    others = [stored(store, make_crash()) for _ in range(3)]
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id for crash in others], priority=jobs.VIEWED)
    crash = stored(store, make_crash())

    page = look(app, crash)

    assert "3 crashes come before it." in page.text


def test_a_crash_is_asked_for_once_a_minute(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash())
    look(app, crash)
    with database.transaction() as db:
        execute(db, "DELETE FROM jobs")  # done

    page = look(app, crash)

    assert page.status == 202
    assert priority(database, crash) is None


def test_one_address_asks_for_so_many_crashes(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crashes = [stored(store, make_crash()) for _ in range(4)]

    pages = [look(app, crash, REMOTE_ADDR="192.0.2.1") for crash in crashes[:3]]
    other = look(app, crashes[3], REMOTE_ADDR="192.0.2.2")

    asked = [priority(database, crash) for crash in crashes]
    assert asked == [jobs.VIEWED, jobs.VIEWED, None, jobs.VIEWED]
    assert [page.status for page in (*pages, other)] == [202] * 4
    assert "Try again in a minute" in pages[2].text


def test_head_asks_for_nothing(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = stored(store, make_crash())

    answer = ask(app, f"/report/index/{crash.crash_id}", "HEAD")

    assert answer.status == 202
    assert priority(database, crash) is None


def test_a_running_job_is_told(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = stored(store, make_crash())
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id])
        jobs.claim(db, "tests", 1, 60)

    page = look(app, crash)

    assert "A processor works on it right now." in page.text
    assert page.headers["Refresh"] == "5"


def test_a_failed_job_tells_its_error_and_is_not_asked_for_again(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash())
    with database.transaction() as db:
        jobs.offer(db, [crash.crash_id])
        [job] = jobs.claim(db, "tests", 1, 60)
        jobs.fail(db, job, "StoreBroke <b>", most=1)

    page = look(app, crash)

    assert page.status == 202
    assert "Processing this crash failed" in page.text
    assert "StoreBroke &lt;b&gt;" in page.text
    assert "Set aside after 1 attempt." in page.text
    assert "Refresh" not in page.headers
