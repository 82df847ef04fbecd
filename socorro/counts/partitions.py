"""The weekly partitions of the reports."""

from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, rows


def make_partitions(db: Connection, first: datetime, last: datetime) -> int:
    """Make the partitions that hold submissions from *first* to *last*; return how many."""
    with db.cursor() as cursor:
        cursor.execute("SELECT make_partitions(%s, %s)", (first, last))
        found = cursor.fetchone()
    return int(found[0]) if found else 0


class _Name(NamedTuple):
    name: str


def drop_partitions(db: Connection, parent: str, cutoff: datetime) -> list[str]:
    """Drop the partitions of *parent* whose weeks ended by *cutoff*; return their names.

    *parent* is reports (what was counted of them goes with them) or reports_user_info.
    """
    found = rows(
        db, "SELECT * FROM drop_partitions(%(parent)s, %(cutoff)s)", _Name, parent=parent,
        cutoff=cutoff,
    )  # fmt: skip
    return [row.name for row in found]
