"""Count whole days from their reports, one after the other, with all that follows from them."""

from collections.abc import Callable, Sequence
from datetime import date

from socorro.postgres import Database, execute, load_sql

SQL = load_sql(__file__)

# Of each day, every step a transaction: the first two lock what processors and counters want.
STEPS = (("unmark", "counts"), ("installs",), ("duplicates",), ("hang_pairs",))


def count_days(
    database: Database, days: Sequence[date], passed: Callable[[date], None] = lambda _: None
) -> None:
    """Throw the counts of *days* away and make them from reports, builds and installs.

    *passed* is told of each day that is done. Killed anywhere, it is simply run again.
    """
    _run(database, "versions")
    for day in days:
        for names in STEPS:
            _run(database, *names, day=day)
        passed(day)
    _run(database, "signatures")
    if days:
        _run(database, "ranks", last=max(days))


def _run(database: Database, *names: str, **parameters: object) -> None:
    with database.transaction() as db:
        execute(db, SQL["limit"])
        for name in names:
            execute(db, SQL[name], **parameters)
