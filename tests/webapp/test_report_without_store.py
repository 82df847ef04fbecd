"""A report while the crash store is away: what Postgres has of it, as a 503."""

import re
from datetime import timedelta

from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.builders import NOON, make_crash
from tests.processed import processed, stored
from tests.webapp.test_report import words
from tests.webapp.visitor import Visitor
from tests.wsgi import ask

PERSONAL = "someone@crash.example"


def test_a_report_names_what_is_missing_and_shows_the_rest(
    app: WsgiApp, store: FilesystemStore, database: Database
) -> None:
    crash = processed(store, database, raw=make_crash(NOON, Version="140.0", Email=PERSONAL))
    user(database, "ann", "Hackers Plus")
    ann = Visitor(app)
    ann.sign_in()
    address = f"/report/index/{crash.crash_id}"
    whole = ask(app, address)

    store._root.rename(store._root.with_name("elsewhere"))
    page = ann.get(address)
    store._root.with_name("elsewhere").rename(store._root)

    assert (page.status, page.headers["Retry-After"]) == (503, "10")
    assert page.headers["Cache-Control"] == "no-store"
    assert re.findall("<h1.*?</h1>", page.text) == re.findall("<h1.*?</h1>", whole.text)
    text = words(page.text)
    assert "The crash store does not respond. Missing until it does: other threads" in text
    assert "CrashFunction" in text
    assert "no frames" not in text  # they are where the parts of the quality are, in the store
    assert "✕ unknown" not in text
    assert "not needed" not in text  # what symbols were needed is there, too
    assert "They are in the crash store, which does not respond." in text
    assert "Annotations</a> <span" not in page.text  # missing, not 0
    assert "Other modules: system and third party" not in page.text  # which are ours is there, too
    for absent in ("Sample data", "/reprocess", "Raw JSON", "Copy for a bug", ".dmp", PERSONAL):
        assert absent not in page.text
    assert ask(app, address).status == 200


def test_a_crash_without_a_report_is_an_error_page(app: WsgiApp, store: FilesystemStore) -> None:
    crash = stored(store, make_crash(NOON + timedelta(hours=1)))
    store._root.rename(store._root.with_name("elsewhere"))

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert (page.status, page.headers["Retry-After"]) == (503, "10")
    assert "No crash is lost" in words(page.text)
