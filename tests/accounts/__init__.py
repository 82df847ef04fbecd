"""Users and tokens: builders for tests of any room, and the tests of socorro/accounts."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache

from socorro.accounts import passwords, tokens, users
from socorro.postgres import Database

PASSWORD = "correct horse battery"
NOW = datetime.now(UTC)


@cache
def password_hash() -> str:
    """The stored hash of PASSWORD; computed once, it takes a tenth of a second."""
    return passwords.hash_password(PASSWORD)


def user(database: Database, name: str = "ann", *groups: str) -> str:
    """A user who signs in with PASSWORD; return the name."""
    with database.transaction() as db:
        users.add(db, name, password_hash(), datetime.now(UTC), groups)
    return name


def token(
    database: Database, name: str, permissions: Collection[str] = (), days: int = 90, note: str = ""
) -> str:
    """A token of a user."""
    with database.transaction() as db:
        return tokens.create(db, name, permissions, datetime.now(UTC), days, note)


def change(database: Database, statement: str, *values: object) -> int:
    """Change rows as an administrator would."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
