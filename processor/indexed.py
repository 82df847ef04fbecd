"""Walks over indexes: a symbol file that was seen before costs next to nothing.

The index walker (folder walker/) prints what rust-minidump's walker of the same version prints,
byte for byte. It reads the few pages of an index that a walk needs, so it is given little memory.
A .sym without a good index it parses itself, as the plain walker does, and notes its path; we put
that down for the builder (`processor.builder`).

The plain walker does the work when there is no index walker of its version, when symbols without
an index need more memory than an index walk gets, and when the index walker itself fails: nothing
but time depends on it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from processor.child import CannotRun, Limits, run
from processor.stackwalk import Walk, Walker, WalkerMissing, judge
from socorro import log, metrics
from socorro.symbols import index_walker

_VERSION_LIMITS = Limits(seconds=10, output=64 * 1024)
# How an index walk ends that says more about the walker than about the dump.
_OURS = ("WalkerCrashed", "WalkerFailed", "BadOutput")


@dataclass(frozen=True)
class Indexes:
    """The index walker, where its indexes lie, and what one walk of it may use."""

    program: str
    folder: Path
    limits: Limits


class IndexedWalker:
    """The plain walker, made fast where it can be. Safe to share between threads."""

    def __init__(self, plain: Walker, indexes: Indexes) -> None:
        self._plain, self._indexes = plain, indexes
        self._command = _command(indexes, plain.symbols)
        self._version: str | None = None  # "": it cannot be used

    def check(self) -> None:
        """Raise WalkerMissing unless the plain walker can be run: it may be needed any time."""
        self._plain.check()

    def version(self) -> str:
        """Return the index walker's version, "" when it cannot be used; the log says why."""
        if self._version is None:
            kind, plain = self._plain.told
            told = _ask(self._indexes.program)
            why = _unfit(told, kind, plain)
            if why:
                log.get().warning("walking without indexes", why=why)
            self._version = "" if why else told
        return self._version

    def walk(
        self, dump: bytes, seconds: float | None = None, stop: threading.Event | None = None
    ) -> Walk:
        """Walk *dump*, as `processor.stackwalk.Walks` says."""
        version = self.version() if dump else ""
        walk = self._fast(dump, version, seconds, stop) if version else None
        return walk or self._plain.walk(dump, seconds, stop)

    def _fast(
        self, dump: bytes, version: str, seconds: float | None, stop: threading.Event | None
    ) -> Walk | None:
        limits = self._indexes.limits
        if seconds is not None:
            limits = replace(limits, seconds=min(seconds, limits.seconds))
        try:
            ran = run(self._command, limits, dump, stop)
        except CannotRun as why:
            raise WalkerMissing(str(why)) from None
        lines = dict.fromkeys(ran.noted.decode(errors="replace").split("\n"))
        missed = [Path(line) for line in lines if line.startswith("/")]
        if missed:
            self._count(missed)
        walk = judge(ran, "json", version)
        if walk.status in _OURS or (missed and walk.status == "OutOfMemory"):
            log.get().info("walking again without indexes", status=walk.status)
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
            index_walker.want(self._indexes.folder, missed)
        except OSError as why:
            log.get().warning("cannot ask for indexes", error=why.strerror)


def _command(indexes: Indexes, folders: Sequence[Path]) -> list[str]:
    words = [indexes.program, "--json", "--no-color", "--no-interactive"]
    for symbols in folders:
        words += ["--symbols-path", str(symbols)]
    folder = indexes.folder.absolute()
    return [*words, "--index-dir", str(folder), "--misses-file", "{notes}", "{input}"]


def _ask(program: str) -> str:
    """Return what the index walker says of its version, "" when it cannot be run."""
    try:
        ran = run([program, "--version"], _VERSION_LIMITS)
    except CannotRun:
        return ""
    told = ran.stdout.decode("utf-8", "replace").strip()
    return told.splitlines()[0][:100] if told and ran.return_code == 0 else ""


def _unfit(told: str, kind: str, plain: str) -> str:
    """Say why the index walker must not stand in for the plain one, "" when it may."""
    if not told.startswith("index-walker "):
        return "the index walker cannot be run"
    if kind != "json":
        return "the walker that is set is not rust-minidump's"
    theirs = plain.split()[-1]
    if not told.endswith(f"+rust-minidump.{theirs}"):
        return f"the index walker ({told}) is not of the walker's version ({theirs}): `make walker`"
    return ""
