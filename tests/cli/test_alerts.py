"""`socorro alerts`."""

import json
from pathlib import Path

import pytest

from socorro import alerts
from socorro.postgres import Database
from tests.alerts.receivers import a_mail_server, a_webhook
from tests.alerts.test_events import EVENT
from tests.cli.conftest import Run


def note(database: Database) -> None:
    with database.transaction() as db:
        alerts.note(db, EVENT)


def test_alerts_are_listed_with_what_became_of_them(
    run: Run, settings: Path, database: Database
) -> None:
    assert run("alerts", "list").stdout == "no alerts yet\n"
    note(database)

    table, document = (
        run("alerts", "list").stdout,
        json.loads(run("alerts", "list", "--json").stdout),
    )

    assert EVENT.sentence in table
    assert "not sent yet" in table
    [row] = document["rows"]
    assert (row["id"], row["kind"], row["state"]) == (EVENT.alert, "explosion", "not sent yet")


def test_a_signature_is_muted_and_unmuted(run: Run, settings: Path, database: Database) -> None:
    note(database)

    muted = run("alerts", "mute", "js::Crash", "--days", "14", "--reason", "bug 1")
    listed, state = run("alerts", "mutes"), run("alerts", "list", "--csv").stdout
    unmuted, again = run("alerts", "unmute", "js::Crash"), run("alerts", "unmute", "js::Crash")

    assert muted.stdout == "muted js::Crash for 14 days\n"
    assert "js::Crash" in listed.stdout
    assert "bug 1" in listed.stdout
    assert ",muted," in state
    assert unmuted.stdout == "unmuted js::Crash\n"
    assert (again.exit_code, "is not muted" in again.output) == (1, True)
    assert run("alerts", "mutes").stdout == "no signature is muted\n"


def test_an_empty_signature_is_not_muted(run: Run, settings: Path) -> None:
    result = run("alerts", "mute", "")

    assert (result.exit_code, result.output) == (1, "Error: the signature is empty\n")


def test_a_test_message_is_sent_to_every_channel(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = run("alerts", "test")
    with a_webhook() as webhook, a_mail_server() as server:
        monkeypatch.setenv("SOCORRO_ALERTS_WEBHOOK", webhook.url)
        monkeypatch.setenv("SOCORRO_ALERTS_SMTP", server.url)
        monkeypatch.setenv("SOCORRO_ALERTS_EMAIL_TO", '["ann@x.example"]')
        sent = run("alerts", "test")
        server.refuses = {"RCPT": "550 nobody"}
        failed = run("alerts", "test")

    assert "set SOCORRO_ALERTS_WEBHOOK or SOCORRO_ALERTS_EMAIL_TO" in nothing.output
    assert (sent.exit_code, sent.output) == (0, "webhook: sent\nemail: sent\n")
    assert webhook.sentences == ["This is a test: nothing happened."] * 2
    assert len(server.mails) == 1
    assert failed.exit_code == 1
    assert "email: the mail server refuses all addresses" in failed.output


def test_the_url_of_the_webhook_is_not_shown(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_ALERTS_WEBHOOK", "https://hooks.example/hush")

    shown = run("config").output

    assert "SOCORRO_ALERTS_WEBHOOK=(hidden)" in shown
    assert "hush" not in shown
