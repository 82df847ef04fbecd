"""Run a program that reads hostile input: limits on time, memory and output, no survivors.

The child leads a process group of its own, and the whole group is killed however the run ends.
It is fed by a file in memory and writes into such files (memfd_create(2)), so a walk leaves nothing
in any folder, however it ends. Its output is looked at only when it is within bounds.

When we ourselves are killed (SIGKILL) a child may outlive us, until it ends or its processor time
is used up.

The limits are set right after the start (prlimit(2)): a function that runs between fork and
exec is not safe in a process with threads, and a walker does nothing harmful in a millisecond.
"""

import os
import resource
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

STDERR_KEPT = 64 * 1024  # bytes from its end
NOTES_KEPT = 256 * 1024  # bytes from their start
_LOOK_MS = 250  # how often a running child's output and our own stop are looked at
# What a program says when the machine lacks something, whatever it was given to read.
_MACHINE_LACKS = ("No space left on device", "OS can't spawn worker thread")
_INPUT = "/dev/fd/0"  # opened anew, so that it can be sought in and mapped
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}  # ours holds secrets that a walker has no use for


class Interrupted(Exception):
    """We were told to stop; the child was killed before it was done."""


class CannotRun(Exception):
    """The program cannot be run here: not the fault of what it was to read."""


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    seconds: float = 120
    memory: int = 4 * 2**30  # bytes of address space
    output: int = 64 * 2**20  # bytes, of stdout, of stderr and of notes
    file: int = 0  # largest other file it may write; 0: as `output`


class Ran(NamedTuple):
    """How a run ended. *killed* is "" or why we killed it: "time" or "output"."""

    return_code: int
    killed: str
    stdout: bytes
    stderr: str
    noted: bytes = b""


def run(
    command: Sequence[str],
    limits: Limits,
    given: bytes = b"",
    stop: threading.Event | None = None,
) -> Ran:
    """Run *command*, in which "{input}" stands for a file that holds *given*.

    "{notes}" stands for an empty file; what the program writes there is returned as *noted*.

    Raises CannotRun when the machine is at fault (no such program, no memory), Interrupted on
    *stop*.
    """
    files: list[int] = []
    try:
        for name in ("given", "stdout", "stderr", "notes"):
            files.append(os.memfd_create(name))
        read, stdout, stderr, notes = files
        _write(read, given)
        noted = f"/dev/fd/{notes}"
        child = subprocess.Popen(
            [word.replace("{input}", _INPUT).replace("{notes}", noted) for word in command],
            stdin=read,
            stdout=stdout,
            stderr=stderr,
            cwd="/",
            env=_ENVIRONMENT,
            pass_fds=[notes],
            start_new_session=True,
        )
        try:
            killed = _watch(child.pid, limits, (stdout, stderr, notes), stop)
        finally:
            _end(child)
        ran = _ran(child.returncode, killed, limits, stdout, stderr)
        return ran._replace(noted=os.pread(notes, min(NOTES_KEPT, _size(notes)), 0))
    except OSError as why:
        raise CannotRun(f"{Path(command[0]).name}: {why.strerror or type(why).__name__}") from None
    finally:
        for file in files:
            os.close(file)


def _write(file: int, text: bytes) -> None:
    left = memoryview(text)
    while left:  # what there is no memory for is left over once, and then an error
        left = left[os.write(file, left) :]


def _watch(pid: int, limits: Limits, outputs: Sequence[int], stop: threading.Event | None) -> str:
    """Wait until the child ends or has to be ended; return why it has to be, or ""."""
    _limit(pid, limits)
    deadline = time.monotonic() + limits.seconds
    ended = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(ended, select.POLLIN)
        while not poller.poll(min(_LOOK_MS, max(0, deadline - time.monotonic()) * 1000)):
            if stop is not None and stop.is_set():
                raise Interrupted
            if time.monotonic() >= deadline:
                return "time"
            if any(_size(output) > limits.output for output in outputs):
                return "output"
    finally:
        os.close(ended)
    return ""


def _limit(pid: int, limits: Limits) -> None:
    cpu = max(1, int(limits.seconds))
    file = max(limits.output, limits.file) + 1
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.prlimit(pid, what, (most, most))


def _end(child: subprocess.Popen[bytes]) -> None:
    # Before wait(): until then the group's number cannot belong to anybody else.
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _ran(return_code: int, killed: str, limits: Limits, stdout: int, stderr: int) -> Ran:
    if return_code == -signal.SIGXCPU:
        killed = "time"
    if return_code == -signal.SIGXFSZ or max(_size(stdout), _size(stderr)) > limits.output:
        killed = "output"
    told = _tail(stderr).replace(_INPUT, "minidump")
    for lack in _MACHINE_LACKS:
        if return_code and lack in told:
            raise CannotRun(lack)
    return Ran(return_code, killed, b"" if killed else os.pread(stdout, _size(stdout), 0), told)


def _tail(output: int) -> str:
    size = _size(output)
    kept = min(size, STDERR_KEPT)
    return os.pread(output, kept, size - kept).decode("utf-8", "replace")


def _size(output: int) -> int:
    return os.fstat(output).st_size
