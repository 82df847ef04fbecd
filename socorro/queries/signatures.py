"""Signatures as they were counted."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import psycopg2.errors

from socorro.postgres import Connection, execute, load_sql, rows, value

SQL = load_sql(__file__)
_LIKE = re.compile(r"([\\%_])")  # what LIKE does not take as it is
_ESCAPED = r"\\\1"


class First(NamedTuple):
    """When a signature was first submitted, and the earliest build id that is a date."""

    signature: str
    build: str | None
    date: datetime


class Counted(NamedTuple):
    """A signature, its reports, and the crashes that they stand for (throttle corrected)."""

    signature: str
    report_count: int
    estimated_count: float


class TooManySignatures(Exception):
    """So many signatures are compared that it takes too long."""


def with_words(
    db: Connection, words: Sequence[str], since: date, most: int, milliseconds: int = 2000
) -> list[Counted]:
    """Return signatures that contain every word, in either case, most crashes first.

    Crashes are those of the UTC days from *since* on, as far as they are counted; signatures
    without any come last. Raises TooManySignatures after so many *milliseconds*: the transaction
    is over then.
    """
    patterns = [f"%{_LIKE.sub(_ESCAPED, word.lower())}%" for word in words]
    execute(db, "SET LOCAL statement_timeout = %(milliseconds)s", milliseconds=milliseconds)
    try:
        return rows(db, SQL["with_words"], Counted, patterns=patterns, since=since, most=most)
    except psycopg2.errors.QueryCanceled:
        raise TooManySignatures from None


def first_dates(db: Connection, signatures: Sequence[str]) -> list[First]:
    """Return the first crash of each of these signatures that was counted, by signature."""
    return rows(db, SQL["first_dates"], First, signatures=list(signatures))


def exists(db: Connection, signature: str) -> bool:
    """Return whether any report has, or any count is of, exactly this signature."""
    return bool(value(db, SQL["exists"], signature=signature))
