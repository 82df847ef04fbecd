"""What a visitor can do from a report: copy, file a bug, download, reprocess, go on."""

import re
from datetime import timedelta

from socorro import jobs
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.builders import NOON, make_crash
from tests.processed import processed
from tests.webapp.test_report import UNKNOWN, words
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context


def actions(page: str) -> str:
    return page.split('class="actions"')[1].split("</ul>")[0]


def test_everybody_gets_links_and_only_some_get_dumps_and_reprocessing(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    first, second, third = (
        processed(store, database, raw=make_crash(NOON + timedelta(days=days)))
        for days in (0, 1, 40)
    )
    user(database, "ann", "Hackers Plus")
    visitor = Visitor(app)
    address = f"/report/index/{second.crash_id}"

    public = actions(visitor.get(address).text)
    visitor.sign_in()
    private = actions(visitor.get(address).text)

    assert words(public[public.index(">") + 1 :]) == (
        "All crashes Copy link Copy for a bug File a bug Raw JSON"
        " \u2039 Previous crash of this signature Next crash of this signature \u203a"
    )
    assert f'data-copy-text="http://127.0.0.1{address}"' in public
    assert f'rel="prev" href="/report/index/{first.crash_id}"' in public
    assert f'rel="next" href="/report/index/{third.crash_id}"' in public
    assert 'href="https://bugzilla.mozilla.org/enter_bug.cgi?product=Firefox&amp;' in public
    assert f'href="/rawdumps/{second.crash_id}/upload_file_minidump.dmp" download' in private
    assert f'action="{address}/reprocess"' in private


def test_reprocessing_queues_the_crash_and_the_page_says_so(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)
    user(database, "ann", "Hackers Plus")
    visitor = Visitor(app)
    visitor.sign_in()
    address = f"/report/index/{crash.crash_id}"

    answer = visitor.post(f"{address}/reprocess", address)

    page = visitor.get(address).text
    with database.transaction() as db:
        [job] = jobs.states(db, [crash.crash_id])
    assert (answer.status, answer.headers["Location"]) == (303, address)
    assert job.state is jobs.JobState.WAITING
    assert "Reprocessing: this crash waits to be processed again" in words(page)


def test_a_session_that_ended_meanwhile_gets_a_page_that_leads_back(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)
    user(database, "ann", "Hackers Plus")
    visitor = Visitor(app)
    visitor.sign_in()
    address = f"/report/index/{crash.crash_id}"
    page = visitor.get(address).text
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert secret
    del visitor.cookies["session"]

    answer = visitor.send(f"{address}/reprocess", f"csrfmiddlewaretoken={secret[1]}".encode())

    assert answer.status == 403
    assert "Your session has expired" in words(answer.text)
    assert f'href="/login/?next={address.replace("/", "%2F")}"' in answer.text
    with database.transaction() as db:
        assert jobs.states(db, [crash.crash_id]) == []


def test_reprocessing_needs_its_permission_and_the_secret_of_the_form(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)
    user(database, "ann")
    visitor = Visitor(app)
    visitor.sign_in()
    address = f"/report/index/{crash.crash_id}/reprocess"

    with_secret = visitor.post(address, "/profile/")
    without = visitor.send(address, b"")
    by_link = visitor.get(address)
    unknown = visitor.get("/report/index/nonsense/reprocess")

    with database.transaction() as db:
        assert jobs.states(db, [crash.crash_id]) == []
    assert with_secret.status == without.status == 403
    assert "permission reprocess_crashes" in words(with_secret.text)
    assert "This form has expired" in words(without.text)
    assert (by_link.status, by_link.headers["Location"]) == (302, f"/report/index/{crash.crash_id}")
    assert unknown.status == 404


def test_a_crash_that_is_not_stored_cannot_be_reprocessed(app: WsgiApp, database: Database) -> None:
    user(database, "ann", "Hackers Plus")
    visitor = Visitor(app)
    visitor.sign_in()

    answer = visitor.post(f"/report/index/{UNKNOWN}/reprocess", "/profile/")

    assert answer.status == 404


def test_without_postgres_the_report_says_what_is_missing(
    app: WsgiApp, store: CrashStore, database: Database, config: WebappConfig
) -> None:
    crash = processed(store, database)
    nowhere = Database("host=127.0.0.1 port=1 dbname=socorro")
    app = application(Context(nowhere, store, config), "k" * 40)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 200
    assert "Counts are not available: the database does not respond." in words(page.text)
    assert "Crashing thread" in words(page.text)
