"""Feeds of alerts: for everybody, and XML whatever is in them."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.utils.feedgenerator import Atom1Feed

from socorro import alerts
from socorro.alerts import Event, Kind, mutes
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.alerts.test_events import EVENT
from tests.wsgi import ask
from webapp.crashstats.feeds import MOST
from webapp.search.feed import _add

ATOM = "{http://www.w3.org/2005/Atom}"


def note(database: Database, *events: Event) -> None:
    with database.transaction() as db:
        for event in events:
            alerts.note(db, event)


def titles(app: WsgiApp, query: str = "") -> list[str | None]:
    feed = ElementTree.fromstring(ask(app, f"/feeds/alerts.atom{query}").body)
    return [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]


def test_atom_and_rss_name_each_alert_with_its_link(app: WsgiApp, database: Database) -> None:
    note(database, EVENT)

    atom, rss = ask(app, "/feeds/alerts.atom"), ask(app, "/feeds/alerts.rss")

    entry = ElementTree.fromstring(atom.body).find(f"{ATOM}entry")
    item = ElementTree.fromstring(rss.body).find("channel/item")
    assert entry is not None
    assert item is not None
    address = "http://127.0.0.1/signature/?product=Firefox&signature=js%3A%3ACrash"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert entry.findtext(f"{ATOM}title") == item.findtext("title") == (
        "Explosion in Firefox: js::Crash"
    )  # fmt: skip
    assert entry.findtext(f"{ATOM}summary") == item.findtext("description") == EVENT.sentence
    assert link.get("href") == item.findtext("link") == address
    assert (
        entry.findtext(f"{ATOM}id") == item.findtext("guid") == f"urn:socorro:alert:{EVENT.alert}"
    )
    assert atom.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in atom.headers


def test_a_feed_is_of_one_product_or_kind_when_its_address_says_so(
    app: WsgiApp, database: Database
) -> None:
    note(database, EVENT, Event(Kind.UNEVEN_LEDGER, "day", "1 missing."))

    assert len(titles(app)) == 2
    assert titles(app, "?kind=uneven_ledger") == ["Ledger is not even"]
    assert titles(app, "?product=Firefox") == ["Explosion in Firefox: js::Crash"]
    assert titles(app, "?product=%00%F0x") == []
    assert ask(app, "/feeds/alerts.atom?kind=other").status == 400
    assert ask(app, "/feeds/alerts.xml").status == 404
    assert ask(app, "/feeds/alerts.atom", "POST").status in (403, 405)


@pytest.mark.parametrize("count", [MOST, MOST + 1])
def test_a_feed_has_the_latest_fifty(app: WsgiApp, database: Database, count: int) -> None:
    note(database, *(replace(EVENT, key=str(number)) for number in range(count)))

    assert len(titles(app)) == min(count, MOST)


def test_a_hostile_signature_is_text(app: WsgiApp, database: Database) -> None:
    hostile = "]]><script>\0\x0b\ud800\ufffe&amp;"
    note(database, replace(EVENT, signature=hostile, sentence=hostile))

    [title] = titles(app)
    summaries = ElementTree.fromstring(ask(app, "/feeds/alerts.atom").body).iter(f"{ATOM}summary")

    assert [one.text for one in summaries] == ["]]&gt;&lt;script&gt;␀␋⟨U+D800⟩\ufffd&amp;amp;"]
    assert title == "Explosion in Firefox: ]]><script>␀␋⟨U+D800⟩\ufffd&amp;"


def test_muted_signatures_are_not_in_it(app: WsgiApp, database: Database) -> None:
    with database.transaction() as db:
        mutes.mute(db, "js::Crash", None)
    note(database, EVENT)

    assert titles(app) == []


def test_products_of_search_results_are_no_html(app: WsgiApp) -> None:
    feed = Atom1Feed(title="x", link="http://127.0.0.1/", description="")
    crash_id = "0e18a16c-d9d2-4ff0-b1a3-3d9f30261123"
    hit = {"crash_id": crash_id, "submitted_timestamp": datetime(2026, 11, 23, tzinfo=UTC)}

    words = {"product": "<b>", "version": "1", "os_name": None, "signature": "x"}

    _add(feed, "http://127.0.0.1", {**hit, **words})

    assert feed.items[0]["description"] == "&lt;b&gt; 1"
