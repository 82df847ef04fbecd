"""`socorro cron install|remove|show` on a file, and on a user's crontab through a stand-in."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main

THEIRS = """\
MAILTO=ops@example.com
# backups
5 4 * * *\troot  /usr/bin/backup --all # nightly
@daily root /bin/x
"""
Cron = Callable[..., Result]


@pytest.fixture
def cron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cron:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path / "it's 100% home"))

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["cron", *words])

    return call


def test_an_entry_is_written_once_and_removed_and_others_stay(cron: Cron, tmp_path: Path) -> None:
    file = tmp_path / "socorro"
    file.write_text(THEIRS)
    words = ("--file", str(file), "--user", "socorro")

    first, second = cron("install", *words), cron("install", *words)
    written = file.read_text()
    shown = cron("show", *words)
    removed, again = cron("remove", *words), cron("remove", *words)

    assert (first.stderr, second.stderr) == ("installed\n", "already installed\n")
    [entry] = [line for line in written.splitlines() if line.endswith("# socorro cron")]
    assert entry.startswith("*/5 * * * * socorro SOCORRO_HOME='")
    assert r"it'\''s 100\% home'" in entry
    assert "-m cli.main cron run >>" in entry
    assert shown.stdout == f"{entry}\n"
    for line in ("MAILTO=ops@example.com", "# backups", "@daily root /bin/x"):
        assert line in written
        assert line in file.read_text()
    assert "socorro cron" not in file.read_text()
    assert (removed.stderr, again.stderr) == ("1 removed\n", "0 removed\n")
    assert cron("show", *words).exit_code == 1


def test_installing_with_another_period_changes_the_entry(cron: Cron, tmp_path: Path) -> None:
    file = tmp_path / "socorro"

    cron("install", "--file", str(file))
    cron("install", "--file", str(file), "--minutes", "1")

    [entry] = file.read_text().splitlines()
    assert entry.startswith("* * * * * SOCORRO_HOME=")


def test_a_file_that_cannot_be_written_is_one_line(cron: Cron, tmp_path: Path) -> None:
    result = cron("install", "--file", str(tmp_path / "nowhere" / "socorro"))

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "No such file or directory" in result.stderr


def test_without_a_crontab_command_the_error_says_what_to_do(
    cron: Cron, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    result = cron("install")

    assert result.exit_code == 1
    assert "use --file /etc/cron.d/socorro" in result.stderr


def test_the_users_crontab_is_read_and_written_by_its_command(
    cron: Cron, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for crontab(1): -l lists, - or a file replaces."""
    table, program = tmp_path / "table", tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table} 2>/dev/null; else cat "$1" >{table}; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("crontab.CRON_COMMAND", str(program))
    table.write_text("1 2 3 4 5 /bin/theirs\n")

    cron("install")
    both = table.read_text()
    cron("remove")

    assert "/bin/theirs" in both
    assert "# socorro cron" in both
    assert table.read_text().strip() == "1 2 3 4 5 /bin/theirs"
