"""Signatures as they were counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows, value

SQL = load_sql(__file__)


class First(NamedTuple):
    """When a signature was first submitted, and the earliest build id that is a date."""

    signature: str
    build: str | None
    date: datetime


def first_dates(db: Connection, signatures: Sequence[str]) -> list[First]:
    """Return the first crash of each of these signatures that was counted, by signature."""
    return rows(db, SQL["first_dates"], First, signatures=list(signatures))


def exists(db: Connection, signature: str) -> bool:
    """Return whether any report has, or any count is of, exactly this signature."""
    return bool(value(db, SQL["exists"], signature=signature))
