"""Jobs note events; each is one alert, however often it is noted."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from socorro import alerts
from socorro.alerts import Event, Kind
from socorro.alerts.events import LONGEST_SENTENCE, LONGEST_SIGNATURE
from socorro.postgres import Connection, execute, rows, value

EVENT = Event(
    Kind.EXPLOSION,
    key="Firefox release js::Crash 2026-11-24",
    sentence="54 crashes on Tuesday, where 8.3 were expected.",
    product="Firefox",
    signature="js::Crash",
)


def test_an_event_that_is_noted_again_is_one_alert(db: Connection) -> None:
    again = replace(EVENT, sentence="55 crashes by now.")

    assert alerts.note(db, EVENT)
    assert not alerts.note(db, again)
    assert _sentences(db) == [EVENT.sentence]


@pytest.mark.parametrize(
    "other", [{"kind": Kind.WORSE_BUILD}, {"key": "Firefox release js::Crash 2026-11-25"}]
)
def test_another_kind_or_key_is_another_event(db: Connection, other: dict[str, Any]) -> None:
    assert alerts.note(db, EVENT)
    assert alerts.note(db, replace(EVENT, **other))


def test_an_event_is_there_when_its_transaction_is(db: Connection) -> None:
    alerts.note(db, EVENT)
    db.rollback()

    assert _sentences(db) == []


@pytest.mark.parametrize(
    ("length", "kept"), [(LONGEST_SENTENCE, "x" * LONGEST_SENTENCE),
                         (LONGEST_SENTENCE + 1, "x" * (LONGEST_SENTENCE - 1) + "…"),
                         (10**6, "x" * (LONGEST_SENTENCE - 1) + "…")],
)  # fmt: skip
def test_a_sentence_has_a_longest_length(db: Connection, length: int, kept: str) -> None:
    alerts.note(db, replace(EVENT, sentence="x" * length))

    assert _sentences(db) == [kept]


def test_hostile_texts_become_one_visible_line(db: Connection) -> None:
    signature = "a\0b\r\nBcc: x\ud800" + "y" * 10**6

    alerts.note(db, replace(EVENT, key=signature, signature=signature, sentence="\x1b[2J\n\u202e"))

    [kept] = rows(db, "SELECT signature, sentence FROM alerts", lambda *texts: texts)
    assert kept[0].startswith("a␀b␍␊Bcc: x⟨U+D800⟩yyy")
    assert len(kept[0]) == LONGEST_SIGNATURE
    assert kept[1] == "␛[2J␊⟨U+202E⟩"


def test_an_event_links_to_the_page_of_its_signature() -> None:
    page = urlsplit(replace(EVENT, signature="a&b=<é>|#?").page)

    assert page.path == "/signature/"
    assert parse_qs(page.query) == {"product": ["Firefox"], "signature": ["a&b=<é>|#?"]}


@pytest.mark.parametrize(
    ("event", "page"),
    [
        (replace(EVENT, path="/builds/?product=Firefox"), "/builds/?product=Firefox"),
        (replace(EVENT, path="/a b\n<é>\ud800"), "/a%20b%0A%3C%C3%A9%3E?"),
        (replace(EVENT, path="/" + "x" * 7999), "/" + "x" * 7999),
        (replace(EVENT, path="/" + "é" * 2000), "/" + "%C3%A9" * 1333 + "…"),
        (replace(EVENT, signature="", path="https://x.example/"), "/"),
        (replace(EVENT, signature="", path="//x.example/"), "/"),
        (replace(EVENT, signature=""), "/"),
    ],
)
def test_an_event_links_to_this_site_only(event: Event, page: str) -> None:
    assert event.page == page


@pytest.mark.parametrize(("until", "muted"), [("infinity", True), ("now", False)])
def test_an_event_of_a_muted_signature_is_marked(db: Connection, until: str, muted: bool) -> None:
    execute(
        db,
        "INSERT INTO alert_mutes (signature, until, reason) VALUES ('js::Crash', %(until)s, '')",
        until=until,
    )

    alerts.note(db, EVENT)

    assert value(db, "SELECT muted FROM alerts") == muted


def test_muting_nothing_mutes_no_event_without_a_signature(db: Connection) -> None:
    alerts.note(db, Event(Kind.UNEVEN_LEDGER, key="2026-11-24", sentence="3 crashes are missing."))

    assert value(db, "SELECT muted FROM alerts") is False


def _sentences(db: Connection) -> list[str]:
    return rows(db, "SELECT sentence FROM alerts ORDER BY alert", str)
