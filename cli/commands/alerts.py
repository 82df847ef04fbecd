"""`socorro alerts`: what people were alerted of, muted signatures, and a test message."""

from datetime import UTC, datetime
from typing import Final

import click

from cli.commands import connections
from cli.commands.group import Group, echo
from cli.commands.tables import Answer, Column, Form, forms, show
from socorro.alerts import mutes, recent
from socorro.alerts.config import AlertsConfig
from socorro.alerts.delivery import Send
from socorro.alerts.message import Alert
from socorro.config import load

MOST: Final = 1000
COLUMNS: Final = (
    Column("noted_at", "Noted, UTC"), Column("kind", "Kind"), Column("product", "Product"),
    Column("signature", "Signature"), Column("sentence", "Sentence"), Column("state", "State"),
    Column("id"), Column("path"),
)  # fmt: skip
MUTE_COLUMNS: Final = (
    Column("signature", "Signature"), Column("muted_at", "Muted, UTC"), Column("until", "Until"),
    Column("reason", "Reason"),
)  # fmt: skip
SIGNATURE = click.argument("signature")


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro alerts list
  socorro alerts mute "OOM | small" --days 14 --reason "known, bug 1234567"
  socorro alerts unmute "OOM | small"
  socorro alerts mutes
  SOCORRO_ALERTS_WEBHOOK=https://hooks.example/x socorro alerts test
""",
)
def alerts() -> None:
    """Show alerts, mute signatures, and send a test message."""


@alerts.command(name="list", epilog="\nExamples:\n  socorro alerts list\n")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, MOST), help="Rows.")
@forms
def list_(limit: int, form: Form) -> None:
    """List the latest alerts, and whether they were sent.

    An alert that is not sent yet waits for a channel, or there is none (docs/alerts.md).
    """
    with connections.postgres() as database, database.transaction() as db:
        listed = recent.listed(db, limit)
    table = [
        (
            _moment(alert.noted_at), alert.kind, alert.product, alert.signature, alert.sentence,
            "muted" if alert.muted else ", ".join(alert.deliveries) or "not sent yet",
            alert.alert, alert.path,
        )
        for alert in listed
    ]  # fmt: skip
    show(Answer("", COLUMNS, table, empty=["no alerts yet"]), form)


@alerts.command(
    epilog="""
Examples:
  socorro alerts mute "OOM | small"
  socorro alerts mute "OOM | small" --days 14 --reason "known, bug 1234567"
"""
)
@SIGNATURE
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Number of days; default: until it is unmuted."
)
@click.option("--reason", default="", help="Why; shown in the list.")
def mute(signature: str, days: int | None, reason: str) -> None:
    """Send no alerts about SIGNATURE, also none that still wait.

    Events are still recorded (`socorro alerts list`).
    """
    with connections.postgres() as database, database.transaction() as db:
        try:
            mutes.mute(db, signature, days, reason)
        except mutes.CannotMute as error:
            raise click.ClickException(str(error)) from None
    echo(f"muted {signature}{f' for {days} days' if days else ''}")


@alerts.command(epilog='\nExamples:\n  socorro alerts unmute "OOM | small"\n')
@SIGNATURE
def unmute(signature: str) -> None:
    """Send alerts about SIGNATURE again: about what is noted from now on."""
    with connections.postgres() as database, database.transaction() as db:
        is_unmuted = mutes.unmute(db, signature)
    if not is_unmuted:
        raise click.ClickException("this signature is not muted: see `socorro alerts mutes`")
    echo(f"unmuted {signature}")


@alerts.command(name="mutes", epilog="\nExamples:\n  socorro alerts mutes\n")
@forms
def mutes_(form: Form) -> None:
    """List muted signatures."""
    with connections.postgres() as database, database.transaction() as db:
        muted = mutes.mutes(db)
    table = [
        (mute.signature, _moment(mute.muted_at), _moment(mute.until) if mute.until else "unmuted",
         mute.reason)
        for mute in muted
    ]  # fmt: skip
    show(Answer("", MUTE_COLUMNS, table, empty=["no signature is muted"]), form)


@alerts.command(epilog="\nExamples:\n  socorro alerts test\n")
def test() -> None:
    """Send a test message to the webhook and the e-mail addresses in the settings."""
    from socorro.alerts.receivers import post, send_mail

    config = load(AlertsConfig)
    channels: dict[str, Send] = {}
    if config.webhook:
        channels["webhook"] = post
    if config.email_to:
        channels["email"] = send_mail
    if not channels:
        raise click.ClickException("set SOCORRO_ALERTS_WEBHOOK or SOCORRO_ALERTS_EMAIL_TO")
    failed = [name for name, send in channels.items() if not _try(name, send, config)]
    if failed:
        raise SystemExit(1)


def _try(channel: str, send: Send, config: AlertsConfig) -> bool:
    from socorro.alerts.receivers import MessageRefused, ReceiverUnavailable

    now = datetime.now(UTC)
    sentence = "This is a test: nothing happened."
    alert = Alert(f"test-{now:%Y%m%d%H%M%S}", "test", "", "", sentence, "/", now)
    try:
        send(config, [alert])
    except (MessageRefused, ReceiverUnavailable) as error:
        echo(f"{channel}: {error}", err=True)
        return False
    echo(f"{channel}: sent")
    return True


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
