"""Checks run when chosen; one that fails fails the run, and so does choosing none."""

import subprocess
import sys

import pytest

from tests.ops import __main__ as program
from tests.ops import registry


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three checks: one passes, one does not, one needs a program that nobody has."""
    monkeypatch.setattr(registry, "_checks", [])

    @registry.check("good-one", quick=True)
    def good(figures: registry.Figures) -> None:
        """All is well."""
        figures.say("restored", 100000, "crashes")

    @registry.check("bad-one")
    def bad(figures: registry.Figures) -> None:
        """All is well."""
        subprocess.run([sys.executable, "-c", "exit('disk is full')"], check=True, stderr=-1)

    @registry.check("good-tool", needs=["no-such-program"])
    def tool(figures: registry.Figures) -> None:
        """All is well."""

    monkeypatch.setattr(registry, "checks", lambda: registry._checks)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--quick"], 0, "restored 100,000 crashes\n1 of 1 ops checks passed"),
        (["--only", "bad-*"], 1, "0 of 1 ops checks passed"),
        (["--only", "good-*"], 1, "1 of 2 ops checks passed"),
        (["--only", "nobody"], 1, "0 of 0 ops checks passed"),
        (["--list"], 0, "All is well."),
    ],
)
@pytest.mark.usefixtures("declared")
def test_a_run_is_good_only_if_every_chosen_check_passed(
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["tests.ops", *arguments])
    assert program.main() == code
    assert said in capsys.readouterr().out


@pytest.mark.usefixtures("declared")
def test_a_failed_command_shows_what_it_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tests.ops", "--only", "*-*"])
    program.main()
    error = capsys.readouterr().err
    assert "disk is full" in error
    assert "no-such-program missing" in error
