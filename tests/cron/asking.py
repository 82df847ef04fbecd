"""What tests ask the database."""

from typing import Any

from socorro.postgres import Database


def ask(database: Database, statement: str, *words: object) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(statement, words or None)
        return list(cursor.fetchall()) if cursor.description else []
