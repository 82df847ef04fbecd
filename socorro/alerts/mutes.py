"""Signatures whose alerts nobody wants to hear for a while.

Muting holds at once: for what is noted from now on, and for what still waits. What was noted while
a signature was muted is never sent.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from socorro.alerts.events import LONGEST_SIGNATURE, cut
from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)
MOST_MUTES: Final = 10_000
LONGEST_REASON: Final = 200  # characters


class CannotMute(ValueError):
    """The text says why."""


class Mute(NamedTuple):
    """One muted signature; *until* is None when it has no end."""

    signature: str
    muted_at: datetime
    until: datetime | None
    reason: str


def mute(db: Connection, signature: str, days: int | None, reason: str = "") -> None:
    """Mute *signature* for so many days, None: until it is unmuted. Muting again replaces that.

    Raises CannotMute for no signature, one that is too long, or too many mutes.
    """
    if not signature.strip():
        raise CannotMute("the signature is empty")
    if len(signature) > LONGEST_SIGNATURE:
        raise CannotMute(f"the signature is longer than {LONGEST_SIGNATURE} characters")
    changed = execute(
        db,
        SQL["mute"],
        signature=cut(signature, LONGEST_SIGNATURE),
        length=None if days is None else timedelta(days=days),
        reason=cut(reason, LONGEST_REASON),
        most=MOST_MUTES,
    )
    if not changed:
        raise CannotMute(f"{MOST_MUTES:,} signatures are muted already: unmute some")


def unmute(db: Connection, signature: str) -> bool:
    """Let alerts of *signature* be sent again; return False when it was not muted."""
    return bool(execute(db, SQL["unmute"], signature=cut(signature, LONGEST_SIGNATURE)))


def mutes(db: Connection) -> list[Mute]:
    """The signatures that are muted now, by name."""
    return rows(db, SQL["mutes"], Mute, most=MOST_MUTES)
