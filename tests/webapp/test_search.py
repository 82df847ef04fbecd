"""The page of one signature."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import MAC, processed
from tests.webapp.test_report import words
from tests.wsgi import ask

SIGNATURE = "sadness_generator::raise_segfault"


def test_a_signature_that_is_not_counted_yet_shows_its_reports(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    now = datetime.now(UTC)
    for days, version in ((0, "140.0"), (2, "141.0"), (20, "139.0")):
        processed(store, database, MAC, make_crash(now - timedelta(days=days), Version=version))
    processed(store, database, MAC, make_crash(now - timedelta(days=9), ProductName=""))

    text = words(ask(app, f"/signature/?signature={quote(SIGNATURE)}").text)

    assert "No crash with this signature is counted yet: its first report came" in text
    assert f"came {now - timedelta(days=20):%Y-%m-%d}" in text
    for version in ("Firefox 140.0", "Firefox 141.0", "Firefox 139.0", "(no product) 140.0"):
        assert version in text


def test_a_name_without_a_stack_is_explained(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    name = "EMPTY: no crashing thread identified"
    processed(store, database, MAC, make_crash(datetime.now(UTC)), {"signature": name})

    text = words(ask(app, f"/signature/?signature={quote(name)}").text)

    assert "There is no signature to show: no crashing thread identified." in text


def test_a_signature_in_another_script_is_shown(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    raw = make_crash(datetime.now(UTC))
    processed(store, database, MAC, raw, {"signature": r"\u64ad\u653e\u5668::\u64ad\u653e"})

    address = ask(app, f"/search/quick/?query={quote('播放器::播放')}").headers["Location"]
    text = words(ask(app, address).text)

    assert "No crash with this signature is counted yet" in text
    assert r"\u64ad\u653e\u5668::\u64ad\u653e" in text


def test_an_unknown_signature_says_so(app: WsgiApp) -> None:
    page = ask(app, "/signature/?signature=nobody")

    assert page.status == 200
    assert "No report has exactly this signature." in page.text
    assert 'href="/search/?signature=~nobody"' in page.text  # one click to what contains it


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/signature/", 302),
        ("/signature", 301),
        ("/signature/?signature=x&days=nonsense", 400),
        ("/signature/?signature=x&days=7%20", 400),
        ("/signature/?signature=x&before=y", 400),
        ("/signature/?signature=" + "x" * 9000, 200),
        ("/signature/?signature=%00%ff", 200),
    ],
)
def test_strange_addresses_are_answered(app: WsgiApp, address: str, status: int) -> None:
    assert ask(app, address).status == status
