"""Walk a minidump: run the stack walker as a child process and report how it ended.

Two walkers are supported, and both give the same JSON shape (`stackwalk_json`): rust-minidump's
`minidump-stackwalk --json`, and Breakpad's `minidump_stackwalk -m` (`stackwalk_pipe`).

A walk ends with a status (`mdsw_status_string`):

* OK
* NoMinidump, EmptyMinidump: nothing to walk
* the walker's own kind of error, such as HeaderMismatch or MissingThreadList
* DamagedMinidump: only a part could be read, which is shown (`processor.repairing`)
* Timeout, OutOfMemory, OutputTooLarge: the walk exceeded a limit
* WalkerCrashed (a signal), WalkerFailed (an exit code without a kind of error), BadOutput

All of these are the dump's fault, and the crash is processed; only a walker that was killed from
outside (`Walk.was_killed`) is first tried again. A walker that cannot be run is not
the dump's fault: WalkerMissing is raised, and the crash waits.
"""

import re
import shutil
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from processor import far_names, stackwalk_json, stackwalk_pipe
from processor.child import CannotRun, Limits, RunResult, check_machine, run
from processor.confinement import Confinement
from processor.dump_times import NO_TIMES, DumpTimes
from processor.room import Room
from processor.stackwalk_json import BadOutput

Kind = Literal["auto", "json", "pipe"]

OK = "OK"
NO_DUMP = "NoMinidump"
EMPTY_DUMP = "EmptyMinidump"
OUT_OF_MEMORY = "OutOfMemory"
DAMAGED = "DamagedMinidump"
STDERR_LINES = 10

# The expected statuses: a metric has a label for each of them, and "other" for the rest.
STATUSES = frozenset(
    {
        OK, NO_DUMP, EMPTY_DUMP, DAMAGED, "Timeout", OUT_OF_MEMORY, "OutputTooLarge", "BadOutput",
        "WalkerCrashed", "WalkerFailed", "MissingHeader", "HeaderMismatch", "VersionMismatch",
        "MissingDirectory", "StreamReadFailure", "StreamNotFound", "MissingThreadList",
        "MissingSystemInfo", "ModuleReadFailure", "MemoryReadFailure", "DataError",
    }
)  # fmt: skip

_CANNOT_EXECUTE = (126, 127)  # what a shell says of a program that it cannot run
VERSION_LIMITS = Limits(seconds=10, output=64 * 1024)
_KIND = re.compile(r"^(?:\x1b\[\d+m)?ERROR(?:\x1b\[0m)? ([A-Z][A-Za-z0-9]{2,60}) - ", re.MULTILINE)
# Lines are judged by how they begin: what follows may be text of the dump, such as a module's name.
_OUT_OF_MEMORY = re.compile(
    r"^(?:memory allocation of \d+ bytes failed|terminate called .*bad_alloc|  what\(\):.*bad_alloc"
    r"|(?:[\w./-]{1,200}: )?(?:cannot allocate memory|out of memory)"
    r"|[\w./-]{1,200}: error while loading shared libraries: .*cannot allocate memory)",
    re.IGNORECASE | re.MULTILINE,
)
# Breakpad has no kinds of errors. These of its log lines have a counterpart in rust-minidump.
_BREAKPAD_LINE = r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: )?\w+\.cc:\d+: ERROR: Minidump "
_BREAKPAD_KINDS = tuple(
    (re.compile(_BREAKPAD_LINE + message, re.MULTILINE), kind)
    for message, kind in (
        ("cannot read header", "MissingHeader"),
        ("header signature mismatch", "HeaderMismatch"),
        ("minidump has no thread list", "MissingThreadList"),
    )
)
_TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ", re.MULTILINE)


class WalkerMissing(Exception):
    """The walker cannot run on this machine at the moment; the crash is not to blame."""


@dataclass(frozen=True)
class Walk:
    """The outcome of walking one dump."""

    status: str
    json_dump: dict[str, Any] | None = None
    return_code: int | None = None
    stderr: str = ""  # its last lines; may contain paths of the crashed machine
    version: str | None = None
    notes: tuple[str, ...] = ()
    times: DumpTimes = NO_TIMES

    @property
    def was_killed(self) -> bool:
        """Whether somebody else killed the walker: mostly the kernel, when memory was short.

        A walk that exceeds its own limit on memory ends in another way.
        """
        return self.status == OUT_OF_MEMORY and self.return_code == -signal.SIGKILL

    def document(self) -> dict[str, Any]:
        """Return the fields of the processed crash."""
        return {
            "json_dump": self.json_dump,
            "mdsw_status_string": self.status,
            "mdsw_return_code": self.return_code,
            "mdsw_stderr": self.stderr,
            "stackwalk_version": self.version,
        }


class Walks(Protocol):
    """Anything that walks dumps. Safe to share between threads."""

    def check(self) -> None:
        """Raise WalkerMissing unless dumps can be walked."""
        ...

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        """Walk *dump* for at most *seconds*, or for the configured limit if that is less.

        *alone* means with no other walk of this processor at the same time (`processor.room`).
        Raises WalkerMissing, and Interrupted (`processor.child`) when *stop* is set meanwhile.
        """
        ...


