"""Faults of the machine itself: what runs on ports, who owns files, what limits there are."""

import os
import socket
from pathlib import Path

import pytest

from cli.doctor import here
from cli.doctor.report import Finding
from socorro.health.facts import Level
from socorro.serving.server import serve_health
from tests.doctor.conftest import Look


def worst(findings: list[Finding]) -> Finding:
    return max(findings, key=lambda finding: finding.level)


def test_a_python_that_is_too_old_is_a_problem(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worst(look("python version")).level == Level.OK
    monkeypatch.setattr(here, "OLDEST_PYTHON", (4, 2))
    assert worst(look("python version")).fix == "install Python 4.2 or newer"


def test_packages_that_are_missing_are_named(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worst(look("packages")).level == Level.OK
    required = ["click", "no-such-package>=2", 'never; extra == "x"']
    monkeypatch.setattr("importlib.metadata.requires", lambda _name: required)

    [finding] = look("packages")

    assert (finding.level, finding.text) == (
        Level.CRITICAL,
        "packages are missing: no-such-package",
    )


@pytest.mark.parametrize(
    ("toml", "setting", "text"),
    [
        ("port = ", "", "socorro.toml"),
        ('log_format = "xml"', "", "SOCORRO_LOG_FORMAT: Input should be"),
        ("[collector]\nport = 'x'", "SOCORRO_COLLECTOR_PORT", "SOCORRO_COLLECTOR_PORT: Input"),
        ("[health]\ndisk_warning_percent = 200", "", "SOCORRO_HEALTH_DISK_WARNING_PERCENT"),
    ],
)
def test_a_setting_that_is_wrong_is_a_problem_and_stops_no_other_check(
    look: Look, home: Path, toml: str, setting: str, text: str
) -> None:
    (home / "socorro.toml").write_text(toml)

    problems = [one for one in look("settings") if one.level == Level.CRITICAL]

    assert [text in one.text for one in problems] == [True]
    for name in ("free ports", "schema", "spool marker", "certificates", "home folder"):
        look(name)


def test_a_setting_that_is_missing_says_which_service_cannot_run_here(look: Look) -> None:
    assert Finding(
        Level.OK, "webapp cannot run here before SOCORRO_WEBAPP_SECRET_KEY_FILE is set"
    ) in look("settings")


def test_a_port_that_another_program_has_is_a_problem_and_names_the_program(
    look: Look, closed_port: int
) -> None:
    with socket.create_server(("127.0.0.1", closed_port)) as listener:
        listener.settimeout(5)
        [finding] = [
            one
            for one in look("free ports", CRON_PORT=closed_port)
            if f"port {closed_port} " in one.text
        ]

    assert finding.level == Level.CRITICAL
    assert f"is taken by process {os.getpid()} (" in finding.text
    assert finding.fix == "stop it, or set SOCORRO_CRON_PORT to another port"


def test_a_port_that_is_free_or_has_its_own_service_is_ok(look: Look, closed_port: int) -> None:
    free = Finding(Level.OK, f"port {closed_port} (cron) is free")
    assert free in look("free ports", CRON_PORT=closed_port)
    serve_health("127.0.0.1", closed_port, {}, "cron")
    assert Finding(Level.OK, f"cron answers on port {closed_port}") in look("free ports")


@pytest.mark.parametrize(
    ("mode", "level"), [(0o700, Level.OK), (0o711, Level.OK), (0o777, Level.CRITICAL)]
)
def test_a_home_that_others_may_write_to_is_a_problem(
    look: Look, home: Path, mode: int, level: Level
) -> None:
    home.chmod(mode)

    assert worst(look("home folder")).level == level


def test_a_home_that_is_missing_is_a_warning_and_is_not_made(look: Look, home: Path) -> None:
    home.rmdir()

    [finding] = look("home folder")

    assert finding.level == Level.WARNING
    assert not home.exists()


def test_password_files_that_others_may_read_are_problems(look: Look, home: Path) -> None:
    (home / "roles").mkdir()
    for name, mode in (("secret", 0o600), ("roles/cron", 0o640), ("postgres.passfile", 0o604)):
        (home / name).touch()
        (home / name).chmod(mode)

    problems = look("password files")

    assert sorted(one.fix for one in problems) == [
        f"chmod 600 {home}/postgres.passfile",
        f"chmod 600 {home}/roles/cron",
    ]
    for name in ("roles/cron", "postgres.passfile"):
        (home / name).chmod(0o600)
    assert worst(look("password files")).level == Level.OK


@pytest.mark.parametrize(
    ("check", "limit", "text"),
    [
        ("descriptors", "DESCRIPTORS", "files may be open"),
        ("shared memory", "SHARED_MEMORY", "/dev/shm has"),
        ("memory", "MEMORY", "of memory are available"),
    ],
)
def test_a_limit_that_is_too_low_is_a_warning(
    look: Look, monkeypatch: pytest.MonkeyPatch, check: str, limit: str, text: str
) -> None:
    assert worst(look(check)).level == Level.OK
    monkeypatch.setattr(here, limit, 2**62)

    [finding] = look(check)

    assert finding.level == Level.WARNING
    assert text in finding.text


def test_a_file_of_a_server_that_was_killed_is_a_leftover(look: Look, home: Path) -> None:
    assert look("dead servers") == [Finding(Level.OK, "none")]
    (home / "postgres").mkdir()
    (home / "postgres/postmaster.pid").write_text(f"{2**22 + 1}\n/data\n")

    [finding] = look("dead servers")

    assert finding.level == Level.WARNING
    (home / "postgres/postmaster.pid").write_text(f"{os.getpid()}\n")
    assert look("dead servers") == []


def test_a_first_start_that_was_interrupted_is_a_leftover(look: Look, home: Path) -> None:
    assert look("first start") == []
    for name in ("new", "running.toml"):
        (home / name).touch()
    assert worst(look("first start")).level == Level.WARNING
