"""The whole line in this process: collector, crashmover, processor, cron, REST and pages."""

import gzip
import html
import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import duckdb
import prometheus_client
import pytest
from psycopg2 import sql

import middleware.app
from cron.jobs import (
    adi,
    bugs,
    release_feed,
    release_tree,
    retention,
    search_elasticsearch,
    symbol_cache,
)
from cron.table import JOBS
from middleware.routes import ROUTES
from processor.bell import Bell
from processor.beta_versions import BetaVersions
from processor.config import ProcessorConfig
from processor.leases import Leases
from processor.save import Saver
from processor.worker import Context, Worker
from socorro import jobs
from socorro.config import load
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database
from socorro.search.catalog import catalog
from socorro.search.config import SearchConfig
from socorro.search.open import open_engine
from socorro.service import Stop
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.builders import NOON
from tests.collector.conftest import Collecting
from tests.crashmover.test_mover import make_mover
from tests.cron.conftest import MakeRun, cron_database, home, make_run  # noqa: F401
from tests.processed import WALKER
from tests.webapp.conftest import app, config, store  # noqa: F401
from tests.wsgi import ask

# These need a source outside, or remove what the test looks for.
_LEFT_OUT = tuple(
    module.JOB
    for module in (
        *(adi, bugs, release_feed, release_tree, retention, search_elasticsearch, symbol_cache),
    )
)
_PROTECTED_TABLE = "reports_user_info"
_MOST_PAGES = 2000
_SEARCH = "/search/?"
_MOST_OF_A_KIND = 10


class Output(NamedTuple):
    """A text that anybody may read, and its name."""

    name: str
    text: str


class Line(NamedTuple):
    """The services of one line."""

    collector: Collecting
    process: Callable[[], None]
    count: Callable[[], None]
    outputs: Callable[[list[CrashId]], Iterator[Output]]


@pytest.fixture
def line(
    tmp_path: Path,
    database: Database,
    store: CrashStore,  # noqa: F811
    app: WsgiApp,  # noqa: F811
    make_run: MakeRun,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Line:
    """A line whose throttle rules are those that ship."""
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path / "extracts"))
    collecting = Collecting(tmp_path)
    context = Context(
        config=ProcessorConfig(),
        database=database,
        store=store,
        walker=WALKER,
        saver=Saver(store, database),
        betas=BetaVersions(database),
        queue=PostgresQueue(database),
        leases=Leases(PostgresQueue(database), 8, 600),
        bell=Bell(),
        stop=Stop(),
        abort=threading.Event(),
    )
    search = open_engine(load(SearchConfig), database)
    rest = middleware.app.application(
        middleware.context.Context(database, store, search=search), RateLimit(10**6)
    )

    def process() -> None:
        mover = make_mover(collecting.spool, store)
        while mover.move_all():
            pass
        with database.transaction() as db:
            jobs.offer(db, list(store.submitted(NOON, NOON + timedelta(hours=1))))
        worker = Worker(context, "tests", now=lambda: NOON + timedelta(minutes=1))
        while claimed := _claim(database):
            worker.process_jobs(claimed)

    def count() -> None:
        for job in JOBS:
            if job not in _LEFT_OUT:
                job.work(make_run(job, now=NOON + timedelta(hours=19)))

    def outputs(ids: list[CrashId]) -> Iterator[Output]:
        yield from _documents(rest, ids)
        yield from _pages(app, ids)
        yield from _tables(database)
        for path in sorted((tmp_path / "extracts" / "public").iterdir()):
            yield Output(path.name, _content(path))
        yield Output("metrics", prometheus_client.generate_latest().decode())

    return Line(collecting, process, count, outputs)


def _claim(database: Database) -> list[jobs.Job]:
    with database.transaction() as db:
        return jobs.claim(db, "tests", 10, 600)


def _content(extract: Path) -> str:
    """The text of a file of an extract."""
    if extract.suffix == ".parquet":
        return str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(extract)]).fetchall())
    content = extract.read_bytes()
    return (gzip.decompress(content) if extract.suffix == ".gz" else content).decode()


def _documents(rest: WsgiApp, ids: list[CrashId]) -> Iterator[Output]:
    """All that REST answers about the crashes to somebody without a token."""
    signatures = {
        ask(rest, f"/api/ProcessedCrash/?crash_id={crash_id}").json()["signature"]
        for crash_id in ids
    }
    samples = {"crash_id": ids, "signature": signatures, "signatures": signatures,
               "bug_ids": ["1"], "a": ["1.0"], "b": ["2.0"], "build_id": ["20261101031153"],
               "product": ["Firefox"], "channel": ["release"], "days": ["400"]}  # fmt: skip
    for route in ROUTES:
        if route.method != "GET":
            continue
        named = [name for name in samples if name in {p.name for p in route.parameters}]
        for values in itertools.product(*(samples[name] for name in named)):
            address = f"{route.path}?{urlencode(list(zip(named, values, strict=True)))}"
            answer = ask(rest, address)
            if "crash_id" in named or route.name.startswith("SuperSearch"):
                assert answer.status == 200, answer.text
            assert answer.status in (200, 400, 403), answer.text
            yield Output(address, answer.text)
    yield from _searches(rest, ids)


def _searches(rest: WsgiApp, ids: list[CrashId]) -> Iterator[Output]:
    """Every public field of every crash, and its values counted."""
    for name, field in catalog().items():
        if not field.public:
            continue
        query = [("_columns", "crash_id"), ("_columns", name), ("_results_number", "1000")]
        query += [("date", ">=2026-11-20"), ("date", "<2026-11-27")]
        if field.type != "date":
            query.append(("_facets", name))
        address = f"/api/SuperSearch/?{urlencode(query)}"
        answer = ask(rest, address)
        assert answer.json().get("total", 0) >= len(ids), answer.text
        yield Output(address, answer.text)


def _pages(app: WsgiApp, ids: list[CrashId]) -> Iterator[Output]:  # noqa: F811
    """The pages of the crashes and the home page, and all pages that these lead to.

    But none that has the rows of another page in another order, and few with the same parameters.
    """
    waiting = ["/", *(f"/report/index/{crash_id}" for crash_id in ids)]
    seen, kinds = set(waiting), Counter[str]()
    while waiting:
        address = waiting.pop()
        answer = ask(app, address)
        if not answer.headers.get("Content-Type", "").startswith("text/"):
            continue
        yield Output(address, answer.text)
        linked = (html.unescape(link) for link in re.findall(r'href="(/[^"#]*)', answer.text))
        # What is below /api/ is REST, which _documents reads.
        below: tuple[str, ...] = ("/static/", "/api/")
        if address.startswith(_SEARCH):
            below += (_SEARCH,)  # searches lead to others without end
        for link in linked:
            kind = _kind(link)
            if link in seen or link.startswith(below) or re.search("[?&]order", link):
                continue
            if kinds[kind] >= _MOST_OF_A_KIND:
                continue
            waiting.append(link)
            seen.add(link)
            kinds[kind] += 1
        assert len(seen) < _MOST_PAGES


def _kind(address: str) -> str:
    """Addresses of one page with the same parameters are of one kind."""
    url = urlsplit(address)
    names = sorted({name for name, _ in parse_qsl(url.query)})
    return f"{url.path} {names}" if names else address


def _tables(database: Database) -> Iterator[Output]:
    """All rows of all tables but the one that only holders of view_pii are shown."""
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in cursor.fetchall():
            if table.startswith(_PROTECTED_TABLE):
                continue
            cursor.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, table))
            )
            yield Output(f"table {table}", "\n".join(row for (row,) in cursor.fetchall()))
