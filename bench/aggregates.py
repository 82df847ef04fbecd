"""Counting at full size: one generated day, every aggregate of it, and its extracts.

    python -m bench.aggregates                          0.25 and 2.5 million reports
    python -m bench.aggregates --reports 2500000        one size only

For each size it starts a Postgres of its own, with the settings of `make run` (everything is
synced), puts a day in by COPY, counts it hour by hour as the clock does, derives what follows once
a day, counts the day again from scratch as a backfill does, writes both extracts in a process of
its own, and asks for the first 300 of the largest versions. 2.5 million is what Firefox sent in a
day in 2012.
"""

import argparse
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from psycopg2.extensions import make_dsn
from rich.console import Console
from rich.table import Table

from cli.fakedata import history
from cli.fakedata.world import World
from cli.local import postgres
from socorro.extracts.write import write
from socorro.migrate import migrate
from socorro.postgres import Database

DAY = date(2026, 11, 23)
SIZES = (250_000, 2_500_000)
LOOKS = 50  # at the first 300 of each version
EXTRACTS_OF = "Firefox"
GOALS = {
    "an hour's increment, longest, s": 2.0,
    "all daily aggregates, s": 30.0,
    "both extracts, s": 30.0,
    "top 300, p50, ms": 5.0,
}
FIRST_300 = """
    SELECT rank, signature, ranks.reports, ranks.estimated
    FROM top_crasher_ranks AS ranks JOIN signatures USING (signature_id)
    WHERE product_version_id = %(version)s AND last_day = %(day)s AND days = 1 AND rank <= 300
    ORDER BY rank
"""
DAILY = (
    ("installs", "SELECT update_adi(%(day)s, false)"),
    ("duplicates", "SELECT backfill_duplicates(%(day)s)"),
    ("hang pairs", "SELECT update_hang_pairs(%(day)s, false)"),
    ("signatures", "SELECT update_signatures()"),
    ("ranks", "SELECT update_top_crasher_ranks(%(day)s)"),
    ("builds", "SELECT update_builds(%(day)s)"),
    ("explosiveness", "SELECT update_explosiveness(%(day)s)"),
    ("rank changes", "SELECT update_rank_changes(%(day)s)"),
    ("null signatures", "SELECT update_null_signatures(%(day)s)"),
    ("Flash", "SELECT update_flash(%(day)s)"),
    ("pages", "SELECT update_urls(%(day)s)"),
)
TABLES = (
    "reports", "reports_user_info", "reports_clean", "reports_duplicates", "top_crashers",
    "top_crashers_build", "top_crasher_ranks", "signatures", "signature_products",
)  # fmt: skip

Figures = dict[str, float]


class Spent(NamedTuple):
    """The time of a statement: by the clock, and of its server process."""

    seconds: float
    cpu: float


