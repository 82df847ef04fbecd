"""`socorro health` and `socorro status` beside a crashmover that runs, and one that does not."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from cli.local.postgres import free_port
from cli.services import SERVICES
from socorro.health.config import PORTS, HealthConfig
from socorro.health.ports import read_port
from socorro.spool.spool import Spool
from tests.crashmover.spooled import spooled

Run = Callable[..., Result]


@contextmanager
def a_crashmover(home: Path, port: int) -> Iterator[None]:
    """A real one; it is stopped at the end."""
    environment = {
        **os.environ,
        "SOCORRO_HOME": str(home),
        "SOCORRO_CRASHMOVER_PORT": str(port),
        "SOCORRO_COLLECTOR_RESERVE": "0",
    }
    process = subprocess.Popen([sys.executable, "-m", "crashmover"], env=environment)
    try:
        until = time.monotonic() + 30
        while not read_port("crashmover", f"http://127.0.0.1:{port}", 2).answers:
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_stopped_crashmover_is_critical_and_said_by_both_commands(
    run: Run, settings: Path, home: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("SOCORRO_HEALTH_CRASHMOVER", f'["http://127.0.0.1:{port}"]')
    monkeypatch.setenv("SOCORRO_HEALTH_ANSWER_SECONDS", "30")
    with a_crashmover(home, port):
        healthy, status = run("health", "--brief"), run("status")
    spooled(spool, datetime.now(UTC))
    stopped, stopped_status = run("health", "--json"), run("status")

    assert (healthy.exit_code, status.exit_code) == (0, 0), (healthy.output, status.output)
    assert healthy.output.startswith("OK - no crash in the last hour, ")
    document = json.loads(stopped.output)
    assert (stopped.exit_code, document["status"]) == (2, "critical")
    assert document["sentence"].startswith("Critical: crashmover does not answer")
    [service] = document["services"]
    assert service["ports"] == [
        {"address": f"http://127.0.0.1:{port}", "answers": False, "failed_checks": [],
         "error": "no connection"}
    ]  # fmt: skip
    assert stopped_status.exit_code == 1
    assert f"The crashmover does not answer (http://127.0.0.1:{port}: no connection)." in (
        stopped_status.output
    )
    assert "1 crash waits in the spool, the oldest for " in stopped_status.output


def test_crashes_that_do_not_leave_the_spool_make_status_fail(
    run: Run, settings: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(spool, datetime.now(UTC))
    young = run("status")
    monkeypatch.setenv("SOCORRO_HEALTH_SPOOL_WARNING_SECONDS", "0.001")

    old = run("status", "--json")

    assert young.exit_code == 0
    assert old.exit_code == 1
    [text] = json.loads(old.output)["stuck"]
    assert text.startswith("1 crash waits in the spool, the oldest for ")


def test_health_without_postgres_is_critical_and_no_error(
    run: Run, home: Path, spool: Spool
) -> None:
    (home / "running.toml").write_text(
        'database = "host=127.0.0.1 port=1 dbname=nothing"\n\n[health]\n'
        + "".join(f"{service} = []\n" for service in PORTS)
    )

    result = run("health")

    assert result.exit_code == 2
    assert result.output.splitlines()[0] == "CRITICAL - Postgres does not answer."
    assert "Connection refused" in result.output


def test_health_knows_the_ports_of_this_machine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {name: config.model_fields["port"].default for name, config in SERVICES.items()} == PORTS

    (home / "running.toml").write_text("[processor]\nport = 9999\n")
    monkeypatch.setenv("SOCORRO_COLLECTOR_HOST", "0.0.0.0")
    config = HealthConfig()

    assert config.processor == ["http://127.0.0.1:9999"]
    assert config.collector == ["http://127.0.0.1:8882"]
