"""Fixtures that many tests share: real servers, a database of one's own."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import happybase
import psycopg2
import pytest
import structlog
from hypothesis import HealthCheck, settings
from psycopg2.extensions import make_dsn

from cli.local import hbase as local_hbase
from cli.local import postgres as local_postgres
from socorro import roles
from socorro.config import load
from socorro.crashstore.open import create_tables
from socorro.migrate import migrate
from socorro.postgres import Database
from tests import places, scheduling, shared_elasticsearch
from tests.faults import processes

# Tests run side by side on machines that do other things too: slow is no fault of theirs.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Folders with files that take longest: late ones would leave a worker alone with them.
LONG = ("system", "local", "contract", "privacy", "webapp", "cli", "fakedata", "signature")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest come first, so that no worker is left alone with them."""
    items.sort(key=_is_short)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out tests by file, those of HBase together."""
    return scheduling.scheduler(config, log)


def _is_short(item: pytest.Item) -> int:
    if item.get_closest_marker("hbase") or item.get_closest_marker("elasticsearch"):
        return 0
    folder = item.path.parent.name
    return 1 + (LONG.index(folder) if folder in LONG else len(LONG))


# Playwright keeps an event loop in the thread of the tests, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Each test starts with the log as Python starts: a test that sets it up is alone with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server with a migrated template database."""
    bindir_setting = os.environ.get("SOCORRO_PG_BINDIR")
    bindir = local_postgres.binaries(Path(bindir_setting) if bindir_setting else None)
    data = places.folder("pg")
    with local_postgres.running(data, bindir) as dsn:
        with closing(psycopg2.connect(dsn)) as db, db:
            roles.create(db, {})
        admin(dsn, f"CREATE DATABASE template OWNER {roles.OWNER}")
        migrate(make_dsn(dsn, dbname="template", user=roles.OWNER))
        yield dsn
    shutil.rmtree(data, ignore_errors=True)


class SparePostgres(NamedTuple):
    """A server that a test may stop and go on with: where it is, and its process."""

    dsn: str
    pid: int

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it stand still, with all its sessions, for the length of a with block."""
        with processes.stopped(processes.family(self.pid)):
            yield


@pytest.fixture(scope="session")
def spare_postgres() -> Iterator[SparePostgres]:
    """A real server beside that of the other tests, without a schema."""
    setting = os.environ.get("SOCORRO_PG_BINDIR")
    data = places.folder("pg")
    with local_postgres.running(
        data, local_postgres.binaries(Path(setting) if setting else None)
    ) as at:
        with closing(psycopg2.connect(at)) as db, db:
            roles.create(db, {})
        yield SparePostgres(at, int((data / "postmaster.pid").read_text().split()[0]))
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def dsn(postgres_dsn: str) -> Iterator[str]:
    """The connection string of a migrated, empty database that only this test uses."""
    with copy_of(postgres_dsn, "template", f"test_{secrets.token_hex(6)}") as copy:
        yield copy


@pytest.fixture
def as_role(dsn: str) -> Iterator[Callable[[str], Database]]:
    """Open a pool on the test's database as the role of a service."""
    with ExitStack() as pools:

        def open_pool(service: str) -> Database:
            pool = Database(make_dsn(dsn, user=roles.ROLES[service]), size=8, name=service)
            pools.callback(pool.close)
            return pool

        yield open_pool


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    """A pool on a migrated, empty database."""
    pool = Database(dsn, size=8, name="tests")
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def hbase() -> Iterator[local_hbase.Server]:
    """A real HBase with its Thrift gateway; who kills it starts it again."""
    folder = places.folder("hbase")
    with local_hbase.running(folder, load(local_hbase.HBaseConfig).cache) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def hbase_prefixes() -> list[str]:
    """Prefixes of tables that exist and are empty; making tables takes a second."""
    return []


@pytest.fixture
def hbase_url(hbase: local_hbase.Server, hbase_prefixes: list[str]) -> Iterator[str]:
    """The URL of a crash store in HBase with empty tables that only this test uses."""
    prefix = hbase_prefixes.pop() if hbase_prefixes else f"test_{secrets.token_hex(6)}"
    url = f"{hbase.url}/{prefix}"
    create_tables(url)
    yield url
    connection = happybase.Connection("127.0.0.1", hbase.ports.port, table_prefix=prefix)
    for name in connection.tables():
        table = connection.table(name)
        with table.batch() as batch:
            for row, _ in table.scan(filter="KeyOnlyFilter()"):
                batch.delete(row)
    connection.close()
    hbase_prefixes.append(prefix)


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Elasticsearch that all workers share; who needs it to go away starts its own."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with shared_elasticsearch.server(folder) as url:
        yield url


@pytest.fixture
def elasticsearch_prefix(elasticsearch_url: str) -> Iterator[str]:
    """A prefix of indices that only this test uses."""
    prefix = f"test-{secrets.token_hex(6)}"
    yield prefix
    shared_elasticsearch.remove(elasticsearch_url, prefix)


@contextmanager
def copy_of(postgres_dsn: str, source: str, name: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to: its connection string, as superuser."""
    statement = f"CREATE DATABASE {name} OWNER {roles.OWNER} TEMPLATE {source} STRATEGY file_copy"
    admin(postgres_dsn, statement)
    yield make_dsn(postgres_dsn, dbname=name)
    admin(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")


def admin(dsn: str, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    db = psycopg2.connect(dsn)
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute(statement)
    db.close()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a skipped test fail the run in CI: what was not tried does not work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
