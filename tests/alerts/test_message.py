"""What people read: nothing in a signature or sentence changes a message or a command."""

import json
import shlex
from datetime import UTC, datetime
from email import message_from_bytes, policy

from hypothesis import given, settings
from hypothesis import strategies as st

from socorro.alerts.events import Kind
from socorro.alerts.message import (
    LONGEST_TEXT,
    MOST_IN_ONE,
    Alert,
    batches,
    link,
    mail,
    mute_command,
    title,
    webhook_document,
)
from socorro.visible import visible

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = "https://crashes.example"
HOSTILE = st.text(st.sampled_from("aZ -'\"`$\\!\n\r\t\0<>&|;:@é💥\u202e"), min_size=1, max_size=120)


def alert(number: int = 0, signature: str = "js::Crash", **more: str) -> Alert:
    columns = {
        "kind": Kind.EXPLOSION.value,
        "product": "Firefox",
        "sentence": "54 crashes on Tuesday, where 8.3 were expected.",
        "path": "/signature/?signature=js%3A%3ACrash",
    }
    return Alert(f"{number:032x}", signature=signature, noted_at=NOON, **{**columns, **more})


def test_the_webhook_gets_all_of_an_event_and_a_text() -> None:
    document = json.loads(webhook_document([alert()], SITE))

    assert document == {
        "text": "*Explosion in Firefox: js::Crash*\n"
        "54 crashes on Tuesday, where 8.3 were expected.\n"
        "<https://crashes.example/signature/?signature=js%3A%3ACrash|Open>"
        " · mute: `socorro alerts mute js::Crash`",
        "events": [
            {
                "id": "0" * 32,
                "kind": "explosion",
                "title": "Explosion in Firefox: js::Crash",
                "product": "Firefox",
                "signature": "js::Crash",
                "sentence": "54 crashes on Tuesday, where 8.3 were expected.",
                "link": "https://crashes.example/signature/?signature=js%3A%3ACrash",
                "mute": "socorro alerts mute js::Crash",
                "noted_at": "2026-11-24T12:00:00+00:00",
            }
        ],
    }


def test_an_event_without_signature_cannot_be_muted() -> None:
    ledger = alert(kind="uneven_ledger", signature="", product="")

    [event] = json.loads(webhook_document([ledger], SITE))["events"]

    assert (event["title"], event["product"]) == ("Ledger is not even", None)
    assert (event["signature"], event["mute"]) == (None, None)
    assert "mute" not in mail([ledger], SITE, "s@x.example", ["a@x.example"]).get_content()


def test_markup_of_slack_in_a_signature_is_text() -> None:
    text = json.loads(
        webhook_document([alert(signature="<!channel> @here <http://x|y> &amp;")], SITE)
    )["text"]

    assert (
        "*Explosion in Firefox: &lt;!channel&gt; @\u200bhere &lt;http://x|y&gt; &amp;amp;*" in text
    )
    assert "<!" not in text
    assert text.count("<") == 1


@given(HOSTILE.map(visible))
@settings(max_examples=60)
def test_the_command_that_mutes_names_the_signature_and_nothing_else(signature: str) -> None:
    words = shlex.split(mute_command(alert(signature=signature)))

    assert words[:3] == ["socorro", "alerts", "mute"]
    assert words[3:] in ([signature], ["--", signature])
    assert not words[3].startswith("-") or words[3] == "--"


@given(HOSTILE.map(visible), HOSTILE.map(visible))
@settings(max_examples=60)
def test_a_mail_has_its_headers_only_whatever_it_is_about(signature: str, sentence: str) -> None:
    message = mail([alert(signature=signature, sentence=sentence)], SITE, "s@x.example", ["a@x.de"])

    parsed = message_from_bytes(message.as_bytes(), policy=policy.default)

    assert set(parsed.keys()) == {
        "Subject", "From", "To", "Message-ID", "Date", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert str(parsed["To"]) == "a@x.de"
    body = parsed.get_content()
    assert sentence in body
    assert title(alert(signature=signature)) in body
    assert link(alert(), SITE) in body


def test_a_mail_about_the_same_alerts_has_the_same_message_id() -> None:
    first, again, other = (
        mail([alert(number)], SITE, "s@x.example", ["a@x.example"]) for number in (1, 1, 2)
    )

    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Subject"] == "[Socorro] Explosion in Firefox: js::Crash"


def test_a_link_stays_on_the_site() -> None:
    hostile = alert(path="/x?a=<|>\u202e`\"'")

    assert link(hostile, SITE) == "https://crashes.example/x?a=%3C%7C%3E%E2%80%AE%60%22'"


def test_a_message_has_a_most_of_alerts_and_of_characters() -> None:
    short = [alert(number) for number in range(2 * MOST_IN_ONE + 1)]
    long = [alert(number, sentence="&" * 1000, path="/" + "x" * 6000) for number in range(20)]

    sizes = [len(batch) for batch in batches(short, SITE)]
    texts = [json.loads(webhook_document(batch, SITE))["text"] for batch in batches(long, SITE)]

    assert sizes == [MOST_IN_ONE, MOST_IN_ONE, 1]
    assert [one for batch in batches(long, SITE) for one in batch] == long
    assert max(map(len, texts)) <= LONGEST_TEXT
    assert list(batches([], SITE)) == []
