"""The weekly partitions of the reports."""

from datetime import datetime

from socorro.postgres import Connection


def make_partitions(db: Connection, first: datetime, last: datetime) -> int:
    """Make the partitions that hold submissions from *first* to *last*; return how many."""
    with db.cursor() as cursor:
        cursor.execute("SELECT make_partitions(%s, %s)", (first, last))
        found = cursor.fetchone()
    return int(found[0]) if found else 0
