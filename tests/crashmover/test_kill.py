"""The crashmover as a process: killed, stopped, asked for its health."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3

from cli.local.postgres import free_port
from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro.crashstore.interface import CrashStore
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.builders import NOON
from tests.crashmover.spooled import spooled

CHECKOUT = Path(__file__).parent.parent.parent
DAY = timedelta(days=1)


@contextmanager
def crashmover(home: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The real service; yields the process and the URL of its health."""
    port = free_port()
    settings = {
        **os.environ, "SOCORRO_HOME": str(home), "SOCORRO_CRASHMOVER_PORT": str(port),
        **environment,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "crashmover"], env=settings, cwd=CHECKOUT, stderr=subprocess.PIPE
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def until(condition: object, seconds: float = 30) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_forget_loses_nothing_and_doubles_nothing(
    tmp_path: Path, spool: Spool, store: CrashStore, when: str
) -> None:
    ids = sorted(spooled(spool).crash_id for _ in range(3))

    killed = subprocess.run(
        [sys.executable, "-m", "tests.crashmover.killed", str(tmp_path), when],
        cwd=CHECKOUT,
        check=False,
    )
    left = list(spool.ids())
    Mover(spool, store, Stop(), CrashmoverConfig()).move_all()

    assert killed.returncode == -signal.SIGKILL
    assert (len(left) == 3) is (when == "before")
    assert sorted(store.submitted(NOON - DAY, NOON + DAY)) == ids
    assert sorted(entry.crash_id for entry in store.waiting()) == ids


def test_the_service_moves_what_comes_and_ends_on_sigterm(
    tmp_path: Path, spool: Spool, store: CrashStore
) -> None:
    raw = spooled(spool)

    with crashmover(tmp_path) as (process, _url):
        until(lambda: raw.crash_id in set(store.submitted(NOON - DAY, NOON + DAY)))
        until(lambda: not list(spool.ids()))
        process.terminate()
        code = process.wait(60)
        log = process.stderr.read().decode() if process.stderr else ""

    assert code == 0
    [event] = [json.loads(line) for line in log.splitlines() if "crash stored" in line]
    assert event["crash_id"] == raw.crash_id
    assert event["bytes"] > 0


def test_sigterm_ends_it_though_the_store_never_answers(tmp_path: Path, spool: Spool) -> None:
    raw = spooled(spool)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"hbase://127.0.0.1:{silent.getsockname()[1]}"

        with crashmover(tmp_path, SOCORRO_STORE=url, SOCORRO_CRASHMOVER_DRAIN_SECONDS="0.5") as (
            process,
            _,
        ):
            silent.settimeout(30)
            connection, _address = silent.accept()  # a put is under way
            process.terminate()
            code = process.wait(60)
            connection.close()

    assert code == 0
    assert list(spool.ids()) == [raw.crash_id]


def test_the_service_waits_for_a_spool_and_a_store_that_are_away(
    tmp_path: Path, spool: Spool, store: CrashStore
) -> None:
    raw = spooled(spool)
    for name in ("spool", "crashstore"):
        (tmp_path / name).rename(tmp_path / f"{name}.away")

    with crashmover(tmp_path) as (_, url):
        http = urllib3.PoolManager(retries=urllib3.Retry(10, backoff_factor=0.1))
        ill = http.request("GET", f"{url}/__heartbeat__")
        (tmp_path / "spool.away").rename(tmp_path / "spool")
        until(lambda: len(http.request("GET", f"{url}/__heartbeat__").json()["errors"]) == 1)
        is_made = (tmp_path / "crashstore").exists()
        (tmp_path / "crashstore.away").rename(tmp_path / "crashstore")
        until(lambda: raw.crash_id in set(store.submitted(NOON - DAY, NOON + DAY)))
        well = http.request("GET", f"{url}/__heartbeat__")

    assert [error["name"] for error in ill.json()["errors"]] == ["spool", "store"]
    assert not is_made
    assert well.status == 200


@pytest.mark.usefixtures("spool")
def test_the_heartbeat_tells_when_the_store_is_away(tmp_path: Path) -> None:
    with crashmover(tmp_path, SOCORRO_STORE=f"hbase://127.0.0.1:{free_port()}") as (_, url):
        http = urllib3.PoolManager(retries=urllib3.Retry(10, backoff_factor=0.1))

        alive = http.request("GET", f"{url}/__lbheartbeat__")
        well = http.request("GET", f"{url}/__heartbeat__")

    assert alive.status == 200
    assert well.status == 503
    assert [error["name"] for error in well.json()["errors"]] == ["store"]
