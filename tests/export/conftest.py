"""Reports to extract: rows as the processor writes them, some of them hostile."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg2.extras import Json

from socorro.postgres import Connection, Database, execute

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def crash_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000261123"


def add_report(
    db: Connection,
    number: int,
    user_info: Mapping[str, str | None] | None = None,
    at: datetime = NOON,
    **columns: Any,
) -> str:
    """Write a report, and its user's URL, e-mail and comments; the rest has defaults."""
    row = {
        "crash_id": crash_id(number), "submitted_at": at, "started_at": at, "completed_at": at,
        "signature": "quill::Flush", "product": "Firefox", "version": "140.0", "success": True,
        "status": "OK", "fields": {}, **columns,
    }  # fmt: skip
    row["fields"] = Json(row["fields"])
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    execute(db, f"INSERT INTO reports ({names}) VALUES ({values})", **row)
    if user_info is not None:
        user = {"url": None, "email": None, "user_comments": None, **user_info}
        execute(
            db,
            "INSERT INTO reports_user_info VALUES"
            " (%(crash_id)s, %(at)s, %(url)s, %(email)s, %(user_comments)s)",
            crash_id=row["crash_id"], at=at, **user,
        )  # fmt: skip
    return str(row["crash_id"])


@pytest.fixture
def reports(database: Database) -> Database:
    """A database with the partitions of the day."""
    with database.transaction() as db:
        execute(db, "SELECT make_partitions(%(at)s, %(to)s)", at=NOON - timedelta(days=1), to=NOON)
    return database
