"""Users and tokens for tests."""

from collections.abc import Collection
from datetime import UTC, datetime

from socorro.postgres import Database
from socorro.queries import tokens

NOW = datetime.now(UTC)


def user(database: Database, name: str = "ann", *groups: str, active: bool = True) -> str:
    """A user who cannot sign in by password; return the name."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO auth.auth_user (password, is_superuser, username, first_name, last_name,"
            " email, is_staff, is_active, date_joined)"
            " VALUES ('!', false, %s, '', '', '', false, %s, now()) RETURNING id",
            (name, active),
        )
        [user_id] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO auth.auth_user_groups (user_id, group_id)"
            " SELECT %s, id FROM auth.auth_group WHERE name = ANY (%s)",
            (user_id, list(groups)),
        )
        assert cursor.rowcount == len(groups)
    return name


def token(
    database: Database, name: str, permissions: Collection[str] = (), days: int = 90, note: str = ""
) -> str:
    """A token of a user."""
    with database.transaction() as db:
        return tokens.make(db, name, permissions, datetime.now(UTC), days, note)


def change(database: Database, statement: str, *values: object) -> int:
    """Change rows as an administrator would."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
