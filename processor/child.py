"""Run a program that reads hostile input: limits on time, memory and output, no survivors.

The child leads a process group of its own, and the whole group is killed however the run ends.
Its input and output are files in memory (memfd_create(2)), so a walk never leaves files behind.
Its output is read only when its size is within the limits.

When the processor itself is killed (SIGKILL), a child may outlive it until it ends or its CPU time
is used up.

The limits are set right after the start (prlimit(2)). A function that runs between fork and exec
is not safe in a process with threads, and a walker does nothing harmful in a millisecond.
"""

import os
import re
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
_POLL_MS = 250  # how often a running child's output and our own stop are checked
# How a line of a program begins that blames the machine. Text of its input may follow a line's
# start, in a module's name ("No space left on device.exe"), so it is not searched for elsewhere.
# A name with a line break may still begin a line: who is told so asks `check_machine` as well.
_MACHINE_FAULT = re.compile(
    r"^(?:[\w./-]{1,200}: )?(No space left on device|OS can't spawn worker thread)", re.MULTILINE
)
_PROBE_BYTES = 2**20
_INPUT = "/dev/fd/0"  # opened again by the child, so that it can seek and map it
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}  # our own environment holds secrets


class Interrupted(Exception):
    """We have to stop; the child was killed before it was done."""


class CannotRun(Exception):
    """The program cannot run on this machine; its input is not to blame."""


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    seconds: float = 120
    memory: int = 4 * 2**30  # bytes of address space
    output: int = 64 * 2**20  # bytes, of stdout, of stderr and of notes
    file: int = 0  # largest other file it may write; 0 means the same as `output`


class RunResult(NamedTuple):
    """How a run ended. *killed* is "", or the limit that was exceeded: "time" or "output"."""

    return_code: int
    killed: str
    stdout: bytes
    stderr: str
    notes: bytes = b""


def run(
    command: Sequence[str],
    limits: Limits,
    content: bytes = b"",
    stop: threading.Event | None = None,
) -> RunResult:
    """Run *command*, in which "{input}" stands for a file that holds *content*.

    "{notes}" stands for an empty file; what the program writes into it is returned as `notes`.

    Raises CannotRun when the machine is at fault (no such program, no memory), Interrupted on
    *stop*.
    """
    files: list[int] = []
    try:
        for name in ("input", "stdout", "stderr", "notes"):
            files.append(os.memfd_create(name))
        read, stdout, stderr, notes = files
        _write(read, content)
        notes_path = f"/dev/fd/{notes}"
        child = subprocess.Popen(
            [word.replace("{input}", _INPUT).replace("{notes}", notes_path) for word in command],
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
        result = _result(child.returncode, killed, limits, stdout, stderr)
        return result._replace(notes=os.pread(notes, min(NOTES_KEPT, _size(notes)), 0))
    except OSError as error:
        raise CannotRun(
            f"{Path(command[0]).name}: {error.strerror or type(error).__name__}"
        ) from None
    finally:
        for file in files:
            os.close(file)


def check_machine() -> None:
    """Raise CannotRun unless the machine has room for the files of a run: they are in memory."""
    try:
        file = os.memfd_create("check")
        try:
            _write(file, bytes(_PROBE_BYTES))
        finally:
            os.close(file)
    except OSError as error:
        raise CannotRun(error.strerror or type(error).__name__) from None


def _write(file: int, text: bytes) -> None:
    left = memoryview(text)
    while left:  # without memory, one write is short and the next one raises
        left = left[os.write(file, left) :]


def _watch(pid: int, limits: Limits, outputs: Sequence[int], stop: threading.Event | None) -> str:
    """Wait until the child ends or exceeds a limit; return that limit, or ""."""
    _limit(pid, limits)
    deadline = time.monotonic() + limits.seconds
    ended = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(ended, select.POLLIN)
        while not poller.poll(min(_POLL_MS, max(0, deadline - time.monotonic()) * 1000)):
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
    for what, most, hardest in (
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, cpu, cpu + 1),  # at the first SIGXCPU, then SIGKILL
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.prlimit(pid, what, (most, hardest))


def _end(child: subprocess.Popen[bytes]) -> None:
    # Before wait(): until then no other process group can have this number.
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _result(return_code: int, killed: str, limits: Limits, stdout: int, stderr: int) -> RunResult:
    if return_code == -signal.SIGXCPU:
        killed = "time"
    if return_code == -signal.SIGXFSZ or max(_size(stdout), _size(stderr)) > limits.output:
        killed = "output"
    errors = _tail(stderr).replace(_INPUT, "minidump")
    fault = _MACHINE_FAULT.search(errors) if return_code else None
    if fault:
        raise CannotRun(fault[1])
    return RunResult(
        return_code, killed, b"" if killed else os.pread(stdout, _size(stdout), 0), errors
    )


def _tail(output: int) -> str:
    size = _size(output)
    kept = min(size, STDERR_KEPT)
    return os.pread(output, kept, size - kept).decode("utf-8", "replace")


def _size(output: int) -> int:
    return os.fstat(output).st_size
