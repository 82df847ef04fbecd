"""Stack walks that use indexes: a symbol file that was seen before costs next to nothing.

The index walker (folder walker/) prints what rust-minidump's walker of the same version prints,
byte for byte. It reads only the few pages of an index that a walk needs, so it gets little memory.
It parses a .sym without a good index itself, as the plain walker does, and reports its path; we
record that path for the builder (`processor.builder`).

The plain walker takes over when there is no index walker of its version, when a walk needs more
memory than an index walk gets, mostly for symbols without an index, and when the index walker
itself fails. So only speed depends on the index walker, never the result.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from processor.child import CannotRun, Limits, run
from processor.confinement import Confinement
from processor.stackwalk import OUT_OF_MEMORY, VERSION_LIMITS, Walk, Walker, judge
from socorro import log, metrics
from socorro.symbols import index_walker

# Statuses of an index walk that are the walker's fault, not the dump's.
_WALKER_FAULTS = ("WalkerCrashed", "WalkerFailed", "BadOutput")


@dataclass(frozen=True)
class Indexes:
    """The index walker, the folder of its indexes, and the limits of one walk."""

    program: str
    folder: Path
    limits: Limits
    writes: Sequence[Path] = ()  # what it may write besides

    def confinement(self, reads: Sequence[Path]) -> Confinement:
        """Return where the index walker runs; *reads* are what it may read."""
        return Confinement([Path(self.program), *reads], [self.folder, *self.writes])


class IndexedWalker:
    """The plain walker, faster where there are indexes. Safe to share between threads."""

    def __init__(self, plain: Walker, indexes: Indexes) -> None:
        self._plain, self._indexes = plain, indexes
        self._command = _command(indexes, plain.symbols)
        self._confinement = indexes.confinement([*plain.symbols, *plain.reads])
        self._version: str | None = None  # "" means that it cannot be used

    def check(self) -> None:
        """Raise WalkerMissing unless the plain walker runs: it may be needed at any time."""
        self._plain.check()

    def version(self) -> str:
        """Return the index walker's version, or "" when it cannot be used; the log says why."""
        if self._version is None:
            kind, plain_version = self._plain.kind_and_version
            version = _ask_version(self._indexes.program, self._confinement)
            reason = _mismatch(version, kind, plain_version)
            if reason:
                log.get().warning("walking without indexes", reason=reason)
            self._version = "" if reason else version
        return self._version

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        """Walk *dump*, as `processor.stackwalk.Walks` says."""
        version = self.version() if dump else ""
        walk = self._fast(dump, version, seconds, stop, alone) if version else None
        return walk or self._plain.walk(dump, seconds, stop, alone)

    def _fast(
        self,
        dump: bytes,
        version: str,
        seconds: float | None,
        stop: threading.Event | None,
        alone: bool,
    ) -> Walk | None:
        limits = self._indexes.limits
        if seconds is not None:
            limits = replace(limits, seconds=min(seconds, limits.seconds))
        try:
            with self._plain.room.entered(alone, stop):
                result = run(self._command, limits, dump, stop, self._confinement)
        except CannotRun as error:  # if the machine is at fault, so will the plain walker say
            log.get().info("repeating the walk without indexes", status=str(error))
            return None
        lines = dict.fromkeys(result.notes.decode(errors="replace").split("\n"))
        missed = [Path(line) for line in lines if line.startswith("/")]
        if missed:
            self._count(missed)
        walk = judge(result, "json", version)
        # An index walk gets little memory; the plain walker may manage with its own limit.
        was_short = walk.status == OUT_OF_MEMORY and (bool(missed) or not walk.was_killed)
        if walk.status in _WALKER_FAULTS or was_short:
            log.get().info("repeating the walk without indexes", status=walk.status)
            return None
        if walk.json_dump:
            loaded = sum(
                module.get("loaded_symbols") is True for module in walk.json_dump["modules"]
            )
            metrics.symbol_index_lookups.labels("hit").inc(max(0, loaded - len(missed)))
        return walk

    def _count(self, missed: Sequence[Path]) -> None:
        metrics.symbol_index_lookups.labels("miss").inc(len(missed))
        try:
            index_walker.request(self._indexes.folder, missed)
        except OSError as error:
            log.get().warning("cannot request indexes", error=error.strerror)


def _command(indexes: Indexes, folders: Sequence[Path]) -> list[str]:
    words = [indexes.program, "--json", "--no-color", "--no-interactive"]
    for symbols in folders:
        words += ["--symbols-path", str(symbols)]
    folder = indexes.folder.absolute()
    return [*words, "--index-dir", str(folder), "--misses-file", "{notes}", "{input}"]


def _ask_version(program: str, confinement: Confinement) -> str:
    """Return the index walker's version line, or "" when it cannot be run."""
    try:
        result = run([program, "--version"], VERSION_LIMITS, confinement=confinement)
    except CannotRun:
        return ""
    output = result.stdout.decode("utf-8", "replace").strip()
    return output.splitlines()[0][:100] if output and result.return_code == 0 else ""


def _mismatch(version: str, kind: str, plain_version: str) -> str:
    """Say why the index walker cannot replace the plain one; "" when it can."""
    if not version.startswith("index-walker "):
        return "the index walker cannot be run"
    if kind != "json":
        return "the configured walker is not rust-minidump's"
    expected = plain_version.split()[-1]
    if not version.endswith(f"+rust-minidump.{expected}"):
        return (
            f"index walker {version!r} does not match walker version {expected}: run `make walker`"
        )
    return ""
