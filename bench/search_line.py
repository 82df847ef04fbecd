"""Search on a running line: seconds from a processed crash to a hit, and reports written a second.

    python -m bench.search_line                  12 crashes, a week of 20,000 reports a day

It starts a line of its own (`socorro run` in a temporary home, on free ports), posts real dumps one
after the other and asks SuperSearch for each crash id until it is there. Then it fills a week with
sample data and writes all of its column files, as the job `search-segments` does, and merges them.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import urllib3

from bench.journey import ANNOTATIONS, DATA
from cli.submitter import Submitter, one_dump
from socorro.postgres import Database
from socorro.search import notes
from socorro.search.segments.follow import follow
from socorro.search.segments.merge import merge, mergeable
from socorro.search.segments.writer import Writer
from tests.system.line import Line, running

EVERY = 2.7  # seconds between two crashes: they meet the clock at any moment of its 15 seconds
PAUSE = 0.2
GIVE_UP = 120.0
GOAL = 30.0
MANY_SECONDS = 3600.0


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--crashes", type=int, default=12, help="posted (12)")
    parser.add_argument("--per-day", type=int, default=20_000, help="reports of the week (20,000)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with (
        tempfile.TemporaryDirectory(prefix="search-line-") as folder,
        running(Path(folder)) as line,
    ):
        show_lag(lags(line, options.crashes))
        settings = tomllib.loads((line.home / "running.toml").read_text())
        line.socorro("fakedata", "--weeks", "1", "--crashes-per-day", str(options.per_day))
        measure_writing(Database(str(settings["database"])), line.home / "written")


def lags(line: Line, crashes: int) -> list[float]:
    """Return for each crash the seconds from its report to the first search that has it."""
    submitter = Submitter(line.url("collector", "/submit"), 1)
    dumps = itertools.islice(itertools.cycle(sorted(DATA.glob("*/*.dmp"))), crashes)
    settings = tomllib.loads((line.home / "running.toml").read_text())
    waiting: dict[str, float] = {}
    seconds = []
    with psycopg2.connect(str(settings["database"])) as db:
        db.autocommit = True
        for dump in dumps:
            answer = submitter.send(one_dump(dump, ANNOTATIONS, as_json=True, unique=True))
            waiting[str(answer.crash_id).removeprefix("bp-")] = 0.0  # the wire has a prefix
            until = time.monotonic() + EVERY
            while time.monotonic() < until:
                seconds += _look(line, db, waiting)
        until = time.monotonic() + GIVE_UP
        while waiting and time.monotonic() < until:
            seconds += _look(line, db, waiting)
    if waiting:
        raise SystemExit(f"{len(waiting)} crashes are not searchable after {GIVE_UP:.0f} s")
    return seconds


def _look(
    line: Line, db: "psycopg2.extensions.connection", waiting: dict[str, float]
) -> list[float]:
    """Note which crashes have a report now; return the lags of those that search has now."""
    time.sleep(PAUSE)
    with db.cursor() as cursor:
        cursor.execute("SELECT crash_id::text FROM reports")
        for (crash_id,) in cursor.fetchall():
            if waiting.get(crash_id) == 0.0:
                waiting[crash_id] = time.monotonic()
    processed = [crash_id for crash_id, since in waiting.items() if since]
    hits = _search(line) if processed else []
    return [time.monotonic() - waiting.pop(crash_id) for crash_id in processed if crash_id in hits]


def _search(line: Line) -> list[str]:
    url = line.url("middleware", "/api/SuperSearch/?_columns=uuid&_results_number=1000")
    answer = urllib3.request("GET", url, retries=False)
    return [hit["uuid"] for hit in answer.json()["hits"]] if answer.status == 200 else []


def show_lag(seconds: Sequence[float]) -> None:
    """Print the lags and whether all are within the goal."""
    verdict = "met" if max(seconds) <= GOAL else "MISSED"
    print(
        f"found {statistics.median(seconds):.1f} s after its report (p50 of {len(seconds)}),"
        f" {max(seconds):.1f} s at most; {verdict}: {GOAL:.0f}"
    )


def measure_writing(database: Database, root: Path) -> None:
    """Write the files of all reports to a new folder and merge its days; print the rates."""
    writer = Writer(root)
    with database.transaction() as db:
        notes.add(db, "segments", notes.hours_with_reports(db))
    began, spent = time.monotonic(), time.process_time()
    followed = follow(database, writer, MANY_SECONDS)
    seconds, cpu = time.monotonic() - began, time.process_time() - spent
    print(
        f"{followed.reports:,} reports in {followed.hours} hours written in {seconds:.0f} s:"
        f" {followed.reports / seconds:,.0f} a second, {cpu / followed.reports * 1e6:.0f} us of CPU"
        " each besides Postgres's"
    )
    began = time.monotonic()
    later = datetime.now(UTC) + timedelta(days=2)
    rows = sum(
        done.rows for day in list(mergeable(root, later)) if (done := merge(root, day, writer))
    )
    seconds = time.monotonic() - began
    print(f"{rows:,} of them merged by days in {seconds:.0f} s: {rows / seconds:,.0f} a second")


if __name__ == "__main__":
    main()
