"""The service as it runs: forked workers, signals, a worker that is killed, health."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from cli.local.postgres import free_port
from processor.confinement import measures, memory_measure
from processor.worker import Context
from socorro import jobs
from socorro.crash import RawCrash
from socorro.postgres import Database, execute
from socorro.symbols import index_walker
from tests.processor.conftest import RUST, SYMBOLS, running, sleeper
from tests.processor.conftest import wait_until as until
from tests.walker import walks

Start = Callable[..., "Service"]
Submit = Callable[..., RawCrash]


class Service:
    """`python -m processor` with settings of its own."""

    command = ("-m", "processor")

    def __init__(self, home: Path, dsn: str, **settings: object) -> None:
        self.port = free_port()
        values = {"port": self.port, "processes": 1, "walker": RUST, "symbols": f'["{SYMBOLS}"]'}
        values |= settings
        environment = {
            "PATH": os.environ["PATH"],
            "SOCORRO_HOME": str(home),
            "SOCORRO_DATABASE": dsn,
            "SOCORRO_STORE": f"file://{home}/crashes",
            **{f"SOCORRO_PROCESSOR_{name.upper()}": str(value) for name, value in values.items()},
        }
        self.log = home / "log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [sys.executable, *self.command], env=environment, stderr=log
            )

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def up(self) -> bool:
        try:
            return self.get("/__lbheartbeat__")[0] == 200
        except OSError:
            return False

    def metrics(self) -> str:
        try:
            return self.get("/metrics")[1]
        except OSError:
            return ""

    def events(self) -> list[dict[str, object]]:
        # On a busy machine the health server's own messages are among them.
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture
def start(tmp_path: Path, dsn: str) -> Iterator[Start]:
    running = []

    def one(**settings: object) -> Service:
        running.append(Service(tmp_path, dsn, **settings))
        return running[-1]

    yield one
    for service in running:
        service.child.terminate()
        service.child.wait(60)


def state(database: Database) -> list[tuple[str, int]]:
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT state, attempts FROM jobs")
        return cursor.fetchall()


def test_jobs_become_reports_and_sigterm_ends_the_service(
    context: Context, submit: Submit, start: Start
) -> None:
    # Defect 19 of earlier systems: the processor ignored SIGTERM.
    before = submit(Comments="secret words", URL="http://secret")
    service = start(processes=2)
    until(lambda: not state(context.database))
    submit()
    until(lambda: not state(context.database))
    until(service.up)

    status, heartbeat = service.get("/__heartbeat__")
    assert (status, json.loads(heartbeat)["errors"]) == (200, [])
    exposition = service.get("/metrics")[1]
    service.child.terminate()

    assert service.child.wait(60) == 0
    assert 'socorro_processor_crashes_total{status="OK"} 2.0' in exposition
    for stage in ("fetch", "walk", "rules", "save"):
        assert f'socorro_processor_stage_seconds_count{{stage="{stage}"}} 2.0' in exposition
    assert "socorro_processor_latency_seconds_count 2.0" in exposition
    [line] = [event for event in service.events() if event.get("crash_id") == before.crash_id]
    assert line["event"] == "crash processed"
    assert line["signature"] == "(anonymous namespace)::CrashFunction"
    assert line["status"] == "OK"
    assert "secret" not in service.log.read_text()


def test_a_service_without_a_walker_is_not_healthy_and_spoils_no_job(
    context: Context, submit: Submit, start: Start
) -> None:
    submit()
    service = start(walker="/no/such/walker")
    until(service.up)
    until(lambda: "waiting" in [event["event"] for event in service.events()])

    status, body = service.get("/__heartbeat__")

    assert status == 503
    assert json.loads(body)["errors"] == [{"name": "walker", "msg": "WalkerMissing"}]
    assert state(context.database) == [("waiting", 0)]


def test_on_sigterm_a_walk_that_takes_too_long_is_killed_and_its_job_given_back(
    context: Context, submit: Submit, start: Start, fake: Callable[..., str]
) -> None:
    submit()
    command = sleeper()
    service = start(walker=fake(f"exec {command}"), stop_seconds=0.2)
    until(lambda: running(command))

    service.child.terminate()

    assert service.child.wait(60) == 0
    assert state(context.database) == [("waiting", 0)]
    assert running(command) == []


def test_what_a_killed_worker_held_is_finished_by_another(
    context: Context, submit: Submit, start: Start, fake: Callable[..., str], tmp_path: Path
) -> None:
    raw, command, marks = submit(), sleeper(), tmp_path / "marks"
    marks.mkdir()
    script = f'[ -e {marks}/second ] && exec {RUST} "$@"; exec {command}'
    start(walker=fake(script), walker_reads=json.dumps([RUST, str(marks)]))
    until(lambda: running(command))

    (marks / "second").touch()
    [walker] = running(command)
    worker = walker.parents()[2]  # above the walk host and its parent
    assert worker.cmdline()[1:] == ["-m", "processor"]
    worker.kill()
    until(lambda: not running(command))
    with context.database.transaction() as db:
        execute(db, "UPDATE jobs SET lease_until = now()")
    until(lambda: reaped(context.database))
    until(lambda: not state(context.database))

    assert context.store.get_processed(raw.crash_id)["mdsw_status_string"] == "OK"


def reaped(database: Database) -> list[jobs.CrashState]:
    with database.transaction() as db:
        return jobs.reap(db, most=5)


@pytest.mark.walker
def test_the_service_makes_the_indexes_that_its_walks_missed(
    context: Context, submit: Submit, start: Start, tmp_path: Path
) -> None:
    # The way that `make walker` prepares: the setting finds what it built.
    service = start(index_seconds=0.1)
    first = submit()
    until(lambda: len(walks.indexes(tmp_path / "symbols-index")) == 2)
    until(lambda: 'socorro_symbol_index_builds_total{outcome="built"} 2' in service.metrics())

    second = submit()

    until(lambda: 'socorro_symbol_index_lookups_total{outcome="hit"} 2' in service.metrics())
    until(lambda: not state(context.database))
    exposition = service.metrics()
    assert 'socorro_symbol_index_lookups_total{outcome="miss"} 2' in exposition
    size = sum(path.stat().st_size for path in walks.indexes(tmp_path / "symbols-index"))
    assert f"socorro_symbol_index_bytes {float(size)}" in exposition
    crashes = [context.store.get_processed(raw.crash_id) for raw in (first, second)]
    assert {crash["signature"] for crash in crashes} == {"(anonymous namespace)::CrashFunction"}
    assert {crash["stackwalk_version"] for crash in crashes} == {
        "index-walker 1.0.0+rust-minidump.0.25.0"
    }


def test_a_service_without_the_index_walker_says_so_once(
    context: Context, submit: Submit, start: Start
) -> None:
    service = start(processes=2, index_walker="")
    submit()
    submit()
    until(lambda: not state(context.database))

    hints = [event["hint"] for event in service.events() if "hint" in event]

    assert hints == [index_walker.HINT]


def test_the_service_reports_how_its_walkers_are_confined(context: Context, start: Start) -> None:
    service = start()
    until(service.up)

    heartbeat = json.loads(service.get("/__heartbeat__")[1])

    expected = [*measures(), memory_measure()]
    assert heartbeat["confinement"] == [one._asdict() for one in expected]
    [line] = [event for event in service.events() if "in_force" in event]
    assert line["in_force"] == [one.name for one in expected if one.in_force]
    assert line.get("missing", {}) == {one.name: one.reason for one in expected if one.reason}


UNPRIVILEGED = "from processor.confined.linux import drop_capabilities; drop_capabilities()\n"
READ_MEMORY = """
import sys
for pid in sys.argv[1:]:
    try:
        open(f'/proc/{pid}/environ').read()
        print('read')
    except PermissionError:
        print('refused')
"""


def test_the_memory_of_the_service_is_hidden_from_its_user(
    context: Context, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root reads everything, unless it has given up its privileges: then it is like any user."""
    run_it = UNPRIVILEGED + "from processor.app import main; main()"
    monkeypatch.setattr(Service, "command", ("-c", run_it))
    service = start()
    until(service.up)
    family = [service.child, *psutil.Process(service.child.pid).children()]
    code = f"{UNPRIVILEGED}print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        words = [UNPRIVILEGED + READ_MEMORY, str(other.pid), *(str(one.pid) for one in family)]
        done = subprocess.run(
            [sys.executable, "-c", *words], capture_output=True, text=True, check=True
        )

    assert done.stdout.split() == ["read", *["refused"] * len(family)]
