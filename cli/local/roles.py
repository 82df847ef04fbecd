"""The roles of the line's own Postgres: made at every start, a password file for each.

The user `socorro` made the server and is its superuser. From here on only the start of a line
uses it. The schema belongs to `socorro_owner`, as whom `socorro` commands work; each service has
a role of its own (socorro/roles.py). In a home of an earlier version everything changes hands.
"""

import secrets
from contextlib import closing
from pathlib import Path

import psycopg2

from cli.local import postgres
from socorro import roles
from socorro.files import write_whole
from socorro.postgres import Connection


def make_passfiles(home: Path) -> None:
    """Make the password files that are missing; `prepare` tells Postgres what is in them."""
    (home / "roles").mkdir(mode=0o700, exist_ok=True)
    for role in (roles.OWNER, *roles.ROLES.values()):
        if not _passfile(home, role).exists():
            write_whole(_passfile(home, role), f"*:*:*:{role}:{secrets.token_urlsafe(24)}\n")


def dsn(home: Path, port: int, role: str) -> str:
    """Return the connection string of a role; the password stays in its file."""
    return postgres.dsn(port, _passfile(home, role), user=role)


def prepare(home: Path, admin: str, database: str) -> int:
    """Make all roles, and the owner the owner of everything in the *database*.

    *admin* is a connection string of the superuser. Return how many objects had another owner.
    """
    passwords = {
        role: postgres.password_in(_passfile(home, role))
        for role in (roles.OWNER, *roles.ROLES.values())
    }
    with closing(_connect(admin, database)) as db:
        roles.create(db, passwords)
        return roles.hand_over(db, database)


def _connect(admin: str, database: str) -> Connection:
    db: Connection = psycopg2.connect(admin, dbname=database)
    db.autocommit = True
    return db


def _passfile(home: Path, role: str) -> Path:
    return home / "roles" / f"{role}.passfile"
