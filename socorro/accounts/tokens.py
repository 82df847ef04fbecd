"""Tokens: sent by scripts as Auth-Token, each with some of its owner's permissions.

On the wire a token is 32 hex digits, 128 random bits. Only its SHA-256 is stored, so whoever
reads the table cannot use the tokens. It is looked up by that hash: the time of a look-up reveals
nothing about the token. A permission of the owner that was lost is lost for the token too. All
tokens end when their owner gets another password or is made inactive: both happen when somebody
else may have had the account.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from socorro.accounts.permissions import PERMISSIONS
from socorro.postgres import Connection, execute, load_sql, rows, value

SQL = load_sql(__file__)

DAYS = 90  # a token is valid for, by default
MOST_DAYS = 730
MOST_TOKENS = 100  # of one user
LONGEST_NOTE = 200  # characters

_SHAPE = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Refused(ValueError):
    """The token cannot be created; the text says why."""


class Holder(NamedTuple):
    """The owner of a token, and the permissions that it grants now."""

    token_id: int
    user: str
    permissions: frozenset[str]


class Token(NamedTuple):
    """A token in a list; *held* are those of its *permissions* that its owner still holds."""

    token_id: int
    note: str
    permissions: list[str]
    held: list[str]
    created_at: datetime
    expires_at: datetime


def find(db: Connection, text: str, now: datetime) -> Holder | None:
    """Return the holder of a token; None when it is unknown, expired, or its owner inactive."""
    if not _SHAPE.fullmatch(text):
        return None
    holders = rows(db, SQL["find"], _holder, hash=_hash(text), now=now)
    return holders[0] if holders else None


def create(
    db: Connection,
    user: str,
    permissions: Collection[str],
    now: datetime,
    days: int = DAYS,
    note: str = "",
) -> str:
    """Create a token of *user*; return its text, which is not stored.

    Raises Refused when the user is unknown or inactive, does not hold all *permissions*, which the
    text names, or has too many tokens.
    """
    note = " ".join(note.replace("\0", " ").split())
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"a token is valid for 1 to {MOST_DAYS} days")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"the note is too long (expected at most {LONGEST_NOTE} characters)")
    if value(db, SQL["count"], user=user) >= MOST_TOKENS:
        raise Refused(f"a user has at most {MOST_TOKENS} tokens: revoke one first")
    _require_held(db, user, permissions)
    text = secrets.token_hex(16)
    created = execute(
        db,
        SQL["create"],
        user=user,
        hash=_hash(text),
        permissions=sorted(set(permissions)),
        note=note,
        now=now,
        expires=now + timedelta(days=days),
    )
    if not created:  # changed since we looked
        raise Refused(f"{user} no longer holds all of these permissions")
    return text


def of_user(db: Connection, user: str) -> list[Token]:
    """Return the tokens of a user, newest first, expired ones too."""
    return rows(db, SQL["of_user"], Token, user=user)


def revoke(db: Connection, user: str, token_id: int) -> bool:
    """Delete a token of *user*; False when they have no token of that id."""
    return bool(execute(db, SQL["revoke"], user=user, token_id=token_id))


def revoke_all(db: Connection, user: str) -> int:
    """Delete all tokens of *user*; return how many."""
    return execute(db, SQL["revoke_all"], user=user)


def _require_held(db: Connection, user: str, permissions: Collection[str]) -> None:
    """Raise Refused, with words, unless *user* holds all *permissions* now."""
    persons = rows(db, SQL["holds"], _Person, user=user)
    if not persons or not persons[0].active:
        raise Refused(f"{user} is inactive" if persons else f"there is no user {user}")
    missing = sorted({name[:50] for name in permissions} - set(persons[0].permissions))
    if missing:
        names = ", ".join(name if name in PERMISSIONS else ascii(name) for name in missing)
        raise Refused(f"{user} does not hold {names}")


class _Person(NamedTuple):
    active: bool
    permissions: list[str]


def _holder(token_id: int, user: str, permissions: list[str]) -> Holder:
    return Holder(token_id, user, frozenset(permissions))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
