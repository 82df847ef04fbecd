"""Merges the first day of copies of a folder, each in a process that is killed at another moment.

    python -m tests.search.segments.killed_merge ROOT COPIES

The copies are named by the moment: how many changes of files there were before, or seconds.
"""

import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from socorro.search.segments.merge import merge, mergeable
from socorro.search.segments.writer import Writer

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
SECONDS = (0.03,)  # DuckDB is writing then
# Before the new file takes its place, after that, while the files of hours are removed, at the end.
MOMENTS = (3, 4, 16, 28)


def main() -> None:
    source, copies = map(Path, sys.argv[1:])
    for seconds in SECONDS:
        killed(shutil.copytree(source, copies / f"seconds-{seconds}"), count(), seconds)
    for at in MOMENTS:
        assert killed(shutil.copytree(source, copies / f"changes-{at}"), iter(range(at)), 60)


def killed(root: Path, changes: Any, seconds: float) -> bool:
    """Merge in a new process; say whether it was killed: after these *changes*, or *seconds*."""
    process = os.fork()
    if not process:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        sys.addaudithook(lambda event, _details: kill(event, changes))
        [day, *_] = mergeable(root, datetime(9000, 1, 1, tzinfo=UTC))
        merge(root, day, Writer(root))
        os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def kill(event: str, changes: Any) -> None:
    if event in CHANGES and next(changes, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
