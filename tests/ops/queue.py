"""The job queue over RabbitMQ: its contract, its pace and that of Postgres, a broker that dies."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import OK
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from cli.local import postgres, rabbitmq
from socorro import jobs, roles
from socorro.config import SharedConfig
from socorro.jobs.address import POSTGRES
from socorro.jobs.interface import BrokerUnavailable
from socorro.jobs.open import open_dispatcher
from socorro.migrate import migrate
from socorro.postgres import Database, execute, value
from tests import places
from tests.builders import TEST_DUMP, make_crash
from tests.ops.registry import Figures, check
from tests.system.line import HTTP, running

CHECKOUT = Path(__file__).parents[2]
WORKERS = 4
JOBS = 4000
NEEDS = ("rabbitmq-server", "epmd")


@check("queue-contract", needs=NEEDS)
def contract(figures: Figures) -> None:
    """RabbitMQ keeps the contract of queues, also when it or a worker is killed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/contract/broker_contract.py"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=600, check=True,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT}:{os.environ.get('PYTHONPATH', '')}"},
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout
    figures.say("passed", int(passed[1]), "tests")


@check("queue-pace", needs=NEEDS)
def pace(figures: Figures) -> None:
    """Jobs without work are handed out and ended by either queue faster than crashes come."""
    with database() as dsn, broker() as server:
        for name, shared in (("Postgres", SharedConfig()), ("RabbitMQ", settings(server))):
            pool = Database(dsn)
            offer(pool, JOBS)
            with workers(shared, dsn, WORKERS), dispatching(shared, pool):
                wait_until_done(pool)
            figures.say(name, round(JOBS / seconds_between(pool)), "jobs/s")
            assert ended(pool) == (JOBS, JOBS)
            clear(pool)
            pool.close()


@check("queue-failover", needs=NEEDS)
def failover(figures: Figures) -> None:
    """A broker that is killed with unacknowledged jobs loses none, and doubles none."""
    with database() as dsn, broker() as server:
        shared, pool = settings(server), Database(dsn)
        offer(pool, 600)
        with dispatching(shared, pool), workers(shared, dsn, WORKERS, seconds=0.05):
            while ended(pool)[0] < 50:
                time.sleep(0.02)
            server.kill()
            time.sleep(2)  # workers end what they have, and cannot have more
            before = ended(pool)[0]
            assert before < 600
            server.start()
            began = time.monotonic()
            while ended(pool)[0] == before:
                time.sleep(0.02)
            figures.say("redelivered after", time.monotonic() - began, "s")
            wait_until_done(pool)
        count, crashes = ended(pool)
        figures.say("lost", 600 - crashes)
        figures.say("doubled", count - crashes)
        assert (count, crashes) == (600, 600)


@check("queue-line", needs=NEEDS)
def line(figures: Figures) -> None:
    """QUEUE=rabbitmq make run: a crash comes from POST to its report by way of the broker."""
    home = places.folder("home")
    home.mkdir()
    environment = {**os.environ, "SOCORRO_HOME": str(home)}
    command = [sys.executable, "-m", "cli.main"]
    try:
        with running(home, QUEUE="rabbitmq") as started:
            began = time.monotonic()
            run = partial(subprocess.run, cwd=CHECKOUT, env=environment, capture_output=True)
            run([*command, "submit", str(TEST_DUMP)], check=True)
            while b'"processed": 1' not in run([*command, "status", "--json", "--days=1"]).stdout:
                assert time.monotonic() < began + 120
            figures.say("processed after", time.monotonic() - began, "s")
            for service in ("monitor", "processor"):
                assert HTTP.request("GET", started.url(service, "/__heartbeat__")).status == OK
            assert f'queue = "amqp://{rabbitmq.USER}@' in (home / "running.toml").read_text()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def database() -> Iterator[str]:
    """A real Postgres with the schema, and a table of what was done."""
    data = places.folder("pg")
    try:
        with postgres.running(data, postgres.binaries(None)) as dsn:
            with closing(psycopg2.connect(dsn)) as db, db:
                roles.create(db, {})
            with closing(psycopg2.connect(dsn)) as db:
                db.autocommit = True
                with db.cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE queue OWNER {roles.OWNER}")
            owner = make_dsn(dsn, dbname="queue", user=roles.OWNER)
            migrate(owner)
            with closing(psycopg2.connect(owner)) as db, db, db.cursor() as cursor:
                cursor.execute("CREATE TABLE done (crash_id uuid, ended_at timestamptz)")
            yield owner
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def broker() -> Iterator[rabbitmq.Server]:
    """A real RabbitMQ."""
    folder = places.folder("rabbitmq")
    try:
        with rabbitmq.running(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settings(server: rabbitmq.Server) -> SharedConfig:
    """Return the settings that name this broker."""
    return SharedConfig(queue=server.url, queue_password_file=server.password_file)


def offer(pool: Database, count: int) -> None:
    """Queue so many new crashes."""
    with pool.transaction() as db:
        jobs.offer(db, [make_crash().crash_id for _ in range(count)])


def ended(pool: Database) -> Sequence[int]:
    """Return how many jobs were ended, and how many crashes these are."""
    with pool.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT crash_id) FROM done")
        return cursor.fetchone()


def seconds_between(pool: Database) -> float:
    """Return the seconds from the first end to the last."""
    with pool.transaction() as db:
        return float(
            value(db, "SELECT extract(epoch FROM max(ended_at) - min(ended_at)) FROM done")
        )


def clear(pool: Database) -> None:
    """Forget what was done."""
    with pool.transaction() as db:
        execute(db, "TRUNCATE done")


def wait_until_done(pool: Database) -> None:
    """Wait until no job is left."""
    deadline = time.monotonic() + 300
    while True:
        with pool.transaction() as db:
            if not value(db, "SELECT count(*) FROM jobs"):
                return
        assert time.monotonic() < deadline, "jobs are left after five minutes"
        time.sleep(0.05)


@contextmanager
def dispatching(shared: SharedConfig, pool: Database) -> Iterator[None]:
    """Run the monitor's loop, where the queue needs it."""
    dispatcher, stop = open_dispatcher(shared, pool), threading.Event()

    def run() -> None:
        while dispatcher and not stop.is_set():
            more = False
            with suppress(BrokerUnavailable):
                more = dispatcher.dispatch()
            stop.wait(0 if more else 0.25)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        if dispatcher:
            dispatcher.close()


@contextmanager
def workers(shared: SharedConfig, dsn: str, count: int, seconds: float = 0) -> Iterator[None]:
    """Run so many processes that work on jobs."""
    password_file = str(shared.queue_password_file or "-")
    url = shared.queue if shared.queue_password_file else POSTGRES
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.ops.queue_worker", f"worker{number}", url,
             password_file, dsn, str(seconds)],
            cwd=CHECKOUT, stdout=subprocess.DEVNULL,
        )
        for number in range(count)
    ]  # fmt: skip
    try:
        yield
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(60)
