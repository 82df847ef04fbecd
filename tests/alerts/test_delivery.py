"""Real receivers get each alert once; one that is away, slow or refuses loses nothing."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

from socorro import alerts
from socorro.alerts import Event, Kind, mutes, recent
from socorro.alerts.config import AlertsConfig
from socorro.alerts.delivery import MOST_ALERTS, Delivery, deliver, has_waiting
from socorro.alerts.receivers import ReceiverUnavailable, post, send_mail
from socorro.postgres import Database, column, execute, value
from tests.alerts.receivers import MailServer, Webhook
from tests.alerts.test_events import EVENT
from tests.doctor.servers import certificate


def note(pool: Database, *events: Event) -> None:
    with pool.transaction() as db:
        for event in events:
            assert alerts.note(db, event)


def events(count: int) -> list[Event]:
    return [replace(EVENT, key=str(number), sentence=f"{number}.") for number in range(count)]


def config(**settings: Any) -> AlertsConfig:
    return AlertsConfig(**{"site": "https://crashes.example", "seconds": 5, **settings})


def by_webhook(pool: Database, webhook: Webhook, **settings: Any) -> Delivery:
    return deliver(pool, "webhook", config(webhook=webhook.url, **settings), post)


def by_mail(pool: Database, server: MailServer, **settings: Any) -> Delivery:
    mailed = {"smtp": server.url, "email_to": ["ann@x.example", "bob@x.example"], **settings}
    return deliver(pool, "email", config(**mailed), send_mail)


def outcomes(pool: Database) -> list[str]:
    with pool.transaction() as db:
        return [text for alert in recent.listed(db, 1000) for text in alert.deliveries]


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("hush")
    return path


def test_an_alert_is_posted_once(pool: Database, webhook: Webhook) -> None:
    note(pool, EVENT)

    first, second = by_webhook(pool, webhook), by_webhook(pool, webhook)

    assert (first.sent, second.sent) == (1, 0)
    assert webhook.sentences == [EVENT.sentence]
    assert webhook.headers[0]["path"] == "/hook?key=secret"
    assert webhook.headers[0]["Content-Type"] == "application/json"
    assert outcomes(pool) == ["webhook sent"]


def test_each_channel_gets_an_alert_once(
    pool: Database, webhook: Webhook, mail_server: MailServer
) -> None:
    note(pool, EVENT)

    by_webhook(pool, webhook)
    assert by_mail(pool, mail_server).sent == 1
    assert by_mail(pool, mail_server).sent == 0

    [text] = mail_server.mails
    message = message_from_string(text, policy=policy.default)
    assert message["Subject"] == "[Socorro] Explosion in Firefox: js::Crash"
    assert message["To"] == "ann@x.example, bob@x.example"
    assert mail_server.recipients == ["ann@x.example", "bob@x.example"]
    assert message.get_content().splitlines() == [
        "Explosion in Firefox: js::Crash",
        EVENT.sentence,
        "https://crashes.example/signature/?product=Firefox&signature=js%3A%3ACrash",
        "Mute this signature: socorro alerts mute js::Crash",
    ]
    assert sorted(outcomes(pool)) == ["email sent", "webhook sent"]


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 408, 410, 429, 500, 503])
def test_a_webhook_that_does_not_work_is_tried_again_later(
    pool: Database, webhook: Webhook, status: int
) -> None:
    note(pool, EVENT)
    webhook.answers = lambda _document: status

    with pytest.raises(ReceiverUnavailable, match=f"^the webhook answered {status}$"):
        by_webhook(pool, webhook)

    webhook.answers = lambda _document: 204
    assert by_webhook(pool, webhook).sent == 1
    assert webhook.sentences == [EVENT.sentence]


def test_a_webhook_that_hangs_or_is_gone_is_given_up_in_time_and_not_named(
    pool: Database, webhook: Webhook
) -> None:
    note(pool, EVENT)
    webhook.answers = lambda _document: None

    with pytest.raises(ReceiverUnavailable) as hung:
        by_webhook(pool, webhook, seconds=0.2)
    webhook.close()
    with pytest.raises(ReceiverUnavailable) as gone:
        by_webhook(pool, webhook)

    for error in (hung, gone):
        assert "cannot be reached" in str(error.value)
        assert "secret" not in str(error.value)
    assert outcomes(pool) == []


def test_a_kill_after_a_message_was_taken_sends_it_again_under_the_same_id(
    pool: Database, webhook: Webhook
) -> None:
    class Killed(BaseException):
        pass

    def killed(*arguments: Any) -> None:
        post(*arguments)
        raise Killed

    note(pool, EVENT)

    with pytest.raises(Killed):
        deliver(pool, "webhook", config(webhook=webhook.url), killed)
    by_webhook(pool, webhook)

    ids = [event["id"] for document in webhook.documents for event in document["events"]]
    assert ids == [EVENT.alert, EVENT.alert]


def test_many_alerts_come_in_few_messages_and_a_limit_of_them_in_one_run(
    pool: Database, webhook: Webhook
) -> None:
    note(pool, *events(MOST_ALERTS + 1))

    first, second = by_webhook(pool, webhook), by_webhook(pool, webhook)

    assert (first.sent, second.sent) == (MOST_ALERTS, 1)
    assert len(webhook.documents) == MOST_ALERTS // 20 + 1
    assert sorted(webhook.sentences) == sorted(event.sentence for event in events(MOST_ALERTS + 1))


def test_an_alert_that_is_refused_does_not_hold_up_the_others(
    pool: Database, webhook: Webhook
) -> None:
    webhook.answers = lambda document: 400 if "2." in document["text"] else 200
    note(pool, *events(5))

    delivery = by_webhook(pool, webhook)

    assert sorted(webhook.sentences) == ["0.", "1.", "3.", "4."]
    assert delivery.sent == 4
    assert [error for _, error in delivery.refused] == ["the webhook answered 400"]
    assert "webhook refused: the webhook answered 400" in outcomes(pool)
    with pool.transaction() as db:
        assert not has_waiting(db, "webhook")


def test_a_webhook_that_refuses_everything_loses_nothing(pool: Database, webhook: Webhook) -> None:
    webhook.answers = lambda _document: 400
    note(pool, *events(3))

    with pytest.raises(ReceiverUnavailable, match=r"^the webhook answered 400 to every message$"):
        by_webhook(pool, webhook)

    webhook.answers = lambda _document: 200
    assert by_webhook(pool, webhook).sent == 3


def test_what_was_sent_before_the_receiver_broke_is_not_sent_again(
    pool: Database, webhook: Webhook
) -> None:
    answers: Iterator[int] = iter([200, 500, 200])
    webhook.answers = lambda _document: next(answers)
    note(pool, *events(25))

    with pytest.raises(ReceiverUnavailable):
        by_webhook(pool, webhook)
    by_webhook(pool, webhook)

    assert sorted(webhook.sentences) == sorted(event.sentence for event in events(25))


@pytest.mark.parametrize(
    ("refuses", "error"),
    [
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "the mail server answered 421"),
        ({"MAIL": "550 who"}, "the mail server answered 550"),
        ({"RCPT": "550 nobody"}, "the mail server refuses all addresses"),
        ({"DATA": "451 later"}, "the mail server answered 451"),
        ({"DATA": "554 spam"}, "the mail server answered 554 to every message"),
    ],
)
def test_a_mail_server_that_does_not_take_mail_is_tried_again_later(
    pool: Database, mail_server: MailServer, refuses: dict[str, str], error: str
) -> None:
    note(pool, EVENT)
    mail_server.refuses = refuses

    with pytest.raises(ReceiverUnavailable, match=f"^{error}$"):
        by_mail(pool, mail_server)

    mail_server.refuses = {}
    assert by_mail(pool, mail_server).sent == 1
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_is_away_is_tried_again_later(
    pool: Database, mail_server: MailServer
) -> None:
    note(pool, EVENT)
    mail_server.close()

    with pytest.raises(ReceiverUnavailable, match=r"^the mail server cannot be used: "):
        by_mail(pool, mail_server)


def test_a_password_is_never_sent_in_the_clear(
    pool: Database, mail_server: MailServer, password: Path
) -> None:
    note(pool, EVENT)
    mail_server.extensions = ["AUTH PLAIN LOGIN"]

    with pytest.raises(ReceiverUnavailable, match="offers no encryption for the password"):
        by_mail(pool, mail_server, smtp_user="ann", smtp_password_file=password)

    assert not any("AUTH" in command for command in mail_server.commands)


def test_mail_and_password_go_encrypted_where_the_server_can(
    pool: Database,
    mail_server: MailServer,
    password: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note(pool, EVENT)
    mail_server.certificate = certificate(tmp_path, 1)
    mail_server.extensions = ["AUTH PLAIN"]
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.certificate))  # an authority of the machine

    sent = by_mail(pool, mail_server, smtp_user="ann", smtp_password_file=password).sent

    clear, encrypted = mail_server.commands[:2], mail_server.commands[2:]
    assert (sent, len(mail_server.mails)) == (1, 1)
    assert [command.split()[0].upper() for command in clear] == ["EHLO", "STARTTLS"]
    assert mail_server.encrypted == encrypted
    assert [command.split()[0].upper() for command in encrypted] == [
        "EHLO", "AUTH", "MAIL", "RCPT", "RCPT", "DATA", "QUIT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("host", "days", "is_trusted", "problem"),
    [
        ("localhost", 1, False, "self-signed certificate"),
        ("other.example", 1, True, "IP address mismatch"),
        ("localhost", -1, True, "certificate has expired"),
    ],
)
def test_a_mail_server_with_a_wrong_certificate_gets_nothing(
    pool: Database,
    mail_server: MailServer,
    password: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: float,
    is_trusted: bool,
    problem: str,
) -> None:
    note(pool, EVENT)
    mail_server.certificate = certificate(tmp_path, days, host)
    mail_server.extensions = ["AUTH PLAIN"]
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.certificate))

    with pytest.raises(ReceiverUnavailable, match=f"^the mail server cannot be used: .*{problem}"):
        by_mail(pool, mail_server, smtp_user="ann", smtp_password_file=password)

    assert [command.split()[0].upper() for command in mail_server.commands] == ["EHLO", "STARTTLS"]
    assert mail_server.mails == []
    with pool.transaction() as db:
        assert has_waiting(db, "email")


def test_a_mail_server_that_offers_encryption_and_refuses_it_gets_nothing(
    pool: Database, mail_server: MailServer
) -> None:
    note(pool, EVENT)
    mail_server.extensions, mail_server.refuses = ["STARTTLS"], {"STARTTLS": "454 not now"}

    with pytest.raises(ReceiverUnavailable, match="the mail server answered 454"):
        by_mail(pool, mail_server)

    assert mail_server.mails == []


@pytest.mark.parametrize(("hours", "sent"), [(48, 1), (47, 0)])
def test_an_alert_that_waited_too_long_is_not_sent(
    pool: Database, webhook: Webhook, hours: int, sent: int
) -> None:
    note(pool, EVENT)
    with pool.transaction() as db:
        execute(db, "UPDATE alerts SET noted_at = now() - interval '47 hours 59 minutes'")

    delivery = by_webhook(pool, webhook, give_up_hours=hours)

    assert (delivery.sent, delivery.expired) == (sent, 1 - sent)
    assert len(webhook.documents) == sent
    assert outcomes(pool) == ["webhook sent" if sent else "webhook expired"]


def test_muting_holds_for_what_waits_and_unmuting_for_what_comes(
    pool: Database, webhook: Webhook
) -> None:
    other = replace(EVENT, key="other", signature="other")
    note(pool, EVENT, other)
    with pool.transaction() as db:
        mutes.mute(db, "js::Crash", None, "known")
    note(pool, replace(EVENT, key="later"))

    by_webhook(pool, webhook)
    with pool.transaction() as db:
        assert not has_waiting(db, "webhook")
        assert mutes.unmute(db, "js::Crash")
    note(pool, replace(EVENT, key="latest"))
    by_webhook(pool, webhook)

    ids = [event["id"] for document in webhook.documents for event in document["events"]]
    unmuted = [EVENT.alert, replace(EVENT, key="latest").alert]
    assert ids == [other.alert, *unmuted]


def test_a_mute_ends_by_itself(pool: Database) -> None:
    with pool.transaction() as db:
        mutes.mute(db, "js::Crash", 14)
        execute(db, "UPDATE alert_mutes SET until = until - interval '14 days'")

    note(pool, EVENT)

    with pool.transaction() as db:
        assert has_waiting(db, "webhook")
        assert mutes.mutes(db) == []
        assert not mutes.unmute(db, "js::Crash")


def test_mutes_are_replaced_and_have_limits(
    pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutes, "MOST_MUTES", 2)
    with pool.transaction() as db:
        mutes.mute(db, "a", 1, "first")
        mutes.mute(db, "a", None, "x" * 1000)
        mutes.mute(db, "b", 1)
        with pytest.raises(mutes.CannotMute, match="2 signatures are muted already"):
            mutes.mute(db, "c", 1)
        mutes.mute(db, "b", 2)
        mutes.mute(db, "x" * 500, 1) if mutes.unmute(db, "b") else None
        for bad in ("", "  ", "x" * 501):
            with pytest.raises(mutes.CannotMute):
                mutes.mute(db, bad, 1)

        listed = mutes.mutes(db)

    assert [mute.signature for mute in listed] == ["a", "x" * 500]
    assert listed[0].until is None
    assert len(listed[0].reason) == 200


def test_only_what_is_not_muted_is_in_feeds(pool: Database) -> None:
    with pool.transaction() as db:
        mutes.mute(db, "js::Crash", None)
    note(pool, EVENT, Event(Kind.UNEVEN_LEDGER, "day", "1 missing."))

    with pool.transaction() as db:
        assert [alert.sentence for alert in recent.latest(db, 10)] == ["1 missing."]
        assert [alert.muted for alert in recent.listed(db, 10)].count(True) == 1
        assert recent.latest(db, 10, kind="explosion") == []
        assert recent.latest(db, 10, product="Firefox") == []
        assert column(db, "SELECT alert FROM alerts WHERE muted") == [EVENT.alert]
        assert value(db, "SELECT count(*) FROM alert_deliveries") == 0
