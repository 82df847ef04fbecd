"""The page of crashes that could not be processed."""

import re

import pytest

from socorro import jobs
from socorro.crashstore.interface import CrashStore
from socorro.jobs import JobState
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.builders import make_crash
from tests.processed import stored
from tests.webapp.test_report import words
from tests.webapp.visitor import Visitor
from webapp.crashstats import failed_jobs

ADDRESS = "/status/failed/"
HOSTILE = "<script>alert(1)</script> OutOfMemory"
FAIL = """
    UPDATE jobs SET state = 'failed', attempts = 5, last_error = %(error)s
    WHERE crash_id = %(crash_id)s
    """


@pytest.fixture
def ann(app: WsgiApp, database: Database) -> Visitor:
    user(database, "ann", "Hackers Plus")
    visitor = Visitor(app)
    visitor.sign_in()
    return visitor


def fail(store: CrashStore, database: Database) -> str:
    crash_id = stored(store, make_crash()).crash_id
    with database.transaction() as db:
        jobs.offer(db, [crash_id])
        execute(db, FAIL, error=HOSTILE, crash_id=crash_id)
    return crash_id


def test_a_failed_crash_is_listed_with_its_reason_and_reprocessed_by_its_button(
    ann: Visitor, store: CrashStore, database: Database
) -> None:
    crash_id = fail(store, database)

    page = ann.get(ADDRESS)
    [action] = re.findall(r'action="([^"]*/reprocess)"', page.text)
    answer = ann.post(action, ADDRESS)

    assert "1 crash could not be processed." in words(page.text)
    assert f'href="/report/index/{crash_id}"' in page.text
    assert "OutOfMemory" in page.text
    assert "<script>alert" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert (answer.status, answer.headers["Location"]) == (303, f"/report/index/{crash_id}")
    with database.transaction() as db:
        job = jobs.find(db, crash_id)
    assert job is not None
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    assert "No crash failed." in words(ann.get(ADDRESS).text)


def test_more_than_a_page_has_links_to_the_others(
    ann: Visitor, store: CrashStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_jobs, "MOST", 2)
    ids = {fail(store, database) for _ in range(3)}

    first, second = ann.get(ADDRESS).text, ann.get(f"{ADDRESS}?offset=2").text

    listed = [re.findall(r'href="/report/index/([^"]*)"', page) for page in (first, second)]
    assert [len(page) for page in listed] == [2, 1]
    assert {*listed[0], *listed[1]} == ids
    assert f'href="{ADDRESS}?offset=2"' in first
    assert f'href="{ADDRESS}"' in second
    assert "There are no more." in ann.get(f"{ADDRESS}?offset=3").text


@pytest.mark.parametrize("offset", ["-1", "x", "1000001", "9" * 30, "²"])
def test_another_offset_is_refused(ann: Visitor, offset: str) -> None:
    assert ann.get(f"{ADDRESS}?offset={offset}").status == 400


def test_it_is_for_those_who_may_reprocess_and_the_status_page_links_to_it(
    ann: Visitor, app: WsgiApp, database: Database
) -> None:
    user(database, "bob")
    bob, nobody = Visitor(app), Visitor(app)
    bob.sign_in("bob")

    page = bob.get(ADDRESS)
    assert (page.status, nobody.get(ADDRESS).status) == (403, 302)
    assert "permission reprocess_crashes" in words(page.text)
    assert ADDRESS not in bob.get("/status/").text
    assert f'href="{ADDRESS}"' in ann.get("/status/").text
