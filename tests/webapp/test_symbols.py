"""The page of modules whose missing symbols affect most crashes."""

from datetime import timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import NOON, make_crash
from tests.processed import LINUX, processed
from tests.webapp.test_report import words
from tests.wsgi import ask

TO = (NOON + timedelta(days=1)).date()


def test_a_page_without_missing_symbols_says_so(app: WsgiApp) -> None:
    page = ask(app, "/symbols/missing/?days=1")

    assert page.status == 200
    assert "No crash lacks symbols on its crashing thread" in words(page.text)


def test_modules_are_ranked_with_the_command_that_adds_symbols(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    for ago in (timedelta(hours=1), timedelta(hours=2), timedelta(days=3)):
        processed(store, database, LINUX, make_crash(NOON - ago))

    day, week = (words(ask(app, f"/symbols/missing/?days={n}&to={TO}").text) for n in (1, 7))

    assert "2 crashes lack symbols on the crashing thread, 2 of them in the signature" in day
    assert "3 crashes lack symbols" in week
    assert "014F7B7CB88E7675C28A362BD5A8961F0" in day
    assert "socorro symbols add driver" in day
    assert day.index("socorro symbols add driver") < day.index("socorro symbols add libc-2.19.so")


def test_libraries_of_the_system_are_told_apart(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, LINUX, make_crash(NOON))

    own, system = (
        words(ask(app, f"/symbols/missing/?days=1&to={TO}&modules={kind}").text)
        for kind in ("own", "system")
    )

    assert "add driver" in own
    assert "add libc-2.19.so" not in own
    assert "add driver" not in system
    assert "add libc-2.19.so" in system


@pytest.mark.parametrize("days", ["0", "401", "x", "-1", "9" * 30])
def test_other_periods_are_refused(app: WsgiApp, days: str) -> None:
    assert ask(app, f"/symbols/missing/?days={days}").status == 400