class Walker:
    """A stack walker with its symbols and limits. Safe to share between threads."""

    def __init__(
        self,
        program: str = "minidump-stackwalk",
        kind: Kind = "auto",
        symbols: Sequence[Path] = (),
        limits: Limits | None = None,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        room: Room | None = None,
    ) -> None:
        """*reads* and *writes* are files and folders that it may use besides *symbols*."""
        self.room = room or Room()  # that all walkers of a processor share
        self._program, self._configured_kind = program, kind
        self._symbols = [str(folder.absolute()) for folder in symbols]  # the child runs in /
        self._limits = limits or Limits()
        self._reads, self._writes = reads, writes
        self._confined: tuple[str, Confinement] | None = None  # for the program at this path
        self._kind_and_version: tuple[Literal["json", "pipe"], str] | None = None

    def check(self) -> None:
        """Raise WalkerMissing unless the walker can be run now: it is asked for its version."""
        try:
            check_machine()
        except CannotRun as error:
            raise WalkerMissing(str(error)) from None
        self._detect(self._path())

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        """Walk *dump*, as Walks says."""
        if not dump:
            return Walk(EMPTY_DUMP)
        path = self._path()
        kind, version = self._version(path)
        limits = self._limits
        if seconds is not None:
            limits = replace(limits, seconds=min(seconds, limits.seconds))
        try:
            with self.room.entered(alone, stop):
                result = run(self._command(path, kind), limits, dump, stop, self._confinement(path))
        except CannotRun as error:
            raise WalkerMissing(str(error)) from None
        walk = judge(result, kind, version)
        if kind == "pipe" and walk.json_dump:
            far_names.place(walk.json_dump, self.symbols)
        return walk

    @property
    def kind_and_version(self) -> tuple[Literal["json", "pipe"], str]:
        """Its output format and its version. Raises WalkerMissing."""
        return self._version(self._path())

    @property
    def symbols(self) -> Sequence[Path]:
        """The folders in which it looks for symbols."""
        return [Path(folder) for folder in self._symbols]

    @property
    def reads(self) -> Sequence[Path]:
        """What else it may read."""
        return self._reads

    def _path(self) -> str:
        path = shutil.which(self._program)
        if path is None:
            raise WalkerMissing(f"{Path(self._program).name}: no such program")
        return str(Path(path).absolute())

    def _confinement(self, path: str) -> Confinement:
        """Return where the program at *path* runs."""
        if self._confined is None or self._confined[0] != path:
            reads = [Path(path), *self.symbols, *self._reads]
            self._confined = path, Confinement(reads, self._writes)
        return self._confined[1]

    def _version(self, path: str) -> tuple[Literal["json", "pipe"], str]:
        """Detect format and version once; two threads at the same time get the same answer."""
        if self._kind_and_version is None:
            self._kind_and_version = self._detect(path)
        return self._kind_and_version

    def _detect(self, path: str) -> tuple[Literal["json", "pipe"], str]:
        try:
            result = run([path, "--version"], VERSION_LIMITS, confinement=self._confinement(path))
        except CannotRun as error:
            raise WalkerMissing(str(error)) from None
        if result.killed or result.return_code < 0 or result.return_code in _CANNOT_EXECUTE:
            raise WalkerMissing(f"{Path(path).name}: does not report its version")
        output = result.stdout.decode("utf-8", "replace").strip()
        # Breakpad's walker has no --version: it prints its usage and fails.
        detected: Literal["json", "pipe"] = "json" if result.return_code == 0 and output else "pipe"
        kind = detected if self._configured_kind == "auto" else self._configured_kind
        version = output.splitlines()[0][:100] if detected == "json" else Path(path).name
        return kind, version

    def _command(self, path: str, kind: str) -> list[str]:
        if kind == "pipe":
            return [path, "-m", "{input}", *self._symbols]
        words = [path, "--json", "--no-color", "--no-interactive"]
        for folder in self._symbols:
            words += ["--symbols-path", folder]
        return [*words, "{input}"]


def judge(result: RunResult, kind: str, version: str) -> Walk:
    """Return the outcome of a walk from how its walker ended and what it printed."""
    stderr_lines = _TIMESTAMP.sub("", result.stderr).splitlines()[-STDERR_LINES:]
    walk = Walk(OK, None, result.return_code, "\n".join(stderr_lines)[-4096:], version)
    failure = _failure(result)
    if failure:
        return replace(walk, status=failure)
    try:
        if kind == "json":
            document, notes = stackwalk_json.parse(result.stdout)
        else:
            document, notes = stackwalk_pipe.parse(result.stdout)
    except BadOutput as error:
        return replace(walk, status="BadOutput", notes=(f"stack walker: {error}",))
    return replace(walk, json_dump=document, notes=tuple(notes))


def _failure(result: RunResult) -> str:
    """Return the status of a walk that failed, or "" for one that did not."""
    if result.killed:
        return {"time": "Timeout", "output": "OutputTooLarge"}[result.killed]
    if result.return_code == 0:
        return ""
    if result.return_code == -signal.SIGKILL or _OUT_OF_MEMORY.search(result.stderr):
        return OUT_OF_MEMORY  # it was not killed by us, so it was by the kernel
    if result.return_code < 0:
        return "WalkerCrashed"
    named = _KIND.findall(result.stderr)
    if named:
        return str(named[-1])
    for line, kind in _BREAKPAD_KINDS:
        if line.search(result.stderr):
            return kind
    return "WalkerFailed"
