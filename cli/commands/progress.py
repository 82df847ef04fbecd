"""The progress of commands: on stderr, as a bar on a terminal, else as lines or not at all."""

import sys
from typing import Any, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from cli.commands.group import screen

SPOKEN_SECONDS: Final = 10.0  # between two lines about one task


class SpokenProgress(Progress):
    """A bar that is a text line from time to time where stderr is no terminal."""

    _spoke = 0.0

    def add_task(self, description: str, *args: Any, **options: Any) -> TaskID:
        """Begin with a task, and say so."""
        task = super().add_task(description, *args, **options)
        if self.disable:
            self.console.print(f"{description} …", markup=False)
            self._spoke = self.get_time()
        return task

    def update(self, task_id: TaskID, *args: Any, **options: Any) -> None:
        """Note how far a task is, and say it when that was last done long ago."""
        super().update(task_id, *args, **options)
        if self.disable and self.get_time() - self._spoke >= SPOKEN_SECONDS:
            self._spoke = self.get_time()
            task = self._tasks[task_id]
            of = f" of {task.total:,.0f}" if task.total is not None else ""
            self.console.print(f"{task.description}: {task.completed:,.0f}{of}", markup=False)


def progress_bar(*amounts: ProgressColumn, is_spoken: bool = False) -> Progress:
    """Return a bar to use in a with block; *amounts* are shown in place of "3/12".

    It is silent where stderr is no terminal, or writes lines there when *is_spoken*.
    """
    console = screen()
    return (SpokenProgress if is_spoken else Progress)(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *(amounts or (MofNCompleteColumn(),)),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # a pipe gets the results, not the bar
    )
