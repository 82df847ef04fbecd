"""REST over eight weeks of sample data: milliseconds of a request, and requests a second.

    python -m bench.api                          160 requests each, without and with memcached
    python -m bench.api --weeks 2 --count 50

It starts a line of its own (`CACHE=memcached socorro run` in a temporary home, on free ports) with
sample data, and a second middleware without the cache. p50 and p95 are of one client that asks one
request after the other on one connection, requests a second of eight clients at once. Client and
line share the machine. The cache has every answer but the first.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

import psycopg2
import urllib3
from rich.console import Console
from rich.table import Table

from bench.journey import ANNOTATIONS, DATA
from cli.local.ports import free_ports
from cli.submitter import Submitter, one_dump
from tests.system.line import CHECKOUT, Line, running

CLIENTS = 8
SECONDS = 4.0  # of eight clients at once
UP = 60.0
# The clock ranks every two minutes; the sample data has come just now.
RANK: Final = """
    SELECT update_group_ranks(today - 1), update_group_ranks(today - 8)
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS clock
    """
GOALS: Final = {"TopCrashers": 0.020}  # seconds, p95


class Spent(NamedTuple):
    """Seconds of p50 and p95 of one request; requests a second; bytes of an answer."""

    p50: float
    p95: float
    rate: float
    bytes: int


def requests_of(line: Line) -> dict[str, str]:
    """Return the path of each question: about the product and signature with most crashes."""
    settings = tomllib.loads((line.home / "running.toml").read_text())
    with psycopg2.connect(str(settings["database"])) as db, db.cursor() as cursor:
        cursor.execute(RANK)
        cursor.execute(
            "SELECT product, signature FROM reports"
            " GROUP BY product, signature ORDER BY count(*) DESC LIMIT 1"
        )
        [(product, signature)] = cursor.fetchall()
    crash_id = _processed(line)
    about = {"product": product}
    return {
        "TopCrashers": f"/api/TopCrashers/?{urlencode(about)}",
        "CrashRates": f"/api/CrashRates/?{urlencode(about)}",
        "ProcessedCrash": f"/api/ProcessedCrash/?{urlencode({'crash_id': crash_id})}",
        "SignatureSummary": f"/api/SignatureSummary/?{urlencode({'signature': signature})}",
    }


def _processed(line: Line) -> str:
    """Post a crash, for the others have no processed crash; return its id when it has one."""
    [dump] = DATA.glob("rust-minidump/test.dmp")
    submitter = Submitter(line.url("collector", "/submit"), 1)
    sent = submitter.send(one_dump(dump, ANNOTATIONS, as_json=True, unique=True))
    _wait(line.url("middleware", f"/api/ProcessedCrash/?crash_id={sent.crash_id}"))
    return str(sent.crash_id)


def measure(url: str, count: int) -> Spent:
    """Ask *count* times, one after the other, then with several clients at once."""
    http = urllib3.PoolManager(maxsize=CLIENTS, retries=False)
    size = len(_get(http, url))
    seconds = [_seconds(http, url) for _ in range(count)]
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as pool:
        answered = sum(pool.map(lambda _: _ask_until(http, url, until), range(CLIENTS)))
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return Spent(statistics.median(seconds), p95, answered / SECONDS, size)


def _get(http: urllib3.PoolManager, url: str) -> bytes:
    answer = http.request("GET", url)
    if answer.status != 200:
        raise SystemExit(f"{url}: {answer.status} {answer.data[:300].decode()}")
    return answer.data


def _seconds(http: urllib3.PoolManager, url: str) -> float:
    began = time.perf_counter()
    _get(http, url)
    return time.perf_counter() - began


def _ask_until(http: urllib3.PoolManager, url: str, until: float) -> int:
    answered = 0
    while time.monotonic() < until:
        status = http.request("GET", url).status
        if status not in (200, 503):  # 503: more searches at once than may be; it is asked again
            raise SystemExit(f"{url}: {status}")
        answered += status == 200
    return answered


@contextmanager
def without_cache(line: Line) -> Iterator[str]:
    """Run a second middleware on the same line, without memcached; yield its address."""
    [port] = free_ports(1)
    environment = {
        **line.environment,
        "SOCORRO_MIDDLEWARE_PORT": str(port),
        "SOCORRO_CACHE_SERVER": "",
    }
    command = [sys.executable, "-m", "middleware"]
    log = (line.home / "second.log").open("wb")
    with (
        log,
        subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=log, stderr=log) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/__lbheartbeat__")
            yield url
        finally:
            process.terminate()


def _wait(url: str) -> None:
    until = time.monotonic() + UP
    while time.monotonic() < until:
        try:
            if urllib3.request("GET", url, retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"no answer from {url}")


def show(columns: Mapping[str, Mapping[str, Spent]]) -> None:
    """Print what each request took."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("milliseconds", no_wrap=True)
    for name in columns:
        for heading in (f"{name}: p50", "p95", "requests/s"):
            table.add_column(heading, justify="right")
    table.add_column("kB", justify="right")
    table.add_column("p95 goal", justify="right")
    first, *_ = columns.values()
    for name, spent in first.items():
        cells = [cell for column in columns.values() for cell in _cells(column[name])]
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"{_judged(spent, goal)}: {goal * 1000:.0f}"
        table.add_row(name, *cells, f"{spent.bytes / 1000:.1f}", verdict)
    Console(width=120).print(table)


def _judged(spent: Spent, goal: float) -> str:
    return "met" if spent.p95 <= goal else "MISSED"


def _cells(spent: Spent) -> tuple[str, str, str]:
    return f"{spent.p50 * 1000:.1f}", f"{spent.p95 * 1000:.1f}", f"{spent.rate:,.0f}"


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weeks", type=int, default=8, help="of sample data (8)")
    parser.add_argument("--count", type=int, default=160, help="requests of one client (160)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with (
        tempfile.TemporaryDirectory(prefix="api-") as folder,
        running(Path(folder), CACHE="memcached") as line,
    ):
        fill = [sys.executable, "-m", "cli.main", "fakedata", "--weeks", str(options.weeks)]
        subprocess.run(
            fill, env=line.environment, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL
        )
        with without_cache(line) as plain:
            paths = requests_of(line)
            urls = {"without cache": plain, "memcached": line.url("middleware")}
            show(
                {
                    name: {
                        question: measure(url + path, options.count)
                        for question, path in paths.items()
                    }
                    for name, url in urls.items()
                }
            )


if __name__ == "__main__":
    main()
