"""How much memory a service has: the sum over its processes."""

import os
from collections.abc import Iterator
from pathlib import Path


def resident_bytes(group: int | None = None) -> int:
    """Return the resident memory of a process *group*, or of our own; what ends meanwhile is 0.

    Whatever starts a service (systemd, supervisor) gives it a group of its own, which its workers
    inherit. Memory that processes share since their fork is counted for each of them.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    return page * sum(_pages(os.getpgrp() if group is None else group))


def _pages(group: int) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if os.getpgid(int(folder.name)) == group:
                    yield int((folder / "statm").read_text().split()[1])
            except (OSError, IndexError):  # it has ended
                continue
