"""Reports of one crash that was sent more than once, under several ids."""

from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, Database, Unavailable, load_sql, rows

SQL = load_sql(__file__)


class Post(NamedTuple):
    """One report of the crash; *is_first*: the crash is counted, if at all, as this one."""

    crash_id: CrashId
    submitted_at: datetime
    is_first: bool
    is_this: bool  # the one that was looked up


def others(database: Database, crash_id: CrashId) -> list[Post]:
    """Return the other reports of the crash; none while Postgres is away."""
    try:
        with database.transaction() as db:
            return [post for post in find(db, crash_id) if not post.is_this]
    except Unavailable:
        return []


def find(db: Connection, crash_id: CrashId, most: int = 100) -> list[Post]:
    """Return the reports of the crash, earliest first; none when it was sent only once."""
    return rows(db, SQL["find"], Post, crash_id=crash_id, most=most)
