"""The engine that reads segments with DuckDB, in the process of the caller.

Nothing that is wrong with a file fails a search: it answers with the others and says which hours
are missing. A file that is replaced or removed while it is read makes the search begin again.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore, Lock

import duckdb

from socorro import log
from socorro.search.catalog import catalog
from socorro.search.interface import (
    Permitted,
    Query,
    Result,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
    check_hits,
)
from socorro.search.segments import counting, hits, listing
from socorro.search.segments.duck import Deadline, interrupted, open_duck
from socorro.search.segments.inspection import Inspection, find_damage
from socorro.search.segments.limits import NARROW, Limits
from socorro.search.segments.places import place
from socorro.search.segments.run import Run
from socorro.search.segments.view import View, look, look_at_nothing

Waiting = Callable[[datetime, datetime], Collection[datetime]]

USUAL = Limits()
SMALL = 32 * 2**20  # bytes of files, some 250,000 crashes
TRIES = 4  # of one search, while files change or turn out to be damaged


class Unreadable(Exception):
    """A file went away or is damaged: the search begins again, without it."""


def has_reports() -> bool:
    """Return that files are missed where the folder is: there should be some."""
    return True


def nothing_waits(_start: datetime, _end: datetime) -> Collection[datetime]:
    """Return no hour: for files that nobody writes."""
    return ()


class SegmentsEngine:
    """An Engine over the files below *root*.

    *waiting* returns the hours of [start, end) of which crashes are in no file yet: an answer names
    them. Where there is no folder, *any_reports* says whether files are missed, or no crash was
    processed so far. The database is opened by the first search, so that a process may fork before.
    """

    def __init__(
        self,
        root: Path,
        limits: Limits = USUAL,
        waiting: Waiting = nothing_waits,
        any_reports: Callable[[], bool] = has_reports,
    ) -> None:
        self._root = root.absolute()
        self._limits = limits
        self._waiting = waiting
        self._any_reports = any_reports
        self._places = BoundedSemaphore(limits.at_once)
        self._lock = Lock()
        self._duck: duckdb.DuckDBPyConnection | None = None
        self._inspection = Inspection()

    def search(self, query: Query, permitted: Permitted) -> Result:
        """Answer a query; see Engine."""
        self._require(query, permitted)
        if not self._places.acquire(timeout=self._limits.wait_seconds):
            raise TooManySearches("Too many searches are running. Try again in a few seconds.")
        try:
            return self._answer(query)
        finally:
            self._places.release()

    def check(self) -> None:
        """Raise SearchUnavailable when the files cannot be listed."""
        now = datetime.now().astimezone()
        try:
            listing.scan(self._root, "public", now, now)
        except listing.NoData:
            if self._any_reports():
                raise

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._duck:
                self._duck.close()
            self._duck = None

    def _require(self, query: Query, permitted: Permitted) -> None:
        for field in sorted(query.fields()):
            if catalog().get(field.name) != field:
                raise ValueError("a field is not in the catalog")
            if not field.public and not permitted.protected:
                raise PermissionError(field.name)
        check_hits(query, self._limits.hits)

    def _answer(self, query: Query) -> Result:
        deadline = Deadline(self._limits.seconds)
        waiting = self._waiting(query.start, query.end)
        for _ in range(TRIES):
            deadline.check()
            with self._cursor() as duck, interrupted(duck, deadline):
                try:
                    return self._try(duck, query, waiting, deadline)
                except Unreadable:
                    continue
                except duckdb.InterruptException:
                    raise TooSlow(f"The search took too long. {NARROW}") from None
                except duckdb.OutOfMemoryException:
                    raise TooSlow(f"The search took too much memory. {NARROW}") from None
        raise SearchUnavailable("The search data is changing too fast. Try again.")

    def _try(
        self,
        duck: duckdb.DuckDBPyConnection,
        query: Query,
        waiting: Collection[datetime],
        deadline: Deadline,
    ) -> Result:
        try:
            view = look(duck, self._root, query, self._inspection, waiting)
        except FileNotFoundError:
            raise Unreadable from None
        except listing.NoData:
            if self._any_reports():
                raise
            view = look_at_nothing(query, self._inspection)
        try:
            return _result(duck, view, self._limits, deadline)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self.close()  # it takes no statement any more
            self._blame(view, error, deadline)
        except duckdb.Error as error:
            self._blame(view, error, deadline)
        raise Unreadable

    def _blame(self, view: View, error: duckdb.Error, deadline: Deadline) -> None:
        """Remember which files are damaged. Raises SearchUnavailable when it is none of them."""
        files = view.files()
        try:
            if self._inspection.identities(Path(file.path) for file in files) != files:
                return
        except FileNotFoundError:
            return
        damaged = 0
        with self._cursor() as duck, interrupted(duck, deadline):
            for file in find_damage(duck, files, view.names):
                self._inspection.damaged(file)
                log.get().error("search file damaged", path=file.path)
                damaged += 1
        if not damaged:
            log.get().error("search failed", error=type(error).__name__)
            raise SearchUnavailable("The search failed.") from None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._duck is None:
                self._duck = open_duck(self._root, self._limits)
            return self._duck.cursor()


def _result(
    duck: duckdb.DuckDBPyConnection, view: View, limits: Limits, deadline: Deadline
) -> Result:
    query = view.query
    is_small = sum(file.size for file in view.files()) <= SMALL
    run = Run(duck, view.source(), query, limits, deadline, limits.terms, is_small=is_small)
    if not query.number:  # nobody asks where the hits are
        total, estimated, counts = counting.total(run, query.aggregations)
        return Result(total, estimated, counts=counts, problems=view.problems)
    page = place(run, view)
    if not page.total:
        return Result(page.total, page.estimated, counts=page.counts, problems=view.problems)
    run.narrow(view.source(set(page.hours)))
    crashes, cursor = hits.read(run, page.offset, page.is_wide)
    return Result(page.total, page.estimated, crashes, page.counts, cursor, view.problems)
