"""Alerts as people read them: JSON for a webhook, an e-mail, a line in a feed. Pure.

What a signature or sentence says cannot change the message: Slack's markup is escaped, nobody is
called by an "@here", the command that mutes is quoted for a shell, and a line is a line.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final, NamedTuple
from urllib.parse import quote

from socorro.alerts.events import URL_CHARACTERS, Kind

MOST_IN_ONE: Final = 20  # alerts in one message
LONGEST_TEXT: Final = 30_000  # characters of one message; Slack cuts at 40,000
_LONGEST_SUBJECT: Final = 150  # characters
_TITLES: Final = {
    Kind.EXPLOSION: "Explosion",
    Kind.NEW_TOP_CRASHER: "New top crasher",
    Kind.WORSE_BUILD: "Worse build",
    Kind.FAILED_FIX: "Fix did not hold",
    Kind.UNEVEN_LEDGER: "Ledger is not even",
}
_MENTION: Final = re.compile(r"@(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)


class Alert(NamedTuple):
    """An event that was noted. Texts are in one line; "" where it has no product or signature."""

    alert: str
    kind: str
    product: str
    signature: str
    sentence: str
    path: str
    noted_at: datetime


def title(alert: Alert) -> str:
    """Return what happened in a few words: Explosion in Firefox: js::Crash."""
    kinds = {kind.value: text for kind, text in _TITLES.items()}
    kind = kinds.get(alert.kind, alert.kind)
    product = f" in {alert.product}" if alert.product else ""
    return f"{kind}{product}: {alert.signature}" if alert.signature else f"{kind}{product}"


def link(alert: Alert, site: str) -> str:
    """Return the address of the page that shows the alert."""
    return site + quote(alert.path, safe=URL_CHARACTERS)


def mute_command(alert: Alert) -> str:
    """Return the command that mutes its signature; "" when it has none."""
    if not alert.signature:
        return ""
    option = "-- " if alert.signature.startswith("-") else ""
    return f"socorro alerts mute {option}{shlex.quote(alert.signature)}"


def batches(alerts: Sequence[Alert], site: str) -> Iterator[list[Alert]]:
    """Cut *alerts* into messages, each of limited length, in their order."""
    batch: list[Alert] = []
    length = 0
    for alert in alerts:
        own = len(_slack(alert, site)) + 2
        if batch and (len(batch) == MOST_IN_ONE or length + own > LONGEST_TEXT):
            yield batch
            batch, length = [], 0
        batch.append(alert)
        length += own
    if batch:
        yield batch


def webhook_document(alerts: Sequence[Alert], site: str) -> bytes:
    """Return JSON with all of each alert, and a text in the markup of Slack and its kin."""
    document = {
        "text": "\n\n".join(_slack(alert, site) for alert in alerts),
        "events": [
            {
                "id": alert.alert,
                "kind": alert.kind,
                "title": title(alert),
                "product": alert.product or None,
                "signature": alert.signature or None,
                "sentence": alert.sentence,
                "link": link(alert, site),
                "mute": mute_command(alert) or None,
                "noted_at": alert.noted_at.astimezone(UTC).isoformat(),
            }
            for alert in alerts
        ],
    }
    return json.dumps(document).encode()


def mail(alerts: Sequence[Alert], site: str, sender: str, to: Sequence[str]) -> EmailMessage:
    """Return one e-mail about *alerts*. The same alerts have the same Message-ID."""
    message = EmailMessage(policy=SMTP)
    subject = title(alerts[0]) if len(alerts) == 1 else f"{len(alerts)} alerts, {title(alerts[0])}"
    message["Subject"] = f"[Socorro] {subject}"[:_LONGEST_SUBJECT]
    message["From"], message["To"] = sender, ", ".join(to)
    name = hashlib.sha256(" ".join(alert.alert for alert in alerts).encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    message["Date"] = max(alert.noted_at for alert in alerts)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(_plain(alert, site) for alert in alerts) + "\n")
    return message


def _plain(alert: Alert, site: str) -> str:
    lines = [title(alert), alert.sentence, link(alert, site)]
    if command := mute_command(alert):
        lines.append(f"Mute this signature: {command}")
    return "\n".join(lines)


def _slack(alert: Alert, site: str) -> str:
    lines = [
        f"*{_escape(_without_mentions(title(alert)))}*",
        _escape(_without_mentions(alert.sentence)),
        f"<{_escape(link(alert, site))}|Open>",
    ]
    if command := mute_command(alert):
        lines[-1] += f" · mute: `{_escape(command)}`"
    return "\n".join(lines)


def _without_mentions(text: str) -> str:
    return _MENTION.sub("@\u200b", text)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
