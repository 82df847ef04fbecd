"""The page that says which symbols are missed most."""

from datetime import UTC, datetime, timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import LINUX, processed
from tests.webapp.test_report import words
from tests.wsgi import ask


def test_nothing_missed_is_said(app: WsgiApp) -> None:
    page = ask(app, "/symbols/missing/")

    assert page.status == 200
    assert "No crash of the last 24 hours missed symbols" in words(page.text)


def test_modules_are_ranked_with_the_command_that_mends_them(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    now = datetime.now(UTC)
    for ago in (timedelta(hours=1), timedelta(hours=2), timedelta(days=3)):
        processed(store, database, LINUX, make_crash(now - ago))

    day, week = (words(ask(app, f"/symbols/missing/?days={days}").text) for days in (1, 7))

    assert "2 crashes of the last 24 hours would get a name in their signature" in day
    assert "3 crashes of the last 7 days would get a name" in week
    assert "014F7B7CB88E7675C28A362BD5A8961F0" in day
    assert "socorro symbols add driver" in day
    assert day.index("socorro symbols add driver") < day.index("socorro symbols add libc-2.19.so")


@pytest.mark.parametrize("days", ["0", "2", "x", "-1", "9" * 30, "%00"])
def test_other_periods_are_refused(app: WsgiApp, days: str) -> None:
    assert ask(app, f"/symbols/missing/?days={days}").status == 400
