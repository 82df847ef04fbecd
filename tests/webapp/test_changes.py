"""The page and the feeds of changes: explosions with their evidence, new, back, gone, movers."""

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from socorro.counts import explosions as judging
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.questions import changes as question
from socorro.serving.health import WsgiApp
from tests.counted import DAY, crashes, version
from tests.middleware.resources import bug
from tests.questions.test_changes import FIRST
from tests.sql.test_explosions import ONE_DAY, TOTALS, history
from tests.webapp.test_answers import counted
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.frame.answers import Answers

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 200
PERIOD = f"days=1&to={DAY + ONE_DAY}"


@pytest.fixture
def changed(app: WsgiApp, database: Database) -> WsgiApp:
    """Signatures that explode ("boom"), are new (a hostile one), came back, and are gone."""
    with database.transaction() as db:
        version_id = version(db)
        history(db, version_id, [40])
    list(judging.judge_days(database, [DAY]))
    with database.transaction() as db:
        for text, back, count in (
            (HOSTILE, 0, 2), ("returned", 45, 1), ("returned", 0, 3),
            *(("vanished", back, 400) for back in range(1, 49)),
        ):  # fmt: skip
            crashes(db, version_id, text, count, DAY - back * ONE_DAY)
        execute(db, TOTALS)
        execute(db, FIRST)
        bug(db, 7, "vanished")
    return app


def test_the_page_shows_each_kind_with_its_evidence(changed: WsgiApp) -> None:
    page = ask(changed, f"/changes/?{PERIOD}")
    text = page.text

    assert page.status == 200
    for kind, words in (("exploded", "exploded"), ("new", "new"), ("gone", "gone")):
        assert f'<a href="#{kind}"><strong>1</strong> {words}</a>' in text
    assert "expected false alarms: under 5 %" in text
    assert sections(text) == ["exploded", "new", "back", "gone", "movers"]
    [article] = re.findall("<article>.*?</article>", text, re.DOTALL)
    assert "40 crashes on Tuesday, 29 February, where 2.0 were expected" in article
    assert f"<title>{DAY}: 40 (crashes 40, expected " in article
    assert article.count("<g><title>") == 49
    assert "140.0" in article
    assert "signature=boom" in article
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_each_table_has_its_rows_as_csv_and_one_kind_is_a_page(changed: WsgiApp) -> None:
    links = re.findall('<a href="([^"]*)">CSV</a>', ask(changed, f"/changes/?{PERIOD}").text)
    sheets = [ask(changed, link.replace("&amp;", "&")).text for link in links]
    read = [list(csv.DictReader(io.StringIO(sheet))) for sheet in sheets]

    assert [[row["signature"][:8] for row in rows] for rows in read[:4]] == [
        ["boom"], ["<script>"], ["returned"], ["vanished"],
    ]  # fmt: skip
    assert read[4][0].keys() >= {"rank", "previous_rank"}
    one = ask(changed, f"/changes/?{PERIOD}&kind=gone").text
    assert sections(one) == ["gone"]
    assert "vanished" in one
    assert '<a href="https://bugzilla.mozilla.org/show_bug.cgi?id=7" rel="noreferrer">7</a>' in one
    assert "<strong>1</strong> exploded" in one


def test_tables_share_one_reading_and_are_kept_until_something_is_counted(
    changed: WsgiApp,
    database: Database,
    store: CrashStore,
    config: WebappConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = application(Context(database, store, config, answers=Answers()), "k" * 40)
    readings = []
    every = question.every

    def read(*arguments: Any) -> question.Changes:
        readings.append(arguments[1]["product"])
        return every(*arguments)

    monkeypatch.setattr(question, "every", read)
    address = f"/changes/?product=Firefox&{PERIOD}"
    pages = [ask(app, address).text for _ in range(2)]
    counted(database)
    pages.append(ask(app, address).text)

    assert readings == ["Firefox", "Firefox"]
    shown = ["exploded", "new", "back", "gone", "movers"]
    assert list(map(sections, pages)) == [shown, shown, shown]


def test_pages_of_as_many_rows_as_somebody_asks_for_are_not_kept(
    changed: WsgiApp, database: Database, store: CrashStore, config: WebappConfig
) -> None:
    answers = Answers()
    app = application(Context(database, store, config, answers=answers), "k" * 40)

    for limit in ("", "&limit=10000"):
        assert sections(ask(app, f"/changes/?product=Firefox&kind=new&{PERIOD}{limit}").text)

    pages = [key for key in answers._kept if key.startswith("page ")]
    assert len(pages) == 1
    assert "limit" not in pages[0]


def sections(page: str) -> list[str]:
    return re.findall('<section id="(.*?)"', page)


@pytest.mark.parametrize(
    ("query", "says"),
    [("product=Firefux", "Firefox"), ("kind=x", "not one of"), ("days=0", "between")],
)
def test_a_wrong_value_is_named_on_the_page(
    app: WsgiApp, database: Database, query: str, says: str
) -> None:
    with database.transaction() as db:
        crashes(db, version(db), "boom", 3, DAY)

    page = ask(app, f"/changes/?{query}")

    assert page.status == 400
    assert says in page.text
    assert "<h1>Changes" in page.text
    assert ask(app, f"/feeds/changes.atom?{query}").status == 400


def test_without_crashes_the_page_says_what_to_do(app: WsgiApp) -> None:
    page = ask(app, "/changes/")

    assert page.status == 200
    assert "socorro fakedata" in page.text
    assert "<section" not in page.text
    assert ask(app, "/feeds/changes.atom").status == 200


def test_the_feed_names_each_change_once_with_its_day(changed: WsgiApp) -> None:
    address = f"/feeds/changes.atom?product=Firefox&to={DAY + ONE_DAY}"
    feed = ElementTree.fromstring(ask(changed, address).body)
    again = ElementTree.fromstring(ask(changed, f"{address}&days=3").body)

    entries = {entry.findtext(f"{ATOM}title"): entry for entry in feed.iter(f"{ATOM}entry")}
    boom = entries["Explosion in Firefox: boom"]
    assert len(entries) == 3  # "vanished" crashed within these seven days
    assert f"{DAY}" in (boom.findtext(f"{ATOM}updated") or "")
    assert "40 crashes on Tuesday" in (boom.findtext(f"{ATOM}summary") or "")
    link = boom.find(f"{ATOM}link")
    assert link is not None
    assert "/signature/?product=Firefox" in link.attrib["href"]
    assert boom.findtext(f"{ATOM}id") in {
        entry.findtext(f"{ATOM}id") for entry in again.iter(f"{ATOM}entry")
    }
    page = ask(changed, "/changes/?product=Firefox").text
    assert 'type="application/atom+xml" title="Changes: Firefox" href="/feeds/changes.atom?' in page
