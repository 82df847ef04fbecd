"""Generated history into Postgres, by COPY, and out of it again.

A day is one transaction. The history is noted before its first row, so what was cut short can be
taken out as well; rows that were not generated are never touched.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final, NamedTuple

from cli.fakedata.copy_text import text_line
from cli.fakedata.rows import REPORT_COLUMNS, USER_INFO_COLUMNS, DayRows
from cli.fakedata.world import SOURCE, World
from socorro.counts.partitions import make_partitions
from socorro.postgres import Connection, Database, execute, load_sql, rows

SQL = load_sql(__file__)

LINES: Final = 256  # handed to COPY at a time
RELEASES: Final = (
    "product", "version", "build_id", "release_channel", "platform", "beta_number", "repository",
    "source", "seen_at",
)  # fmt: skip
INSTALLS: Final = (
    "day", "product", "version", "build_id", "release_channel", "os_name", "adi", "source",
)  # fmt: skip
BUGS: Final = ("bug_id", "status", "resolution", "summary", "changed_at", "source")
BUG_SIGNATURES: Final = ("bug_id", "signature", "since")


class History(NamedTuple):
    """A generated history that the database holds."""

    seed: int
    first_day: date
    last_day: date
    crashes_per_day: int
    finished_at: datetime | None

    @property
    def days(self) -> list[date]:
        """The days of its reports."""
        return [
            self.first_day + timedelta(n) for n in range((self.last_day - self.first_day).days + 1)
        ]


class _Lines:
    """Lines as the file that COPY reads."""

    def __init__(self, lines: Iterator[str], passed: Callable[[int], None]) -> None:
        self._lines, self._passed = lines, passed
        self.count = 0

    def read(self, _size: int = -1, /) -> bytes:
        """Return the next lines, as many as are good to send at once."""
        taken = list(islice(self._lines, LINES))
        self.count += len(taken)
        self._passed(len(taken))
        return "".join(taken).encode()

    def readline(self, _size: int = -1, /) -> bytes:
        """Return the next line: COPY does not ask for it, its type does."""
        return next(self._lines, "").encode()


def loaded(db: Connection) -> History | None:
    """Return the generated history that is in the database."""
    histories = rows(db, SQL["loaded"], History)
    return histories[0] if histories else None


def load(
    database: Database,
    world: World,
    passed: Callable[[int], None] = lambda _: None,
    until: datetime | None = None,
) -> int:
    """Add a history; return how many reports. *passed* gets their number, batch by batch.

    With *until*, a moment of the day after the last one, also the hours of that day that are over;
    its installs are not known yet, as in life.
    """
    last = until.date() if until else world.last
    with database.transaction() as db:
        execute(
            db,
            SQL["note"],
            seed=world.seed,
            first=world.first,
            last=last,
            per_day=world.per_day,
        )
        make_partitions(db, datetime.combine(world.first, time()), datetime.combine(last, time()))
    with database.transaction() as db:
        load_sources(db, world, last)
    count = 0
    hours = dict.fromkeys(world.days, 24) | ({last: until.hour} if until else {})
    for day, over in hours.items():
        with database.transaction() as db:
            count += load_day(db, world, day, passed, over)
            execute(db, SQL["mark_hours"], first=day, last=day)
    with database.transaction() as db:
        execute(db, SQL["finish"])
    return count


def load_sources(db: Connection, world: World, last: date | None = None) -> None:
    """Add builds until the day *last*, installs and bugs; existing rows stay as they are."""
    _merge(db, "releases_raw", RELEASES, world.releases(last))
    _merge(db, "adi_raw", INSTALLS, (row for day in world.days for row in world.installs(day)))
    bugs = {
        bug.bug_id: (bug.bug_id, bug.status, bug.resolution, bug.summary, bug.since, SOURCE)
        for bug in world.bugs
    }
    _merge(db, "bugs", BUGS, bugs.values())
    _merge(
        db, "bug_signatures", BUG_SIGNATURES, ((b.bug_id, b.signature, b.since) for b in world.bugs)
    )


def load_day(
    db: Connection,
    world: World,
    day: date,
    passed: Callable[[int], None] = lambda _: None,
    hours: int = 24,
) -> int:
    """Put in the reports of the first *hours* of one day; return how many."""
    day_rows, count = DayRows(world, day), 0
    with db.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for hour in range(hours):
            lines = _Lines(day_rows.hour(hour), passed)
            cursor.copy_expert(_copy("reports", REPORT_COLUMNS), lines)
            user_info = io.StringIO("".join(day_rows.take_user_info()))
            cursor.copy_expert(_copy("reports_user_info", USER_INFO_COLUMNS), user_info)
            count += lines.count
    return count


def remove(
    database: Database, history: History, passed: Callable[[date], None] = lambda _: None
) -> int:
    """Take a history out, and nothing else; return how many reports. Its hours are marked."""
    count = 0
    for day in history.days:
        with database.transaction() as db:
            execute(db, "SET LOCAL statement_timeout = 0")
            execute(db, SQL["remove_user_info"], day=day)
            count += execute(db, SQL["remove_reports"], day=day)
            execute(db, SQL["mark_hours"], first=day, last=day)
        passed(day)
    with database.transaction() as db:
        for name in (
            "remove_builds",
            "remove_releases",
            "remove_installs",
            "remove_bugs",
            "forget",
        ):
            execute(db, SQL[name])
    return count


def remove_versions(database: Database) -> None:
    """Forget versions of which nothing is left, once the days were counted again."""
    with database.transaction() as db:
        execute(db, "SET LOCAL statement_timeout = 0")
        for together in (False, True):  # betas before what counts them together
            execute(db, SQL["remove_versions"], together=together)


def _merge(
    db: Connection, table: str, columns: tuple[str, ...], entries: Iterable[tuple[object, ...]]
) -> None:
    """Add rows to a small table by way of another table: COPY cannot skip existing rows."""
    with db.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE incoming (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP"
        )
        lines = _Lines((text_line(*row) for row in entries), lambda _: None)
        cursor.copy_expert(_copy("incoming", columns), lines)
        cursor.execute(f"INSERT INTO {table} SELECT * FROM incoming ON CONFLICT DO NOTHING")  # noqa: S608
        cursor.execute("DROP TABLE incoming")


def _copy(table: str, columns: tuple[str, ...]) -> str:
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"
