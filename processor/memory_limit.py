"""Whether the memory of all processes of this service together has a limit: its control group's.

Whoever starts the service sets it (systemd: MemoryMax=; a container: its memory). Without a limit,
walks that each stay within theirs can together take what Postgres needs.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_UNLIMITED = 2**60  # version 1 reports a number near 2^63 for no limit


def memory_limit(groups: str, root: Path) -> int | None:
    """Return the least limit that holds, bytes; None without one.

    *groups* is the text of /proc/self/cgroup, and control groups are mounted at *root*.
    """
    limits: list[int] = []
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            limits += _numbers(root, path, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _numbers(root / "memory", path, "memory.limit_in_bytes")
    return min((limit for limit in limits if limit < _UNLIMITED), default=None)


def _numbers(root: Path, path: str, name: str) -> Iterator[int]:
    """Yield the limits of a group and of all above it."""
    group = root / path.lstrip("/")
    for folder in (group, *group.parents):
        if not folder.is_relative_to(root):
            return
        with suppress(OSError, ValueError):  # "max" is no number
            yield int((folder / name).read_text())
