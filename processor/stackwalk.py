"""Walk a minidump: run the stack walker as a child and say how that went.

Two walkers are understood, and both give the same JSON shape (`stackwalk_json`): rust-minidump's
`minidump-stackwalk --json`, and Breakpad's `minidump_stackwalk -m` (`stackwalk_pipe`).

A walk ends with a status (`mdsw_status_string`):

* OK
* NoMinidump, EmptyMinidump: nothing to walk
* the walker's own kind of error, such as HeaderMismatch or MissingThreadList
* Timeout, OutOfMemory, OutputTooLarge: the dump asked for more than a walk may use
* WalkerCrashed (a signal), WalkerFailed (an exit code without a kind), BadOutput

All of these are the dump's fault and end in a processed crash. A walker that cannot be run is
not: WalkerMissing is raised, and the crash waits.
"""

import re
import shutil
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from processor import stackwalk_json, stackwalk_pipe
from processor.child import CannotRun, Limits, Ran, run
from processor.stackwalk_json import BadOutput

Kind = Literal["auto", "json", "pipe"]

OK = "OK"
NO_DUMP = "NoMinidump"
EMPTY_DUMP = "EmptyMinidump"
STDERR_LINES = 10

# The statuses that occur; a metric has a label for each, and "other" for what a walker invents.
STATUSES = frozenset(
    {
        OK, NO_DUMP, EMPTY_DUMP, "Timeout", "OutOfMemory", "OutputTooLarge", "BadOutput",
        "WalkerCrashed", "WalkerFailed", "MissingHeader", "HeaderMismatch", "VersionMismatch",
        "MissingDirectory", "StreamReadFailure", "StreamNotFound", "MissingThreadList",
        "MissingSystemInfo", "ModuleReadFailure", "MemoryReadFailure", "DataError",
    }
)  # fmt: skip

_VERSION_LIMITS = Limits(seconds=10, output=64 * 1024)
_KIND = re.compile(r"^(?:\x1b\[\d+m)?ERROR(?:\x1b\[0m)? ([A-Z][A-Za-z0-9]{2,60}) - ", re.MULTILINE)
_OUT_OF_MEMORY = re.compile(
    r"memory allocation of \d+ bytes failed|bad_alloc|Cannot allocate memory|out of memory", re.I
)
# Breakpad has no kinds of errors; these of its log lines mean what rust-minidump calls so.
_BREAKPAD_KINDS = (
    ("Minidump cannot read header", "MissingHeader"),
    ("Minidump header signature mismatch", "HeaderMismatch"),
    ("has no thread list", "MissingThreadList"),
)
_TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ", re.MULTILINE)


class WalkerMissing(Exception):
    """The walker cannot be run on this machine just now; the crash is not to blame."""


@dataclass(frozen=True)
class Walk:
    """What became of one dump."""

    status: str
    json_dump: dict[str, Any] | None = None
    return_code: int | None = None
    stderr: str = ""  # its last lines; paths of the crashed machine may be in it
    version: str | None = None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return what of this goes into the processed crash."""
        return {
            "json_dump": self.json_dump,
            "mdsw_status_string": self.status,
            "mdsw_return_code": self.return_code,
            "mdsw_stderr": self.stderr,
            "stackwalk_version": self.version,
        }


class Walks(Protocol):
    """Whatever walks dumps. Safe to share between threads."""

    def check(self) -> None:
        """Raise WalkerMissing unless dumps can be walked."""
        ...

    def walk(
        self, dump: bytes, seconds: float | None = None, stop: threading.Event | None = None
    ) -> Walk:
        """Walk *dump*, for at most *seconds* if that is less than the limit.

        Raises WalkerMissing, and Interrupted (processor.child) when *stop* is set meanwhile.
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
    ) -> None:
        self._program, self._told_kind = program, kind
        self._symbols = [str(found.absolute()) for found in symbols]  # the child runs in /
        self._limits = limits or Limits()
        self._asked: tuple[Literal["json", "pipe"], str] | None = None

    def check(self) -> None:
        """Raise WalkerMissing unless the walker can be run."""
        self._version(self._path())

    def walk(
        self, dump: bytes, seconds: float | None = None, stop: threading.Event | None = None
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
            ran = run(self._command(path, kind), limits, dump, stop)
        except CannotRun as why:
            raise WalkerMissing(str(why)) from None
        return judge(ran, kind, version)

    @property
    def told(self) -> tuple[Literal["json", "pipe"], str]:
        """What it prints, and its version. Raises WalkerMissing."""
        return self._version(self._path())

    @property
    def symbols(self) -> Sequence[Path]:
        """The folders it looks for symbols in."""
        return [Path(folder) for folder in self._symbols]

    def _path(self) -> str:
        found = shutil.which(self._program)
        if found is None:
            raise WalkerMissing(f"{Path(self._program).name}: no such program")
        return str(Path(found).absolute())

    def _version(self, path: str) -> tuple[Literal["json", "pipe"], str]:
        """Ask once; two threads that ask at the same time get the same answer."""
        if self._asked is None:
            try:
                ran = run([path, "--version"], _VERSION_LIMITS)
            except CannotRun as why:
                raise WalkerMissing(str(why)) from None
            if ran.killed or ran.return_code < 0:
                raise WalkerMissing(f"{Path(path).name}: does not tell its version")
            told = ran.stdout.decode("utf-8", "replace").strip()
            # Breakpad's knows no --version: it prints its usage and fails.
            found: Literal["json", "pipe"] = "json" if ran.return_code == 0 and told else "pipe"
            kind = found if self._told_kind == "auto" else self._told_kind
            version = told.splitlines()[0][:100] if found == "json" else Path(path).name
            self._asked = (kind, version)
        return self._asked

    def _command(self, path: str, kind: str) -> list[str]:
        if kind == "pipe":
            return [path, "-m", "{input}", *self._symbols]
        words = [path, "--json", "--no-color", "--no-interactive"]
        for folder in self._symbols:
            words += ["--symbols-path", folder]
        return [*words, "{input}"]


def judge(ran: Ran, kind: str, version: str) -> Walk:
    """Say how a walk went, by what its walker left."""
    told = _TIMESTAMP.sub("", ran.stderr).splitlines()[-STDERR_LINES:]
    walk = Walk(OK, None, ran.return_code, "\n".join(told)[-4096:], version)
    wrong = _what_went_wrong(ran)
    if wrong:
        return replace(walk, status=wrong)
    try:
        if kind == "json":
            found, notes = stackwalk_json.parse(ran.stdout)
        else:
            found, notes = stackwalk_pipe.parse(ran.stdout)
    except BadOutput as why:
        return replace(walk, status="BadOutput", notes=(f"stack walker: {why}",))
    return replace(walk, json_dump=found, notes=tuple(notes))


def _what_went_wrong(ran: Ran) -> str:
    """Return the status of a walk that failed, "" for one that did not."""
    if ran.killed:
        return {"time": "Timeout", "output": "OutputTooLarge"}[ran.killed]
    if ran.return_code == 0:
        return ""
    if ran.return_code == -signal.SIGKILL or _OUT_OF_MEMORY.search(ran.stderr):
        return "OutOfMemory"  # we did not kill it, so the kernel did
    if ran.return_code < 0:
        return "WalkerCrashed"
    named = _KIND.findall(ran.stderr)
    if named:
        return str(named[-1])
    for text, kind in _BREAKPAD_KINDS:
        if text in ran.stderr:
            return kind
    return "WalkerFailed"