class Bench:
    """Measures one size on one server."""

    def __init__(self, dsn: str, reports: int) -> None:
        self._dsn, self._database = dsn, Database(dsn)
        # A day of the generator is a little larger than asked for on a Monday.
        self._world = World(1, DAY, DAY, round(reports / 1.045))
        self.figures: Figures = {}

    def run(self) -> Figures:
        """Measure everything, in the order of a day."""
        self._load()
        self._hours()
        self._again()
        self._extracts()
        self._first_300()
        self._sizes()
        self._database.close()
        return self.figures

    def _load(self) -> None:
        with self._clock("COPY, s"):
            count = history.load(self._database, self._world)
        self.figures["reports"] = count
        self.figures["COPY, rows/s"] = count / self.figures["COPY, s"]
        with self._clock("VACUUM ANALYZE, s"):
            self._maintain()

    def _maintain(self) -> None:
        """Do what autovacuum would have done by the end of a day."""
        db = self._database.connect()
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM (ANALYZE) reports, reports_user_info")
        db.close()

    def _hours(self) -> None:
        """Count hour by hour, each a transaction: the usual way."""
        self._run("SELECT update_product_versions()")
        self._run("SELECT take_marked_hours()")
        spent = []
        for hour in range(24):
            at = datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=UTC)
            spent.append(self._run("SELECT count_hour(%(hour)s)", hour=at))
        seconds = [hour_spent.seconds for hour_spent in spent]
        self.figures["an hour's increment, median, s"] = statistics.median(seconds)
        self.figures["an hour's increment, longest, s"] = max(seconds)
        self.figures["an hour's increment, longest, CPU s"] = max(
            hour_spent.cpu for hour_spent in spent
        )
        self.figures["24 hours' increments, s"] = sum(seconds)
        again = datetime(DAY.year, DAY.month, DAY.day, 16, tzinfo=UTC)
        unchanged = self._run("SELECT count_hour(%(hour)s)", hour=again)
        self.figures["an hour again, unchanged, s"] = unchanged.seconds

    def _again(self) -> None:
        """Derive what follows once the hours of a day are counted; and count all of it again."""
        total = Spent(0.0, 0.0)
        for name, statement in DAILY:
            spent = self._run(statement, day=DAY)
            self.figures[f"  {name}, s"] = spent.seconds
            self.figures[f"  {name}, CPU s"] = spent.cpu
            total = Spent(total.seconds + spent.seconds, total.cpu + spent.cpu)
        self.figures["all daily aggregates, s"] = total.seconds
        self.figures["all daily aggregates, CPU s"] = total.cpu
        again = self._run("SELECT backfill_counts(%(day)s)", day=DAY)
        self.figures["the day counted from scratch, s"] = again.seconds
        self.figures["the day counted from scratch, CPU s"] = again.cpu

    def _extracts(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "bench.aggregates", "--extract", self._dsn, folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        self.figures |= json.loads(done.stdout)

    def _first_300(self) -> None:
        spent = []
        with self._database.transaction() as db, db.cursor() as cursor:
            cursor.execute(
                "SELECT product_version_id FROM crash_counts WHERE day = %s"
                " GROUP BY 1 ORDER BY sum(reports) DESC LIMIT 5",
                (DAY,),
            )
            versions = [row[0] for row in cursor.fetchall()]
            for number in range(LOOKS):
                parameters = {"version": versions[number % len(versions)], "day": DAY}
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {FIRST_300}", parameters)
                [[[plan]]] = cursor.fetchall()
                spent.append(plan["Planning Time"] + plan["Execution Time"])
        self.figures["top 300, p50, ms"] = statistics.median(spent)
        self.figures["top 300, longest, ms"] = max(spent)

    def _sizes(self) -> None:
        with self._database.transaction() as db, db.cursor() as cursor:
            for table in TABLES:
                cursor.execute(
                    "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)"
                    " + CASE WHEN count(*) = 0 THEN pg_total_relation_size(%(name)s) ELSE 0 END"
                    " FROM pg_partition_tree(%(name)s)",
                    {"name": table},
                )
                size = cursor.fetchone()
                self.figures[f"  {table}, MB"] = float(size[0]) / 1e6 if size else 0

    def _run(self, statement: str, **parameters: object) -> "Spent":
        """Run a statement in a transaction of its own; return what it took until its commit."""
        started = time.monotonic()
        with self._database.transaction() as db, db.cursor() as cursor:
            process = db.get_backend_pid()
            before = _cpu(process)
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(statement, parameters)
        return Spent(time.monotonic() - started, _cpu(process) - before)

    @contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.figures[name] = time.monotonic() - started


def extract(dsn: str, folder: str) -> None:
    """Write both extracts and print what it took: run in a process of its own for its memory."""
    before = _peak()
    started, began = time.monotonic(), time.process_time()
    database = Database(dsn)
    files = write(
        database, Path(folder), DAY, EXTRACTS_OF, ("private", "public"), "https://crashes.example/"
    )
    seconds = time.monotonic() - started
    figures: Figures = {
        "rows of the extract": files[0].reports,
        "both extracts, s": seconds,
        "extract, rows/s": files[0].reports / seconds,
        "private extract, MB": files[0].bytes / 1e6,
        "public extract, MB": files[1].bytes / 1e6,
        "extracts, our CPU s": time.process_time() - began,
        "memory before, MB": before,
        "memory at its peak, MB": _peak(),
    }
    print(json.dumps(figures))


def _cpu(process: int) -> float:
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _peak() -> float:
    """Return the most memory that this process had, MB; not what it began as, before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(reports: int) -> Figures:
    """Measure one size on a server that is made for it and removed after it."""
    data = Path(f"/tmp/socorro-bench-{secrets.token_hex(6)}")
    settings = (*postgres.QUIET, *postgres.TUNED)
    try:
        with postgres.running(data, postgres.binaries(), settings) as admin:
            postgres.create_database(admin, "bench")
            dsn = make_dsn(admin, dbname="bench")
            migrate(dsn)
            return Bench(dsn, reports).run()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def show(all_figures: Sequence[Figures]) -> None:
    """Print what was measured, and how it grows."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for figures in all_figures:
        table.add_column(f"{figures['reports']:,.0f} reports", justify="right", no_wrap=True)
    if len(all_figures) == 2:
        table.add_column("growth", justify="right")
    table.add_column("goal", justify="right")
    for name in all_figures[-1]:
        values = [figures.get(name, 0.0) for figures in all_figures]
        row = [_written(value) for value in values]
        if len(values) == 2:
            row.append(f"{values[1] / values[0]:.1f}" if values[0] else "")
        table.add_row(name, *row, _judged(name, values[-1]))
    Console(width=120).print(table)


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def _judged(name: str, value: float) -> str:
    if name not in GOALS:
        return ""
    return f"{'met' if value <= GOALS[name] else 'MISSED'}: {GOALS[name]:g}"


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--reports", type=int, action="append", help="of the day; may be repeated")
    parser.add_argument("--extract", nargs=2, metavar=("DSN", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.extract:
        extract(*options.extract)
        return
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before; Postgres: {' '.join(postgres.TUNED)}")
    show([measure(reports) for reports in options.reports or SIZES])


if __name__ == "__main__":
    main()
