"""Run a program that reads hostile input: limits on time, memory and output, no survivors.

It runs in a walk host (`processor.confinement`), out of reach of everything else, and whatever it
started ends with it, however the run ends; also when the processor itself is killed.
Its input and output are files in memory (memfd_create(2)), so a walk never leaves files behind.
Its output is read only when its size is within the limits.

The limits are set right after the start (prlimit(2)): a walker does nothing harmful within a
millisecond.
"""

import os
import re
import resource
import select
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from processor.confinement import Confinement
from processor.walk_host import HostEnded, WalkHost

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
_NOTES = "/dev/fd/3"


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
    confinement: Confinement | None = None,
) -> RunResult:
    """Run *command*, in which "{input}" stands for a file that holds *content*.

    "{notes}" stands for an empty file; what the program writes into it is returned as `notes`.
    *confinement* says which files it may use; without it, its program and those of the system.

    Raises CannotRun when the machine is at fault (no such program, no memory), Interrupted on
    *stop*.
    """
    confinement = confinement or Confinement([Path(command[0])])
    files: list[int] = []
    try:
        for name in ("input", "stdout", "stderr", "notes"):
            files.append(os.memfd_create(name))
        read, stdout, stderr, notes = files
        _write(read, content)
        words = [word.replace("{input}", _INPUT).replace("{notes}", _NOTES) for word in command]
        with confinement.host() as host:
            host.start(words, _numbers(limits), files)
            killed = _watch(host, limits, (stdout, stderr, notes), stop)
            return_code = -signal.SIGKILL if killed else _return_code(host)
        result = _result(return_code, killed, limits, stdout, stderr)
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


def _watch(
    host: WalkHost, limits: Limits, outputs: Sequence[int], stop: threading.Event | None
) -> str:
    """Wait until the child ends or exceeds a limit; return that limit, or ""."""
    deadline = time.monotonic() + limits.seconds
    poller = select.poll()
    poller.register(host, select.POLLIN)
    while not poller.poll(min(_POLL_MS, max(0, deadline - time.monotonic()) * 1000)):
        if stop is not None and stop.is_set():
            raise Interrupted
        if time.monotonic() >= deadline:
            return "time"
        if any(_size(output) > limits.output for output in outputs):
            return "output"
    return ""


def _numbers(limits: Limits) -> list[tuple[int, int, int]]:
    cpu = max(1, int(limits.seconds))
    file = max(limits.output, limits.file) + 1
    return [
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, cpu, cpu + 1),  # at the first SIGXCPU, then SIGKILL
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_CORE, 0, 0),
    ]


def _return_code(host: WalkHost) -> int:
    try:
        return host.return_code()
    except HostEnded:
        return -signal.SIGKILL  # and with it the walker


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
