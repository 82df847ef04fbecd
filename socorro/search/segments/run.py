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
from socorro.search.segments.statement import Source, Statement, crashes


@dataclass
class Run:
    """A connection of its own, the rows of the query, and the terms that it may still return.

    *whole*: how many crashes match and how many they stand for, once a statement has read them.
    """

    duck: duckdb.DuckDBPyConnection
    source: Source
    query: Query
    limits: Limits
    deadline: Deadline
    terms_left: int
    whole: tuple[int, float] | None = None

    def matching(self, statement: Statement, names: Collection[str], more: str = "true") -> str:
        """Return a SELECT of the columns *names* of the crashes that the filter takes."""
        filtered = Query(self.query.start, self.query.end, self.query.filter).fields()
        names = {*names, *(layout.column(field) for field in filtered)}
        condition = Conditions(statement, self.limits).sql(self.query.filter)
        return (
            f"SELECT * FROM ({crashes(statement, self.source, names)}) WHERE {condition} AND {more}"
        )

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
