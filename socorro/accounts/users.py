"""Users: who may sign in, in which groups they are, what they hold by that."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

LONGEST_NAME = 150  # characters

_NAME = re.compile(r"[\w.@+-]+")


class Refused(ValueError):
    """It cannot be done so; the text says why."""


class User(NamedTuple):
    """Somebody who may sign in, as long as they are active."""

    name: str
    active: bool
    added: datetime
    last_seen: datetime | None  # when they signed in
    groups: list[str]
    permissions: list[str]
    tokens: int


class Group(NamedTuple):
    """Users who may do the same."""

    name: str
    permissions: list[str]


def normal(name: str) -> str:
    """Return how a name is stored: nobody is told from another by upper case or look-alikes.

    Raises Refused for what is no name.
    """
    if len(name) > LONGEST_NAME:
        raise Refused(f"a name has at most {LONGEST_NAME} characters")
    found = unicodedata.normalize("NFKC", name.strip()).lower()
    if not _NAME.fullmatch(found) or len(found) > LONGEST_NAME:
        raise Refused("a name, or e-mail address, has letters, digits and @ . + - _ only")
    return found


def add(
    db: Connection, name: str, password: str, now: datetime, groups: Collection[str] = ()
) -> None:
    """Add a user; *password* is the hash. Raises Refused: the name is taken, no such group."""
    known(db, groups)
    email = name if "@" in name else ""
    if not execute(db, SQL["add"], user=name, email=email, password=password, now=now):
        raise Refused(f"there is a user {name} already")
    execute(db, SQL["join"], user=name, groups=sorted(groups))


def listed(db: Connection) -> list[User]:
    """Return all users, by name."""
    return rows(db, SQL["listed"], User, user=None)


def find(db: Connection, name: str) -> User:
    """Return one user. Raises Refused when there is none."""
    found = rows(db, SQL["listed"], User, user=name)
    if not found:
        raise Refused(f"there is no user {name}")
    return found[0]


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
    """Change groups and whether the user may sign in. Raises Refused."""
    known(db, [*join, *leave])
    find(db, name)
    execute(db, SQL["join"], user=name, groups=sorted(join))
    execute(db, SQL["leave"], user=name, groups=sorted(leave))
    if active is not None:
        execute(db, SQL["set_active"], user=name, active=active)
    return find(db, name)


def set_password(db: Connection, name: str, password: str) -> None:
    """Store another hash; sessions that began with the old one end. Raises Refused."""
    if not execute(db, SQL["set_password"], user=name, password=password):
        raise Refused(f"there is no user {name}")


def remove(db: Connection, name: str) -> None:
    """Delete a user, their tokens with them. Raises Refused."""
    if not execute(db, SQL["remove"], user=name):
        raise Refused(f"there is no user {name}")


def forget_sessions(db: Connection, now: datetime) -> int:
    """Delete the sessions that have ended; return how many."""
    return execute(db, SQL["forget_sessions"], now=now)


def known(db: Connection, names: Collection[str]) -> None:
    """Raise Refused unless there are groups of all these *names*."""
    there = [group.name for group in groups(db)]
    for name in names:
        if name not in there:
            raise Refused(f"there is no group {name!r}: choose of {', '.join(there)}")
