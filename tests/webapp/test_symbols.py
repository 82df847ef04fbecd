"""The page of modules whose missing symbols affect most crashes."""

from datetime import UTC, datetime, timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import LINUX, processed
from tests.webapp.test_report import words
from tests.wsgi import ask


def test_a_page_without_missing_symbols_says_so(app: WsgiApp) -> None:
    page = ask(app, "/symbols/missing/")

    assert page.status == 200
    assert "No crash in the last 24 hours lacks symbols" in words(page.text)


def test_modules_are_ranked_with_the_command_that_adds_symbols(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    now = datetime.now(UTC)
    for ago in (timedelta(hours=1), timedelta(hours=2), timedelta(days=3)):
        processed(store, database, LINUX, make_crash(now - ago))

    day, week = (words(ask(app, f"/symbols/missing/?days={days}").text) for days in (1, 7))

    assert (
        "2 crashes in the last 24 hours lack symbols on the crashing thread; for 2 of them" in day
    )
    assert "3 crashes in the last 7 days lack symbols" in week
    assert "014F7B7CB88E7675C28A362BD5A8961F0" in day
    assert "socorro symbols add driver" in day
    assert day.index("socorro symbols add driver") < day.index("socorro symbols add libc-2.19.so")


@pytest.mark.parametrize("days", ["0", "2", "x", "-1", "9" * 30, "%00"])
def test_other_periods_are_refused(app: WsgiApp, days: str) -> None:
    assert ask(app, f"/symbols/missing/?days={days}").status == 400
