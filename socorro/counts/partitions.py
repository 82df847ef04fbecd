"""The weekly partitions of the reports: who makes them, and who drops them.

The clock's job `partitions` makes them two weeks ahead, every hour. Nothing depends on that clock:
before a processor saves its first report of a week, it makes that week's partitions if they are
missing (processor/save.py). So a fresh install works before the clock ever ran, a site without a
clock works as well, and so does a crash that is late or processed again after months. Making
them ahead only avoids the wait for the locks that this takes while reports come in.

The clock's job `retention` drops them, and alone forgets the symbols that crashes of these weeks
missed (`forget_missed_symbols`).
"""

from datetime import datetime, timedelta
from typing import Final

from socorro.postgres import Connection, column, value

AHEAD: Final = timedelta(weeks=2)


def make_ahead(db: Connection, now: datetime) -> int:
    """Make the partitions from *now* to two weeks ahead; return how many were missing."""
    return make_partitions(db, now, now + AHEAD)


def make_partitions(db: Connection, first: datetime, last: datetime) -> int:
    """Make the partitions that hold submissions from *first* to *last*; return how many."""
    return int(value(db, "SELECT make_partitions(%(first)s, %(last)s)", first=first, last=last))


def drop_partitions(db: Connection, parent: str, cutoff: datetime) -> list[str]:
    """Drop the partitions of *parent* whose weeks ended by *cutoff*; return their names.

    *parent* is reports (what was counted of them goes with them) or reports_user_info.
    """
    statement = "SELECT * FROM drop_partitions(%(parent)s, %(cutoff)s)"
    return column(db, statement, parent=parent, cutoff=cutoff)
