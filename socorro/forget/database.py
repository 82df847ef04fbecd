"""Postgres: reports and what was counted from them, personal data, jobs, events, pairs, logs.

Counts lose the crashes as if they had never come: their hours are marked and counted again, here.
What is only a number stays (docs/forget.md).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Any, Final

import psycopg2
from psycopg2 import sql

from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.crash_id import CrashId
from socorro.forget.place import Going, PlaceAway
from socorro.jobs import forgotten
from socorro.postgres import Database, Unavailable, column, execute, load_sql, rows

SQL = load_sql(__file__)
ROWS: Final = ("reports", "personal", "symbols", "events", "resent")
NAMES: Final = ("duplicates", "hangs", "stacks")  # rows that name crashes beside others
TEXTS: Final = ("log", "errors", "alerts")


class DatabasePlace:
    """Every table that names crashes or has personal data of them."""

    name: Final = "database"

    def __init__(self, database: Database, urls: UrlsConfig) -> None:
        self._database, self._urls = database, urls

    def tables(self, going: Going) -> dict[str, int]:
        """Return how many rows each table has of the crashes; those without any are left out."""
        with _away(), self._database.transaction() as db:
            execute(db, SQL["unlimited"])
            counts = rows(db, SQL["traces"], _pair, **_named(going))
        return {table: count for table, count in counts if count}

    def count(self, going: Going) -> int:
        """See Place: rows."""
        return sum(self.tables(going).values())

    def remove(self, going: Going) -> None:
        """See Place."""
        ids = list(going.ids)
        with _away():
            with self._database.transaction() as db:
                forgotten.cancel(db, ids)
                hours = column(db, SQL["hours"], crash_ids=ids)
                self._run(db, ROWS, going)
                for hour in hours:
                    execute(db, SQL["mark"], hour=hour)
            self._count(ids)
            with self._database.transaction() as db:
                self._run(db, NAMES, going)
                self._run(db, TEXTS, going)
            self._derive(going.days())
            self._vacuum(going.days())

    def _run(self, db: Any, names: Sequence[str], going: Going) -> None:
        execute(db, SQL["unlimited"])
        for name in names:
            execute(db, SQL[name], **_named(going))

    def _count(self, crash_ids: Sequence[CrashId]) -> None:
        """Count the hours again that have the crashes in their counts."""
        hours = self._in_turn(lambda db: column(db, SQL["counted_hours"], crash_ids=crash_ids))
        for hour in hours:
            self._in_turn(lambda db, hour=hour: execute(db, SQL["count_hour"], hour=hour))
        if hours:
            self._in_turn(lambda db: execute(db, SQL["signatures"]))

    def _derive(self, days: Sequence[date]) -> None:
        """Name the pages of these days again, and pair their hangs: a person less was there."""
        for day in days:
            derived.derive(self._database, "urls", day, self._urls)
            self._in_turn(lambda db, day=day: execute(db, SQL["hang_pairs"], day=day))
        self._in_turn(lambda db: execute(db, SQL["pages"]))

    def _vacuum(self, days: Sequence[date]) -> None:
        """Take deleted personal data out of the files, and samples of it out of the statistics."""
        with self._database.transaction() as db:
            partitions = column(db, SQL["weeks"], days=list(days))
        with closing(self._database.connect()) as db:
            db.autocommit = True
            execute(db, "SET statement_timeout = 0")
            for part in partitions:
                with db.cursor() as cursor:
                    cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(part)))

    def _in_turn(self, act: Callable[..., Any]) -> Any:
        """Do one step in a transaction of its own, however long it takes."""
        with self._database.transaction() as db:
            execute(db, SQL["unlimited"])
            return act(db)


def _named(going: Going) -> dict[str, object]:
    """Return the parameters of all statements: ids, and a pattern that matches each of them."""
    return {"crash_ids": list(going.ids), "pattern": "|".join(sorted(going.ids))}


def _pair(table: str, count: int) -> tuple[str, int]:
    return table, count


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (*Unavailable, psycopg2.errors.InsufficientPrivilege) as error:
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PlaceAway(f"Postgres: {text}") from None
