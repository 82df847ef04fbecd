"""Counts whole days from their reports again, one after the other, and what follows from them."""

from collections.abc import Callable, Sequence
from datetime import date

from socorro.postgres import Database, execute, load_sql

SQL = load_sql(__file__)

# Each step of a day is a transaction: the first holds locks that processors and counts need.
STEPS = (("unmark", "counts"), ("installs",), ("duplicates",), ("hang_pairs",))


def count_days(
    database: Database, days: Sequence[date], on_day: Callable[[date], None] = lambda _: None
) -> None:
    """Delete the counts of *days* and make them from reports, builds and installs.

    *on_day* is called after each day. Killed anywhere, it can be run again.
    """
    _run(database, "versions")
    for day in days:
        for names in STEPS:
            _run(database, *names, day=day)
        on_day(day)
    _run(database, "signatures")
    if days:
        _run(database, "ranks", last=max(days))


def _run(database: Database, *names: str, **parameters: object) -> None:
    with database.transaction() as db:
        execute(db, SQL["limit"])
        for name in names:
            execute(db, SQL[name], **parameters)
