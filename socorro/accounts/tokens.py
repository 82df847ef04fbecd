"""Tokens: what a program sends as Auth-Token, and what it may do with it.

On the wire a token is 32 hex digits, 128 random bits; only its SHA-256 is stored, so whoever
reads the table cannot ask as somebody else. It is looked up by that hash: how long a look-up
takes tells nothing of the token. It may do what it was made for and its owner still may.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

DAYS = 90  # a token lives, when nothing else is told
MOST_DAYS = 730
MOST_TOKENS = 100  # of one user
LONGEST_NOTE = 200  # characters

_SHAPE = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Refused(ValueError):
    """A token cannot be made so; the text says why."""


class Holder(NamedTuple):
    """Who asks with a token, and what they may do by it."""

    token_id: int
    user: str
    permissions: frozenset[str]


class Token(NamedTuple):
    """A token in a list: what it was made for, what of it still holds."""

    token_id: int
    note: str
    permissions: list[str]
    held: list[str]
    created_at: datetime
    expires_at: datetime


class _Found(NamedTuple):
    token_id: int
    user: str
    permissions: list[str]


class _Count(NamedTuple):
    tokens: int


def find(db: Connection, text: str, now: datetime) -> Holder | None:
    """Return whose token *text* is; None when it is unknown, expired, or its owner inactive."""
    if not _SHAPE.fullmatch(text):
        return None
    found = rows(db, SQL["find"], _Found, hash=_hash(text), now=now)
    if not found:
        return None
    return Holder(found[0].token_id, found[0].user, frozenset(found[0].permissions))


def make(
    db: Connection,
    user: str,
    permissions: Collection[str],
    now: datetime,
    days: int = DAYS,
    note: str = "",
) -> str:
    """Make a token of *user*; return its text, which nobody can read again.

    Raises Refused when the user is unknown or inactive, does not hold all *permissions*, or has
    too many tokens.
    """
    note = " ".join(note.replace("\0", " ").split())
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"a token lives 1 to {MOST_DAYS} days")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"a note has at most {LONGEST_NOTE} characters")
    if rows(db, SQL["count"], _Count, user=user)[0].tokens >= MOST_TOKENS:
        raise Refused(f"{MOST_TOKENS} tokens are enough: revoke some first")
    text = secrets.token_hex(16)
    made = execute(
        db,
        SQL["make"],
        user=user,
        hash=_hash(text),
        permissions=sorted(set(permissions)),
        note=note,
        now=now,
        expires=now + timedelta(days=days),
    )
    if not made:
        raise Refused("only an active user has tokens, and only for permissions of their own")
    return text


def of_user(db: Connection, user: str) -> list[Token]:
    """Return the tokens of a user, newest first, expired ones too."""
    return rows(db, SQL["of_user"], Token, user=user)


def revoke(db: Connection, user: str, token_id: int) -> bool:
    """Delete a token of *user*; False when they have none of that number."""
    return bool(execute(db, SQL["revoke"], user=user, token_id=token_id))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
