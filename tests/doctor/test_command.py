"""The command: its report, its exit codes, its time, and that it changes nothing."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.commands import doctor as command
from cli.doctor.checks import CHECKS
from cli.doctor.machine import Machine, read_machine
from cli.doctor.report import SUBJECTS, Check, Finding, ok, problem, warning
from cli.doctor.run import run
from cli.main import main
from socorro.health.facts import Level
from tests.doctor.conftest import Look


def good(_machine: Machine) -> Iterator[Finding]:
    """All is well."""
    yield ok("Python 3")


def doubtful(_machine: Machine) -> Iterator[Finding]:
    """All is well."""
    yield warning("the disk has 9 % free", "make room")


def bad(_machine: Machine) -> Iterator[Finding]:
    """All is well."""
    yield problem("port 8882 is taken \x1b[2J", "stop it")


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


@pytest.fixture
def checks(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    chosen: list[Check] = [Check("python", "good", good)]
    monkeypatch.setattr(command, "CHECKS", chosen)
    return chosen


def test_the_exit_code_is_that_of_the_worst_finding(checks: list[Check]) -> None:
    assert call().exit_code == 0
    checks.append(Check("disks", "doubtful", doubtful))
    assert call().exit_code == 1
    assert call("--problems").exit_code == 0
    checks.append(Check("ports", "bad", bad))
    assert call().exit_code == 2
    assert call("--only", "disks").exit_code == 1
    assert call("--skip", "ports").exit_code == 1
    assert call("--problems").exit_code == 2


def test_the_report_has_a_sentence_and_a_fix_by_subject(checks: list[Check]) -> None:
    checks += [Check("disks", "doubtful", doubtful), Check("ports", "bad", bad)]

    said = call()

    assert said.stdout.splitlines() == [
        "Python and packages",
        "  ok       Python 3",
        "Ports",
        "  problem  port 8882 is taken ␛[2J",
        "           fix: stop it",
        "Disks",
        "  warning  the disk has 9 % free",
        "           fix: make room",
    ]
    assert said.stderr == "1 problem, 1 warning; 1 ok\n"


def test_programs_read_json(checks: list[Check]) -> None:
    checks.append(Check("disks", "doubtful", doubtful))

    document = json.loads(call("--json").stdout)

    assert document["status"] == "warning"
    assert document["findings"][1] == {
        "subject": "disks",
        "check": "doubtful",
        "level": "warning",
        "text": "the disk has 9 % free",
        "fix": "make room",
    }


def test_a_check_that_hangs_or_fails_is_a_finding_and_holds_up_no_other(home: Path) -> None:
    hanging = threading.Event()

    def hangs(_machine: Machine) -> Iterator[Finding]:
        hanging.wait()
        yield ok("never")

    def fails(_machine: Machine) -> Iterator[Finding]:
        yield ok("first")
        raise OSError(5, "Input/output error")

    def forbidden(_machine: Machine) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/secret")
        yield

    chosen = [Check("disks", look.__name__, look) for look in (hangs, fails, forbidden, good)]
    began = time.monotonic()
    results = run(chosen, read_machine(), seconds=0.2)
    hanging.set()

    assert time.monotonic() - began < 1.5
    assert [[one.level for one in result.findings] for result in results] == [
        [Level.WARNING],
        [Level.OK, Level.CRITICAL],
        [Level.WARNING],
        [Level.OK],
    ]
    assert "no answer within 3 seconds" in results[0].findings[0].text
    assert results[2].findings[0].text == "forbidden: no permission for /secret"


def test_before_the_first_start_everything_is_looked_at_and_nothing_is_made(
    home: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_DATABASE", f"host=127.0.0.1 port={closed_port} user=nobody")
    home.rmdir()

    document = json.loads(call("--json").stdout)

    assert not home.exists()
    looked_at = {finding["subject"] for finding in document["findings"]}
    assert looked_at == set(SUBJECTS) - {"schema"}  # Postgres is away
    assert not [one for one in document["findings"] if "cannot be checked" in one["text"]]
    problems = [one["check"] for one in document["findings"] if one["level"] == "problem"]
    assert set(problems) <= {"postgres answers", "free ports", "walker program"}


def test_safety_measures_that_are_not_in_force_are_warnings_with_their_fix(
    look: Look, home: Path
) -> None:
    (home / "secret").write_text("short")
    (home / "secret").chmod(0o644)

    findings = look("check secrets", COLLECTOR_SECRET_FILE=home / "secret")

    assert [(one.level, one.fix) for one in findings] == [
        (Level.WARNING, "docs/security.md says what this stops and how it is set"),
        (Level.WARNING, f"chmod 600 {home}/secret"),
    ]
    (home / "secret").write_text("0123456789abcdef0123")
    (home / "secret").chmod(0o600)
    assert [one.level for one in look("check secrets")] == [Level.OK]


def test_every_check_has_a_subject_a_name_of_its_own_and_a_sentence() -> None:
    assert {check.subject for check in CHECKS} == set(SUBJECTS)
    assert len({check.name for check in CHECKS}) == len(CHECKS) > 30
    assert all(check.sentence.endswith(".") for check in CHECKS)
