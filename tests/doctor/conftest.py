"""A machine whose home is the test's folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.doctor.checks import CHECKS
from cli.doctor.machine import read_machine
from cli.doctor.report import Finding
from cli.doctor.run import run
from cli.local.ports import free_ports
from socorro.health.facts import Level

Look = Callable[..., list[Finding]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("SOCORRO_HOME", str(home))
    return home


@pytest.fixture
def look(home: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Run the check of a name, with settings from the environment: look("schema", DATABASE=…)."""

    def call(name: str, **settings: object) -> list[Finding]:
        for setting, value in settings.items():
            monkeypatch.setenv(f"SOCORRO_{setting}", str(value))
        [check] = [check for check in CHECKS if check.name == name]
        [result] = run([check], read_machine())
        for finding in result.findings:
            assert bool(finding.fix) == (finding.level > Level.OK), finding
        return list(result.findings)

    return call


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    [port] = free_ports(1)
    return port
