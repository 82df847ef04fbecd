"""systemd's answers: a script stands in for systemctl, which answers on a booted machine only."""

from pathlib import Path

import pytest
from socorro_deploy.failure import NotHealthy
from socorro_deploy.managers import Systemd

RUNS = "MainPID=42\nActiveState=active\nSubState=running\nLoadState=loaded\n"


def answering(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Have a systemctl that runs a script and writes its arguments down; return where."""
    program, calls = folder / "systemctl", folder / "calls"
    program.write_text(f'#!/bin/sh\necho "$@" >>{calls}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return calls


@pytest.mark.parametrize(
    ("answer", "pid"), [(RUNS, 42), (RUNS.replace("42", "0").replace("active", "inactive"), None)]
)
def test_the_process_of_a_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, pid: int | None
) -> None:
    answering(tmp_path, monkeypatch, f"printf '{answer}'")

    assert Systemd().pid("socorro-collector@8882.service") == pid


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (RUNS.replace("=active", "=failed"), "ended by itself: see `journalctl -u unit`"),
        (RUNS.replace("running", "auto-restart"), "ended by itself"),
        (RUNS.replace("loaded", "not-found"), "systemd has no unit"),
    ],
)
def test_a_unit_that_ended_or_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, words: str
) -> None:
    answering(tmp_path, monkeypatch, f"printf '{answer}'")

    with pytest.raises(NotHealthy, match=words):
        Systemd().pid("unit")


@pytest.mark.parametrize(
    ("script", "words"),
    [("exec sleep 20", "`systemctl stop unit` hangs"), ("echo no >&2; exit 1", "failed: no")],
)
def test_a_unit_that_does_not_stop_or_start_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    answering(tmp_path, monkeypatch, script)

    with pytest.raises(NotHealthy, match=words):
        Systemd().stop("unit", 0.3)


def test_a_restart_forgets_that_the_unit_failed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = answering(tmp_path, monkeypatch, "")

    Systemd().restart("unit", 5)
    Systemd().kill("unit")

    expected = ["reset-failed unit", "restart unit", "kill --signal=SIGKILL unit"]
    assert calls.read_text().splitlines() == expected
