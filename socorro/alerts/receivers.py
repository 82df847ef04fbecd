"""Sends a message to a webhook, or to a mail server. Neither waits for longer than it may."""

import http.client
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import closing
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from socorro import __version__
from socorro.alerts.config import AlertsConfig
from socorro.alerts.message import Alert, mail, webhook_document
from socorro.redirects import Connection, anywhere

_PERMANENT: Final = range(500, 600)  # of SMTP
_BECAUSE_OF_WHAT_IT_SAYS: Final = (400, 413, 422)  # of HTTP


class ReceiverUnavailable(Exception):
    """Nobody was reached; trying again later may help. The text has no secret and no address."""


class MessageRefused(Exception):
    """The receiver takes messages, but not this one."""


def post(config: AlertsConfig, alerts: Sequence[Alert]) -> None:
    """Post *alerts* to the webhook. Raises ReceiverUnavailable, MessageRefused.

    Redirects are not followed: the URL is the one that was configured.
    """
    url = urlsplit(config.webhook)
    tls = ssl.create_default_context() if url.scheme == "https" else None
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    headers = {"Content-Type": "application/json", "User-Agent": f"Socorro/{__version__}"}
    document = webhook_document(alerts, config.site)
    try:
        with closing(Connection(url, config.seconds, tls, anywhere)) as connection:
            connection.request("POST", path, document, headers)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise ReceiverUnavailable(f"the webhook cannot be reached: {_cause(error)}") from None
    if status in _BECAUSE_OF_WHAT_IT_SAYS:
        raise MessageRefused(f"the webhook answered {status}")
    if not 200 <= status < 300:
        raise ReceiverUnavailable(f"the webhook answered {status}")


def send_mail(config: AlertsConfig, alerts: Sequence[Alert]) -> None:
    """Mail *alerts* to all addresses. Raises ReceiverUnavailable, MessageRefused.

    It counts as sent when the server takes it for one address: it says so to the others.
    """
    message = mail(alerts, config.site, config.email_from, config.email_to)
    try:
        _submit(config, message)
    except smtplib.SMTPDataError as error:
        text = f"the mail server answered {error.smtp_code}"
        if error.smtp_code in _PERMANENT:
            raise MessageRefused(text) from None
        raise ReceiverUnavailable(text) from None
    except smtplib.SMTPResponseException as error:
        raise ReceiverUnavailable(f"the mail server answered {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused:
        raise ReceiverUnavailable("the mail server refuses all addresses") from None
    except (OSError, smtplib.SMTPException) as error:
        raise ReceiverUnavailable(f"the mail server cannot be used: {_cause(error)}") from None


def _submit(config: AlertsConfig, message: EmailMessage) -> None:
    url = urlsplit(config.smtp)
    tls = ssl.create_default_context()
    host, port = url.hostname or "", url.port or 0
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, port, timeout=config.seconds, context=tls)
    else:
        server = smtplib.SMTP(host, port, timeout=config.seconds)
    with server:
        server.ehlo_or_helo_if_needed()
        is_encrypted = url.scheme == "smtps"
        if not is_encrypted and server.has_extn("starttls"):
            server.starttls(context=tls)
            is_encrypted = True
        if config.smtp_user:
            if not is_encrypted:
                raise ReceiverUnavailable("the mail server offers no encryption for the password")
            server.login(config.smtp_user, _password(config))
        server.send_message(message)


def _password(config: AlertsConfig) -> str:
    if config.smtp_password_file is None:
        return ""
    try:
        return config.smtp_password_file.read_text().strip()
    except (OSError, ValueError) as error:
        text = f"SOCORRO_ALERTS_SMTP_PASSWORD_FILE cannot be read: {_cause(error)}"
        raise ReceiverUnavailable(text) from None


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or type(error).__name__
