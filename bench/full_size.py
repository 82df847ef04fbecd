"""A home at full size in minutes: one day of 2.5 million crashes, and weeks of counts before it.

The last day is generated whole: reports, everything that is counted of them, and the segments of
search. The days before it have counts only. They are copies of the last day that vary: each count
by up to a fifth, and the rare signatures of one day are others than those of the next. What is
derived of days (ranks, explosions, ...) is derived of all of them, as the clock does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from unittest import mock

from cli.fakedata import history, signatures
from cli.fakedata.world import World
from socorro.counts import derived, explosions
from socorro.counts.config import UrlsConfig
from socorro.counts.counting import count_days
from socorro.counts.partitions import make_partitions
from socorro.postgres import Connection, Database, column, execute, load_sql, value
from socorro.queries.cron import COUNTING, hold_jobs
from socorro.search.segments.follow import follow
from socorro.search.segments.writer import Writer

SQL = load_sql(__file__)

REPORTS: Final = 2_500_000
DAYS: Final = 28
KINDS: Final = 5  # times the signatures of `socorro fakedata`: some 50,000 are seen in the day
MARK: Final = "full-size"  # the file that says that a home is whole
SEARCH: Final = "search-segments"
# Tables that are copied, before and after what is derived of days: with which columns vary.
BEFORE: Final = {
    "top_crashers": True,
    "top_crashers_build": True,
    "crash_counts": False,
    "crash_counts_build": False,
    "install_counts": False,
    "install_counts_build": False,
}
AFTER: Final = {"build_counts": False}
SHIFTED: Final = ("day", "build_day")
KEYS: Final = ("product_version_id", "signature_id", "build_id", "os", "crash_type")


def fill(dsn: str, segments: Path, last: date, reports: int = REPORTS, days: int = DAYS) -> None:
    """Fill an empty database and the folder of segments; says on stdout what it does.

    Raises SystemExit where reports are: a fill that was cut short is begun again in a new home.
    """
    database = Database(dsn, size=2, name="bench")
    with database.transaction() as db:
        if value(db, "SELECT EXISTS (SELECT FROM reports)"):
            raise SystemExit("the home is filled in part: remove it, and begin again")
    with hold_jobs(database, (*COUNTING, SEARCH)):
        _day(database, last, reports, days)
        earlier = [last - timedelta(days=back) for back in range(1, days)]
        with _step("counts of the days before"):
            _copy(database, last, earlier, BEFORE)
        with _step("what is derived of days"):
            _derive(database, last, earlier)
            _copy(database, last, earlier, AFTER)
        with _step("segments of search"):
            follow(database, Writer(segments), float("inf"))
    with _step("VACUUM ANALYZE"):
        _maintain(database)
    database.close()


def _day(database: Database, last: date, reports: int, days: int) -> None:
    """Put in the reports of the last day, builds and installs of all days; count the day."""
    # A day of the generator is a little larger than asked for on a Monday.
    many = {product: count * KINDS for product, count in signatures.COUNTS.items()}
    with mock.patch.dict(signatures.COUNTS, many), _step("reports"):
        world = World(1, last - timedelta(days=days - 1), last, round(reports / 1.045))
        with database.transaction() as db:
            midnight = datetime.combine(last, time())
            make_partitions(db, midnight - timedelta(days=days), midnight)
            history.load_sources(db, world)
        with database.transaction() as db:
            history.load_day(db, world, last)
            execute(db, history.SQL["mark_hours"], first=last, last=last)
        _maintain(database)
    with _step("counts of the day"):
        count_days(database, [last])


def _copy(database: Database, last: date, days: Sequence[date], tables: dict[str, bool]) -> None:
    for day in days:
        with database.transaction() as db:
            _unlimited(db)
            execute(db, SQL["rare"], last=last, shift=(last - day).days * 7919)
            for table, varies in tables.items():
                execute(db, _copied(db, table, varies), last=last, back=(last - day).days)


def _copied(db: Connection, table: str, varies: bool) -> str:
    """Return the statement that copies the last day of a table to one that is *back* days ago."""
    names = column(db, SQL["columns"], table=table)
    values = ", ".join(_value(name, varies) for name in names)
    rare = "LEFT JOIN rare USING (signature_id)" if "signature_id" in names else ""
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} {rare}"
        " WHERE day = %(last)s ON CONFLICT DO NOTHING"
    )


def _value(name: str, varies: bool) -> str:
    if name in SHIFTED:
        return f"{name} - %(back)s"
    if name == "signature_id":
        return "coalesce(rare.instead, signature_id)"
    if name in KEYS or not varies:
        return name
    part = "(0.8 + 0.4 * abs(hashint8(signature_id * 1000::bigint + %(back)s)) / 2147483648)"
    return f"greatest(1, {name} * {part})" if name == "reports" else f"{name} * {part}"


def _derive(database: Database, last: date, earlier: Sequence[date]) -> None:
    with database.transaction() as db:
        _unlimited(db)
        for table in ("top_crashers", "top_crashers_build"):
            for name in ("new", "gone"):
                execute(db, SQL[name].format(table=table), last=last)
        execute(db, SQL["first_reports"])
        execute(db, SQL["first_reports_by_version"])
        for day in earlier:
            execute(db, "SELECT update_adi(%(day)s, false)", day=day)
    _maintain(database)
    for _ in derived.update(database, last, UrlsConfig()):
        pass
    with database.transaction() as db:
        _unlimited(db)
        execute(db, SQL["stale"])
        for day in (last, last + timedelta(days=1)):
            execute(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)
    for _ in explosions.judge_days(database, [last]):
        pass


def _unlimited(db: Connection) -> None:
    execute(db, "SET LOCAL statement_timeout = 0")
    execute(db, "SET LOCAL work_mem = '256MB'")


def _maintain(database: Database) -> None:
    """Do what autovacuum would have done by the end of a day."""
    db = database.connect()
    db.autocommit = True
    execute(db, "SET statement_timeout = 0")
    execute(db, "VACUUM (ANALYZE)")
    db.close()


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = datetime.now(UTC)
    yield
    print(f"  {name}: {(datetime.now(UTC) - began).total_seconds():.0f} s", flush=True)
