"""One search while it runs: where its rows are, and what it may still cost."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import duckdb

from socorro.search.interface import Query, TooSlow
from socorro.search.segments import layout
from socorro.search.segments.conditions import Conditions
from socorro.search.segments.duck import Deadline
from socorro.search.segments.limits import NARROW, Limits
from socorro.search.segments.statement import Source, Statement, crashes, quote


@dataclass
class Run:
    """A connection of its own, the rows of the query, and the terms that it may still return.

    *whole*: how many crashes match and how many they stand for, once a statement has read them.
    *is_small*: the crashes that match may be kept in memory, for several statements.
    """

    duck: duckdb.DuckDBPyConnection
    source: Source
    query: Query
    limits: Limits
    deadline: Deadline
    terms_left: int
    whole: tuple[int, float] | None = None
    is_small: bool = False
    is_kept: bool = False

    def matching(self, statement: Statement, names: Collection[str], more: str = "true") -> str:
        """Return a SELECT of the columns *names* of the crashes that the filter takes."""
        if self.is_kept:
            return f"SELECT * FROM kept WHERE {more}"
        filtered = Query(self.query.start, self.query.end, self.query.filter).fields()
        names = {*names, *(layout.column(field) for field in filtered)}
        condition = Conditions(statement, self.limits).sql(self.query.filter)
        return (
            f"SELECT * FROM ({crashes(statement, self.source, names)}) WHERE {condition} AND {more}"
        )

    def keep(self, names: Collection[str]) -> None:
        """Read the columns *names* once: the statements that follow need no file any more.

        Opening the files of a week costs more than all that is counted of a few of its crashes.
        """
        statement = Statement()
        rows = self.matching(statement, names)
        columns = ", ".join(quote(name) for name in sorted({*names, layout.ESTIMATED}))
        # One table for each connection, which is of this search alone and ends with it.
        self.rows(statement, f"CREATE TEMP TABLE kept AS SELECT {columns} FROM ({rows})")
        self.is_kept = True

    def narrow(self, source: Source) -> None:
        """Read from these files from now on."""
        self.source, self.is_kept, self.is_small = source, False, False

    def rows(self, statement: Statement, text: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        self.deadline.check()
        rows = self.duck.execute(text, statement.values).fetchall()
        self.deadline.check()
        return rows

    def spend(self, terms: int) -> None:
        """Count terms that are returned; raise TooSlow when there are too many."""
        self.terms_left -= terms
        if self.terms_left < 0:
            raise TooSlow(f"The answer has too many terms or intervals. {NARROW}")
