"""Pages over weeks of sample data: time to first byte, bytes, requests, statements, time to loaded.

    python -m bench.pages                        a line of its own with eight weeks
    python -m bench.pages --home var             a line that runs here and has data
    python -m bench.pages --full                 a day of 2.5 million crashes: see full_size.py
    python -m bench.pages --full --home /var/tmp/full    the same, kept for next time

First byte: of one visitor who asks for one page again and again; gzip as a browser takes it. Pages
keep answers until something is counted, so the visit that pays for one is not among them.
Loaded: the load event in Chromium with an empty cache, the median of five visits. Statements:
what the page asks of Postgres. Line, client and browser share the machine. The memory is that of
all processes of the line, what they share counted once (PSS).
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock
from urllib.parse import urlencode

import psycopg2
import psycopg2.extensions
import urllib3
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from bench import full_size
from socorro.crashstore.open import open_store
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.system.line import CHECKOUT, Line, running
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

FIRST_BYTE: Final = 0.100  # seconds, p95
FIRST_BYTE_FULL: Final = 0.300  # at full size
REQUESTS: Final = 6
HTML, CSS, SCRIPTS = 40_000, 20_000, 40_000  # bytes, gzip
MEMORY: Final = 700_000_000  # bytes
VISITS: Final = 5  # in the browser
GZIP: Final = {"Accept-Encoding": "gzip"}


class Place(NamedTuple):
    """A running line: its home, and the address of its pages."""

    home: Path
    url: str


class Spent(NamedTuple):
    """What a page costs: seconds, bytes, counts."""

    p50: float
    p95: float
    bytes: int
    requests: int
    loaded: float
    statements: int


class Counting(psycopg2.extensions.cursor):
    """A cursor that counts the statements of this process."""

    count = 0

    def execute(self, *arguments: Any) -> None:
        """Count, and do it."""
        Counting.count += 1
        super().execute(*arguments)


def pages_of(place: Place) -> dict[str, str]:
    """Return the addresses of all pages that need nothing, and those of a busy signature."""
    from webapp.urls import urlpatterns  # Django is set up by now

    product, version, signature, crash_id = _busy(place)
    about = {
        "product": product,
        "version": version,
        "signature": signature,
        "crash_id_text": crash_id,
    }
    extra = {"signature": {"signature": signature}, "search": {"product": product}}
    pages = {}
    for pattern in urlpatterns:
        names = set(re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern)))
        if names - set(about) or pattern.name in NOT_PAGES or str(pattern.pattern).startswith("^"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: about[match[1]], str(pattern.pattern))
        query = urlencode(extra.get(pattern.name, {}))
        pages[pattern.name] = f"/{path}{'?' if query else ''}{query}"
    return pages


NOT_PAGES: Final = (
    *("raw_crash", "processed_crash", "report_slash", "quick_search", "logout", "robots"),
    *("favicon", "profile", "tokens", "login"),
)


def _busy(place: Place) -> tuple[str, str, str, str]:
    settings = tomllib.loads((place.home / "running.toml").read_text())
    with psycopg2.connect(str(settings["database"])) as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT product, version, signature, max(crash_id::text) FROM reports"
            " WHERE signature NOT LIKE 'EMPTY%' AND product = 'Firefox'"
            " GROUP BY product, version, signature ORDER BY count(*) DESC LIMIT 1"
        )
        [row] = cursor.fetchall()
    return row


def measure(place: Place, path: str, count: int, app: WsgiApp, browser: Browser) -> Spent | int:
    """Ask for a page *count* times; return its status instead where that is not 200."""
    http = urllib3.PoolManager(retries=False)
    url = place.url + path
    first = http.request("GET", url, headers=GZIP, decode_content=False, redirect=False)
    if first.status != 200:
        return int(first.status)
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        answer = http.request("GET", url, headers=GZIP, preload_content=False)
        answer.read(1)
        seconds.append(time.perf_counter() - began)
        answer.drain_conn()
    before = Counting.count
    ask(app, path)
    loads = [_load(browser, url) for _ in range(VISITS)]
    return Spent(
        p50=statistics.median(seconds),
        p95=statistics.quantiles(seconds, n=20)[-1],
        bytes=len(first.data),
        requests=loads[0][1],
        loaded=statistics.median(loaded for loaded, _ in loads),
        statements=Counting.count - before,
    )


def _load(browser: Browser, url: str) -> tuple[float, int]:
    """Return the seconds until a page is loaded in a fresh browser profile, and its requests."""
    context = browser.new_context()
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url, wait_until="load")
    loaded = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
    context.close()
    return loaded / 1000, len(requests)


@contextmanager
def counting_app(place: Place) -> Iterator[WsgiApp]:
    """Build the pages in this process, over the line's database, with counted statements."""
    settings = tomllib.loads((place.home / "running.toml").read_text())
    config = WebappConfig(
        secret_key_file=place.home / "webapp-secret",
        middleware_url=str(settings["webapp"]["middleware_url"]),
    )
    connect = partial(psycopg2.connect, cursor_factory=Counting)
    with mock.patch.object(psycopg2, "connect", connect):
        database = Database(str(settings["webapp"]["database"]), size=2, name="bench")
        store = open_store(str(settings["store"]), home=place.home)
        yield application(Context(database, store, config), "a key that signs nothing, for a count")
        database.close()


