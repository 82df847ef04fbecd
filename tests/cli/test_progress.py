"""The progress bar of commands."""

from io import StringIO

import pytest
from rich.console import Console

from cli.commands import progress


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, is_spoken: bool = False) -> str:
    """What a bar writes to stderr."""
    output = StringIO()
    console = Console(file=output, force_terminal=terminal, width=100)
    monkeypatch.setattr(progress, "screen", lambda: console)
    with progress.progress_bar(is_spoken=is_spoken) as bar:
        task = bar.add_task("[bold]adding", total=12)
        bar.update(task, advance=3)
    return output.getvalue()


def test_a_bar_says_what_is_done_and_how_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True)

    assert "[bold]adding" in text
    assert "3/12" in text


def test_a_bar_is_silent_where_stderr_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False) == ""


def test_a_long_command_writes_lines_where_stderr_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    young = shown(monkeypatch, terminal=False, is_spoken=True)
    monkeypatch.setattr(progress, "SPOKEN_SECONDS", 0)
    old = shown(monkeypatch, terminal=False, is_spoken=True)

    assert young == "[bold]adding …\n"
    assert old == "[bold]adding …\n[bold]adding: 3 of 12\n"
    assert "3/12" in shown(monkeypatch, terminal=True, is_spoken=True)
