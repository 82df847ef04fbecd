"""The progress bar of commands: on stderr, and only where that is a terminal."""

import sys

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from cli.commands.group import screen


def progress_bar(*amounts: ProgressColumn) -> Progress:
    """Return a bar to use in a with block; *amounts* are shown in place of "3/12"."""
    console = screen()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *(amounts or (MofNCompleteColumn(),)),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # a pipe gets the results, not the bar
    )
