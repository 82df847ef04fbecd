"""The stacks of some days in a DuckDB in memory, from the column files of search.

    crashes        product, channel, os_name, arch, build, signature, distribution, day, install,
                   stack_id; `install` tells installs of a product apart, `line` stands for product,
                   os_name, build and arch
    stack_modules  stack_id, module_id
    modules        module_id, file, debug_id

Memory is bounded: of many crashes a sample is read, by crash id; of a stack the first MOST_MODULES
modules; when that is too much for DuckDB's memory, a smaller sample. `one_in` says which.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb

from socorro import log
from socorro.search.catalog import catalog
from socorro.search.interface import Query, SearchUnavailable, TooSlow
from socorro.search.segments.duck import Deadline, interrupted, open_duck
from socorro.search.segments.inspection import Inspection, find_damage
from socorro.search.segments.limits import Limits
from socorro.search.segments.statement import Statement, crashes
from socorro.search.segments.view import look

MOST_CRASHES: Final = 250_000
MOST_MODULES: Final = 100  # of one stack
LONGEST: Final = 8000  # characters of one list of modules that are read
MOST_NAME: Final = 200  # characters of a file name or id; longer ones are not read
LIMITS: Final = Limits(memory="1500MB", threads=1, seconds=1200)
TRIES: Final = 4
SMALLER: Final = 4  # times, when memory was not enough
FIELDS: Final = (
    "product", "release_channel", "os_name", "cpu_arch", "build", "signature", "distribution_id",
    "install_time", "modules_in_stack",
)  # fmt: skip

_SAMPLE: Final = """
SELECT *, CASE WHEN length(modules_in_stack) <= $longest THEN modules_in_stack
               ELSE regexp_replace(left(modules_in_stack, $longest), ';[^;]*$', '') END AS stack
FROM ({rows})
WHERE modules_in_stack IS NOT NULL AND product IS NOT NULL AND build IS NOT NULL
      AND hash(crash_id) % $one_in = 0
"""
_ENTRIES: Final = f"""
SELECT stack_id, entry
FROM (SELECT hash(stack) AS stack_id,
             unnest(list_slice(str_split(stack, ';'), 1, {MOST_MODULES})) AS entry
      FROM ({_SAMPLE}))
WHERE entry LIKE '_%/%' AND length(entry) <= {MOST_NAME}
"""  # noqa: S608
# Texts are read again for each table rather than kept: numbers of eight bytes stand for them.
_TABLES: Final = {
    "crashes": f"""
SELECT product, coalesce(release_channel, '') AS channel, coalesce(os_name, '') AS os_name,
       coalesce(cpu_arch, '') AS arch, build, coalesce(signature, '') AS signature,
       distribution_id AS distribution, CAST(submitted_timestamp AS DATE) AS day,
       hash(crash_id) AS crash, hash(coalesce(CAST(install_time AS VARCHAR), crash_id)) AS install,
       hash(product, os_name, build, cpu_arch) AS line, hash(stack) AS stack_id
FROM ({_SAMPLE})
""",  # noqa: S608
    "stack_modules": f"SELECT DISTINCT stack_id, hash(entry) AS module_id FROM ({_ENTRIES})",  # noqa: S608
    "modules": f"""
SELECT hash(entry) AS module_id, left(entry, length(entry) - length(debug_id) - 1) AS file, debug_id
FROM (SELECT DISTINCT entry, regexp_extract(entry, '[^/]*$') AS debug_id FROM ({_ENTRIES}))
""",  # noqa: S608
}
# Where nearly all crashes of a product have the same few install times, these tell nothing apart.
_INSTALLS: Final = """
UPDATE crashes SET install = crash WHERE product IN (
    SELECT product FROM crashes GROUP BY product
    HAVING count(*) >= 1000 AND count(DISTINCT install) * 50 < count(*))
"""


class Stacks:
    """The tables of one reading; closed at the end of its with block."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, one_in: int, notes: Sequence[str]) -> None:
        self._duck = duck
        self.one_in = one_in
        self.notes = notes
        self.crashes = int(self.rows("SELECT count(*) FROM crashes")[0][0])
        self.first_day: date | None = self.rows("SELECT min(day) FROM crashes")[0][0]

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows."""
        return self._duck.execute(statement, parameters or None).fetchall()


@contextmanager
def read_stacks(
    root: Path, first: date, last: date, most: int = MOST_CRASHES, limits: Limits = LIMITS
) -> Iterator[Stacks]:
    """Read the stacks of the days first to last, UTC. Raises SearchUnavailable, TooSlow."""
    folder, deadline = root.absolute(), Deadline(limits.seconds)
    query = Query(
        datetime.combine(first, time(), UTC),
        datetime.combine(last + timedelta(days=1), time(), UTC),
        columns=tuple(catalog()[name] for name in FIELDS),
    )  # fmt: skip
    with open_duck(folder, limits) as duck, interrupted(duck, deadline):
        try:
            one_in, notes = _fill(duck, folder, query, most)
            yield Stacks(duck, one_in, notes)
        except duckdb.InterruptException:
            raise TooSlow(f"reading took longer than {limits.seconds:g} seconds") from None
        except duckdb.OutOfMemoryException:
            raise TooSlow(f"reading took more than {limits.memory} of memory") from None


def _fill(
    duck: duckdb.DuckDBPyConnection, folder: Path, query: Query, most: int
) -> tuple[int, list[str]]:
    inspection = Inspection()
    for _ in range(TRIES):
        try:
            view = look(duck, folder, query, inspection, ())
        except FileNotFoundError:  # a merge, or retention
            continue
        statement = Statement()
        rows = crashes(statement, view.source(), FIELDS)
        try:
            one_in = _load(duck, rows, statement.values, most)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error:
            for file in find_damage(duck, view.files(), view.names):
                inspection.damaged(file)
                log.get().error("search file damaged", path=file.path)
            continue
        return one_in, [problem.text for problem in view.problems]
    raise SearchUnavailable("the search data is changing too fast, or cannot be read")


def _load(duck: duckdb.DuckDBPyConnection, rows: str, values: dict[str, Any], most: int) -> int:
    """Fill the tables; return which share of crashes was taken, one in so many."""
    counted = f"SELECT count(*) FROM ({rows}) WHERE modules_in_stack IS NOT NULL"  # noqa: S608
    row = duck.execute(counted, values).fetchone()
    total = int(row[0]) if row else 0
    one_in = max(1, -(-total // most))
    for attempt in range(TRIES):
        try:
            _make_tables(duck, rows, {**values, "longest": LONGEST, "one_in": one_in})
        except duckdb.OutOfMemoryException:
            if attempt == TRIES - 1:
                raise
            one_in *= SMALLER
        else:
            return one_in
    return one_in


def _make_tables(duck: duckdb.DuckDBPyConnection, rows: str, values: dict[str, Any]) -> None:
    for table in _TABLES:  # of a try before
        duck.execute(f"DROP TABLE IF EXISTS {table}")
    for table, statement in _TABLES.items():
        text = f"CREATE TEMP TABLE {table} AS {statement.format(rows=rows)}"
        duck.execute(text, values)
    duck.execute(_INSTALLS)
