"""Users: who may sign in, their groups, and the permissions that the groups grant."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from socorro.accounts import sessions, tokens
from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

LONGEST_NAME = 150  # characters

_NAME = re.compile(r"[\w.@+-]+")


class Refused(ValueError):
    """The change is not possible; the text says why."""


class User(NamedTuple):
    """A user; only an active one may sign in."""

    name: str
    active: bool
    added: datetime
    last_sign_in: datetime | None
    groups: list[str]
    permissions: list[str]
    tokens: int


class Group(NamedTuple):
    """A group and the permissions that it grants."""

    name: str
    permissions: list[str]


def normalize(name: str) -> str:
    """Return a name as it is stored: upper case and look-alikes make no different user.

    Raises Refused for an invalid name.
    """
    if len(name) > LONGEST_NAME:
        raise Refused(f"the name is too long (expected at most {LONGEST_NAME} characters)")
    normal = unicodedata.normalize("NFKC", name.strip()).lower()
    if not _NAME.fullmatch(normal) or len(normal) > LONGEST_NAME:
        raise Refused("a name or e-mail address may contain only letters, digits and @ . + - _")
    return normal


def add(
    db: Connection, name: str, password: str, now: datetime, groups: Collection[str] = ()
) -> None:
    """Add a user; *password* is the hash. Raises Refused for a taken name or an unknown group."""
    _require_groups(db, groups)
    email = name if "@" in name else ""
    if not execute(db, SQL["add"], user=name, email=email, password=password, now=now):
        raise Refused(f"user {name} already exists")
    execute(db, SQL["join"], user=name, groups=sorted(groups))


def all_users(db: Connection) -> list[User]:
    """Return all users, by name."""
    return rows(db, SQL["listed"], User, user=None)


def find(db: Connection, name: str) -> User:
    """Return one user. Raises Refused when there is none."""
    users = rows(db, SQL["listed"], User, user=name)
    if not users:
        raise Refused(f"there is no user {name}")
    return users[0]


def groups(db: Connection) -> list[Group]:
    """Return all groups, by name."""
    return rows(db, SQL["groups"], Group)


def change(
    db: Connection,
    name: str,
    *,
    join: Collection[str] = (),
    leave: Collection[str] = (),
    active: bool | None = None,
) -> User:
    """Change groups and whether the user may sign in; an inactive one loses tokens and sessions.

    Raises Refused.
    """
    _require_groups(db, [*join, *leave])
    was_active = find(db, name).active
    execute(db, SQL["join"], user=name, groups=sorted(join))
    execute(db, SQL["leave"], user=name, groups=sorted(leave))
    if active is not None:
        execute(db, SQL["set_active"], user=name, active=active)
    if active is False:
        tokens.revoke_all(db, name)
    if active is False or (active and not was_active):
        # At both ends: a sign-in that was on its way while the account was closed has a session.
        sessions.end_all(db, name)
    return find(db, name)


def set_password(db: Connection, name: str, password: str) -> int:
    """Store another hash, which ends all sessions and tokens; return how many tokens.

    Raises Refused.
    """
    if not execute(db, SQL["set_password"], user=name, password=password):
        raise Refused(f"there is no user {name}")
    return tokens.revoke_all(db, name)


def remove(db: Connection, name: str) -> None:
    """Delete a user and their tokens. Raises Refused."""
    if not execute(db, SQL["remove"], user=name):
        raise Refused(f"there is no user {name}")


def _require_groups(db: Connection, names: Collection[str]) -> None:
    """Raise Refused unless all these groups exist."""
    existing = [group.name for group in groups(db)]
    for name in names:
        if name not in existing:
            raise Refused(f"there is no group {name!r} (expected one of {', '.join(existing)})")
