"""Reads all crashes of a span at once, for what is computed ahead: no hits, no pages.

The caller's statements read `crashes`, which has the columns of the query, crash_id,
submitted_timestamp and estimated. They may make temporary tables. As in a search, damaged files are
left out and named, and when a file goes away meanwhile, all is read again.
"""

from collections.abc import Callable, Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb

from socorro import log
from socorro.search.interface import Problem, Query, SearchUnavailable, TooSlow
from socorro.search.segments.duck import Deadline, interrupted, open_duck
from socorro.search.segments.inspection import Inspection, find_damage
from socorro.search.segments.limits import Limits
from socorro.search.segments.statement import Statement, crashes
from socorro.search.segments.view import View, look

TRIES = 4  # while files change or turn out to be damaged

Result = TypeVar("Result")


class Bulk(NamedTuple):
    """A database of its own, and the crashes of one query."""

    duck: duckdb.DuckDBPyConnection
    view: View

    @property
    def problems(self) -> list[Problem]:
        """Which hours are missing, or not up to date."""
        return list(self.view.problems)

    def execute(self, statement: str, **values: Any) -> duckdb.DuckDBPyConnection:
        """Run a statement, in which {crashes} are the crashes; return its cursor.

        No name of *values* may be v and a number.
        """
        if "{crashes}" in statement:
            numbered = Statement()
            source = crashes(numbered, self.view.source(), self.view.names)
            statement = statement.replace("{crashes}", f"({source})")
            values |= numbered.values
        return self.duck.execute(statement, values)


def read(
    root: Path,
    query: Query,
    limits: Limits,
    work: Callable[[Bulk], Result],
    waiting: Collection[datetime] = (),
) -> Result:
    """Return what *work* makes of the crashes of a query; it may be called again.

    *waiting* are the hours whose newest crashes are in no file yet. Raises SearchUnavailable, and
    TooSlow when it takes more time or memory than *limits*.
    """
    inspection, deadline = Inspection(), Deadline(limits.seconds)
    for _ in range(TRIES):
        deadline.check()
        with closing(open_duck(root, limits)) as duck, interrupted(duck, deadline):
            try:
                view = look(duck, root, query, inspection, waiting)
            except FileNotFoundError:
                continue
            try:
                return work(Bulk(duck, view))
            except duckdb.InterruptException:
                raise TooSlow("Reading the search data took too long.") from None
            except duckdb.OutOfMemoryException:
                raise TooSlow("Reading the search data took too much memory.") from None
            except duckdb.Error as error:
                failure = error
        _blame(root, view, limits, inspection, failure)
    raise SearchUnavailable("The search data is changing too fast.")


def _blame(
    root: Path, view: View, limits: Limits, inspection: Inspection, error: duckdb.Error
) -> None:
    """Remember which files are damaged. Raises *error* when it is none of them."""
    files = view.files()
    try:
        if inspection.identities(Path(file.path) for file in files) != files:
            return
    except FileNotFoundError:
        return
    with closing(open_duck(root, limits)) as duck:
        damaged = list(find_damage(duck, files, view.names))
    for file in damaged:
        inspection.damaged(file)
        log.get().error("search file damaged", path=file.path)
    if not damaged:
        raise error
