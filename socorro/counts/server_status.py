"""Records how the line does: a row for every five minutes."""

from datetime import datetime

from socorro.postgres import Connection, execute


def record(db: Connection, now: datetime) -> int:
    """Write the row of the last five minutes that ended by *now*; return how many rows: one.

    Called again, it writes that row again.
    """
    return execute(db, "SELECT record_status(%(now)s)", now=now)
