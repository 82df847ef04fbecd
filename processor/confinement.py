"""Where walkers run: in a walk host, which has given up all that a stack walker does not need.

A dump is hostile input, so the walker that reads it is taken for hostile, too. A walk host
(`processor.confined.host`) takes every measure that the machine allows, without privileges, and
then starts one walker after another: a walk does not wait for namespaces to be made. What is in
force is reported by `measures`; a machine that forbids something does not stop the processor.
"""

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from processor.confined.linux import PR_SET_DUMPABLE, prctl
from processor.memory_limit import memory_limit
from processor.walk_host import WalkHost

PURPOSES = {
    "namespaces": "walkers see no network, no other process and no shared memory",
    "files": "walkers see only their program, system libraries, symbols, and the dump",
    "processes": "everything that a walk started ends with it, and with the processor",
    "tasks": "a walk has a bounded number of processes and threads",
    "privileges": "walkers have no privileges and can gain none (no_new_privs)",
    "landlock": "the kernel refuses walkers all other files, and TCP (Landlock)",
    "seccomp": "the kernel refuses walkers sockets, tracing and uncounted memory (seccomp)",
}


class Measure(NamedTuple):
    """One measure of confinement; *reason* says why it is not in force."""

    name: str
    in_force: bool
    purpose: str
    reason: str = ""

    def __str__(self) -> str:
        if self.in_force:
            return f"{self.name}: {self.purpose}"
        return f"{self.name}: not in force ({self.reason}): {self.purpose}"


class Confinement:
    """The walk hosts of one program, with the files that it may use. Safe to share by threads."""

    def __init__(
        self, reads: Sequence[Path] = (), writes: Sequence[Path] = (), without: str = ""
    ) -> None:
        """Files and folders besides those of the system; *without*: why to try no namespaces."""
        self._reads = [str(path.absolute()) for path in reads]
        self._writes = [str(path.absolute()) for path in writes]
        self._without = without
        self._idle: list[WalkHost] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle, os.getpid())

    @contextmanager
    def host(self) -> Iterator[WalkHost]:
        """Return a host that nobody else uses for the length of a with block. Raises OSError.

        It is kept for the next walk if it waits for one, and sees the files that are there now.
        """
        host = self._take() or self._start()
        try:
            yield host
        finally:
            if host.is_idle:
                with self._lock:
                    self._idle.append(host)
            else:
                host.close()

    def measures(self) -> list[Measure]:
        """Return all measures, in force or not, of a host. Raises OSError."""
        with self.host() as host:
            return [
                Measure(name, not host.measures[name], purpose, host.measures[name])
                for name, purpose in PURPOSES.items()
            ]

    def _take(self) -> WalkHost | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                host = self._idle.pop()
            if host.is_current():
                return host
            host.close()

    def _start(self) -> WalkHost:
        host = WalkHost(self._reads, self._writes, self._without)
        if host.measures["files"] and not host.measures["namespaces"]:
            # Half of a root is none: start over without namespaces.
            host.close()
            self._without = f"cannot mount: {host.measures['files']}"
            host = WalkHost(self._reads, self._writes, self._without)
        return host


def measures() -> list[Measure]:
    """Return what confines walkers on this machine, and what does not and why."""
    try:
        return Confinement().measures()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [Measure(name, False, purpose, reason) for name, purpose in PURPOSES.items()]


def memory_measure() -> Measure:
    """Return whether the memory of this process's service has a limit: for the service itself."""
    purpose = "all walks together leave memory to others (a limit of the control group)"
    try:
        groups = Path("/proc/self/cgroup").read_text()
    except OSError:
        groups = ""
    limit = memory_limit(groups, Path("/sys/fs/cgroup"))
    return Measure("memory", limit is not None, purpose, "no limit" if limit is None else "")


def hide_memory() -> None:
    """Let no other process of this user trace us or read our memory and environment."""
    prctl(PR_SET_DUMPABLE, 0)


def _close(idle: list[WalkHost], owner: int) -> None:
    if owner == os.getpid():  # not in a fork of the owner
        while idle:
            idle.pop().close()
