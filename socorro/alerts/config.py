"""Settings of alerts: where they are sent."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings

MOST_ADDRESSES: Final = 50
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"\\()]+@[^\s@<>,;:\"\\()]+")


class AlertsConfig(Settings):
    """Where alerts are sent, from the environment or the table [alerts]."""

    table = "alerts"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_ALERTS_")

    site: str = Field(
        "http://localhost:8884", description="Address of the pages, to which alerts link"
    )
    webhook: str = Field(
        "", description="URL that alerts are posted to as JSON, for example Slack's; a secret"
    )
    email_to: list[str] = Field(
        default_factory=list, description="Addresses that alerts are mailed to"
    )
    email_from: str = Field("socorro@localhost", description="Sender of the mails")
    smtp: str = Field(
        "smtp://localhost:25",
        description="Mail server: smtp://host:port (encrypted when the server can) or smtps://…",
    )
    smtp_user: str = Field("", description="User name at the mail server; only sent encrypted")
    smtp_password_file: Path | None = Field(
        None, description="File, mode 0600, with the password of that user"
    )
    seconds: float = Field(15, gt=0, le=60, description="Longest silence of a receiver, seconds")
    give_up_hours: int = Field(
        48, ge=1, le=24 * 28, description="Hours after which an alert that could not be sent is not"
    )
    top_crasher_rank: int = Field(
        20, ge=1, le=300, description="Rank by which a new signature is a new top crasher"
    )

    @field_validator("site")
    @classmethod
    def _is_site(cls, url: str) -> str:
        return _url(url, ("http", "https")).rstrip("/")

    @field_validator("webhook")
    @classmethod
    def _is_webhook(cls, url: str) -> str:
        return url and _url(url, ("http", "https"))

    @field_validator("smtp")
    @classmethod
    def _is_mail_server(cls, url: str) -> str:
        return _url(url, ("smtp", "smtps"))

    @field_validator("email_from")
    @classmethod
    def _is_address(cls, address: str) -> str:
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} is not an e-mail address")
        return address

    @field_validator("email_to")
    @classmethod
    def _are_addresses(cls, addresses: list[str]) -> list[str]:
        if len(addresses) > MOST_ADDRESSES:
            raise ValueError(f"more than {MOST_ADDRESSES} addresses: use a mailing list")
        return [cls._is_address(address) for address in addresses]


def _url(text: str, schemes: tuple[str, ...]) -> str:
    """Return *text* if it is a URL of one of *schemes*. Raises ValueError that does not show it."""
    try:
        url = urlsplit(text)
        is_usable = url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"not a URL (expected {' or '.join(f'{name}://…' for name in schemes)})")
    if url.username is not None:
        raise ValueError("a user name in the URL is not supported")
    return text
