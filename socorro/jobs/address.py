"""Where the message broker is, as the settings `queue` and `queue_password_file` say."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

POSTGRES: Final = "postgres"  # no broker
EXPECTED: Final = "expected postgres, or amqps://user@host[:port][/vhost]"
_PORTS: Final = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True)
class Address:
    """Where the broker is, and as whom we are there."""

    host: str
    port: int
    vhost: str = "/"
    user: str = "guest"
    password: str = field(default="guest", repr=False)
    is_secure: bool = False


def parse(url: str, password_file: Path | None = None) -> Address | None:
    """Return the broker's address; None for "postgres".

    Raises ValueError, which says what is wrong, and OSError when the file cannot be read.
    """
    if url == POSTGRES:
        return None
    split = urlsplit(url)
    if split.scheme not in _PORTS or not split.hostname or split.query:
        raise ValueError(EXPECTED)
    if split.password is not None:
        raise ValueError(
            "a password does not belong into the address: put it into a file, mode 0600, and name"
            " that in SOCORRO_QUEUE_PASSWORD_FILE"
        )
    return Address(
        split.hostname,
        split.port or _PORTS[split.scheme],
        unquote(split.path[1:]) or "/",
        unquote(split.username or "guest"),
        password_file.read_text().strip() if password_file else "guest",
        split.scheme == "amqps",
    )