def memory(home: Path) -> int:
    """Return the bytes of all processes of a line."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"SOCORRO_HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                text = (folder / "smaps_rollup").read_text()
                total += int(re.search(r"^Pss: +(\d+)", text, re.MULTILINE)[1]) * 1024  # type: ignore[index]
        except OSError:
            continue
    return total


def static_sizes(url: str) -> dict[str, int]:
    """Return the gzip bytes of style sheets and of scripts that the first page names."""
    http = urllib3.PoolManager(retries=False)
    text = http.request("GET", url + "/").data.decode()
    sizes = {"css": 0, "js": 0}
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+[.](?:css|js))"', text)):
        answer = http.request("GET", url + path, headers=GZIP, decode_content=False)
        sizes[path.rpartition(".")[2]] += len(answer.data)
    return sizes


def show(spent: dict[str, Spent | int], first_byte: float) -> None:
    """Print what each page costs; *first_byte* is the goal of its p95, seconds."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("page", no_wrap=True)
    for heading in ("first byte p50, ms", "p95", "kB gzip", "requests", "loaded, ms", "statements"):
        table.add_column(heading, justify="right")
    table.add_column("goals")
    for name, page in spent.items():
        if isinstance(page, int):
            table.add_row(name, f"answers {page}")
            continue
        table.add_row(
            name, f"{page.p50 * 1000:.1f}", f"{page.p95 * 1000:.1f}", f"{page.bytes / 1000:.1f}",
            str(page.requests), f"{page.loaded * 1000:.0f}", str(page.statements),
            _judged(page, first_byte),
        )  # fmt: skip
    Console(width=110).print(table)


def _judged(page: Spent, first_byte: float) -> str:
    missed = {
        "first byte": page.p95 > first_byte,
        "bytes": page.bytes > HTML,
        "requests": page.requests > REQUESTS,
    }
    return ", ".join(f"MISSED: {name}" for name, is_missed in missed.items() if is_missed) or "met"


def bench(place: Place, count: int, first_byte: float = FIRST_BYTE) -> None:
    """Measure all pages of a line and print the table."""
    with counting_app(place) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        show(
            {
                name: measure(place, path, count, app, browser)
                for name, path in pages_of(place).items()
            },
            first_byte,
        )
        browser.close()
    sizes, used = static_sizes(place.url), memory(place.home)
    print(
        f"style sheet {sizes['css']:,} bytes gzip (goal {CSS:,}), scripts {sizes['js']:,} (goal"
        f" {SCRIPTS:,}); memory of the line {used / 1e6:,.0f} MB (goal {MEMORY / 1e6:.0f})"
    )


def fill(line: Line, weeks: int, per_day: int) -> None:
    """Add weeks of sample data."""
    words = ["--weeks", str(weeks), "--crashes-per-day", str(per_day)]
    command = [sys.executable, "-m", "cli.main", "fakedata", *words]
    subprocess.run(
        command, env=line.environment, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL
    )


def bench_full(home: Path, count: int) -> None:
    """Start a line in a home at full size, which is made first if it is not whole; measure."""
    with running(home) as line:
        if not (home / full_size.MARK).exists():
            settings = tomllib.loads((home / "running.toml").read_text())
            last = datetime.now(UTC).date() - timedelta(days=1)
            full_size.fill(str(settings["database"]), home / "search" / "segments", last)
            (home / full_size.MARK).touch()
        bench(Place(home, line.url("webapp")), count, FIRST_BYTE_FULL)


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--home",
        type=Path,
        help="of a line that runs here; default: a new one. With --full: kept for next time",
    )
    parser.add_argument(
        "--full", action="store_true", help="a day of 2.5 million crashes, and weeks of counts"
    )
    parser.add_argument("--weeks", type=int, default=8, help="of sample data (8)")
    parser.add_argument("--crashes-per-day", type=int, default=20_000, help="of them (20,000)")
    parser.add_argument("--count", type=int, default=60, help="requests for each page (60)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    if options.full:
        with tempfile.TemporaryDirectory(prefix="pages-") as folder:
            home = options.home.resolve() if options.home else Path(folder)
            home.mkdir(parents=True, exist_ok=True)
            bench_full(home, options.count)
        return
    if options.home:
        home = options.home.resolve()
        port = tomllib.loads((home / "running.toml").read_text())["webapp"]["port"]
        bench(Place(home, f"http://127.0.0.1:{port}"), options.count)
        return
    with tempfile.TemporaryDirectory(prefix="pages-") as folder, running(Path(folder)) as line:
        fill(line, options.weeks, options.crashes_per_day)
        bench(Place(line.home, line.url("webapp")), options.count)


if __name__ == "__main__":
    main()
